"""Charts over time: one point for each period that has loans, never one in between."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from mlops_pipeline import messages
from mlops_pipeline.dashboard.theme import (
    BAND_LINES,
    LEVEL_COLOURS,
    LINE,
    SECOND,
    SYMBOLS,
    WINDOW,
    apart,
    chart,
)
from mlops_pipeline.src.monitoring.history import HistoryPoint, VariablePoint
from mlops_pipeline.src.monitoring.levels import Bands, Level
from mlops_pipeline.src.monitoring.variables import SCORE

Points = Sequence[HistoryPoint]
Metric = Callable[[VariablePoint], float | None]

_MOST_ROWS = 40
_FEW = 10
_ROW = 20  # pixels of a heat map's row
_Z95 = 1.959964
_NAME_GAP = 0.07  # of a chart's height: what a name needs
# A heat map's cell: 0 for insufficient, 1 green to 4 red.
_STEPS = [
    (position / 5, LEVEL_COLOURS[level]) for k, level in enumerate(Level) for position in (k, k + 1)
]


def metric_history(
    points: Points, name: str, metric: Metric, label: str, bands: Bands | None
) -> go.Figure:
    """Draw one figure of a variable over time, its level as colour and shape, on the bands."""
    figure = chart(messages.history_chart(label, name), messages.PERIOD_AXIS, label)
    some = [(p, p.variables[name], metric(p.variables[name])) for p in points]
    figure.add_trace(
        go.Scatter(
            x=_labels(points),
            y=[value for _, _, value in some],
            mode="lines",
            line={"color": LINE, "width": 1.5},
            connectgaps=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for level in (*Level, None):
        of_level = [(p, value) for p, v, value in some if v.level is level and value is not None]
        if of_level:
            figure.add_trace(_marks(of_level, level))
    highest = max((value for _, _, value in some if value is not None), default=0.0)
    lowest = min((value for _, _, value in some if value is not None), default=0.0)
    top = max(highest, bands.red if bands else 0.0, lowest + 1e-9)
    if bands:
        _band_lines(figure, bands, _NAME_GAP * top)
    if lowest >= 0 and (bands or lowest < top / 2):
        figure.update_yaxes(range=[-0.04 * top, 1.12 * top])
    return _timed(figure, points)


def _marks(some: Sequence[tuple[HistoryPoint, float]], level: Level | None) -> go.Scatter:
    """Draw the points of one level."""
    shown = level or Level.INSUFFICIENT
    return go.Scatter(
        x=[messages.period_name(p.period) for p, _ in some],
        y=[value for _, value in some],
        mode="markers",
        name=messages.NO_LEVEL if level is None else messages.level_name(level.value),
        marker={
            "color": LEVEL_COLOURS[shown],
            "symbol": SYMBOLS[shown],
            "size": 11,
            "line": {"color": "#4A545E", "width": 1},
        },
        customdata=[messages.history_hover(p.period, value, p.window.loans) for p, value in some],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _band_lines(figure: go.Figure, bands: Bands, gap: float) -> None:
    """Draw where each level begins, and name those that are so far apart."""
    ends = (bands.yellow, bands.orange, bands.red)
    levels = (Level.YELLOW, Level.ORANGE, Level.RED)
    for end, level, is_named in zip(ends, levels, apart(ends, gap), strict=True):
        name = messages.level_name(level.value) if is_named else ""
        figure.add_hline(
            y=end,
            line={"color": BAND_LINES[level], "dash": "dash", "width": 1.5},
            annotation={"text": name, "font": {"size": 11}},
            annotation_position="top right",
        )


def heat_map(points: Points, names: Sequence[str]) -> go.Figure:
    """Draw the level of each variable in each period."""
    rows = list(names)[:_MOST_ROWS][::-1]
    order = list(Level)
    levels = [[p.variables[name].level or Level.INSUFFICIENT for p in points] for name in rows]
    said = [
        [
            messages.heat_hover(name, p.period, p.variables[name].psi, p.variables[name].level)
            for p in points
        ]
        for name in rows
    ]
    figure = chart(
        messages.HEAT_CHART,
        messages.PERIOD_AXIS,
        messages.VARIABLE,
        height=150 + _ROW * max(len(rows), 4),
    )
    figure.add_trace(
        go.Heatmap(
            x=_labels(points),
            y=rows,
            z=[[order.index(level) + 0.5 for level in row] for row in levels],
            zmin=0,
            zmax=len(order),
            colorscale=_STEPS,
            colorbar={
                "tickvals": [k + 0.5 for k in range(len(order))],
                "ticktext": [messages.level_name(level.value) for level in order],
                "thickness": 14,
                "outlinewidth": 0,
            },
            xgap=1.5,
            ygap=1.5,
            customdata=said,
            hovertemplate="%{customdata}<extra></extra>",
            text=[[messages.level_name(level.value)[0] for level in row] for row in levels],
            texttemplate="%{text}",
            textfont={"size": 10, "color": "#10161C"},
        )
    )
    figure.update_yaxes(showgrid=False)
    return _timed(figure, points)


def volume(points: Points) -> go.Figure:
    """Draw the number of loans, and how many of them are immature."""
    figure = chart(messages.VOLUME_CHART, messages.PERIOD_AXIS, messages.PERIOD_LOANS_AXIS)
    grown = [p.window.loans - p.window.immature for p in points]
    for name, values, colour in (
        (messages.MATURE_LOANS, grown, WINDOW),
        (messages.IMMATURE_LOANS, [p.window.immature for p in points], SECOND),
    ):
        figure.add_trace(
            go.Bar(
                x=_labels(points),
                y=values,
                name=name,
                marker={"color": colour},
                customdata=[messages.number(value) for value in values],
                hovertemplate=f"%{{x}}<br>{name}: %{{customdata}}<extra></extra>",
            )
        )
    figure.update_layout(barmode="stack")
    if max((p.window.loans for p in points), default=0) < _FEW:
        figure.update_yaxes(dtick=1)
    return _timed(figure, points)


def late_rate(points: Points) -> go.Figure:
    """Draw the late rate of each vintage with its 95% interval."""
    known = [p for p in points if p.window.outcomes]
    rates = [p.window.late / p.window.outcomes for p in known]
    ends = [wilson(p.window.late, p.window.outcomes) for p in known]
    figure = chart(messages.LATE_CHART, messages.VINTAGE_AXIS, messages.LATE_AXIS)
    figure.add_trace(
        go.Scatter(
            x=_labels(known),
            y=[100 * rate for rate in rates],
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [100 * (high - rate) for (_, high), rate in zip(ends, rates, strict=True)],
                "arrayminus": [
                    100 * (rate - low) for (low, _), rate in zip(ends, rates, strict=True)
                ],
                "thickness": 1.5,
            },
            mode="markers+lines",
            line={"color": WINDOW, "width": 1},
            marker={"color": WINDOW, "size": 8},
            customdata=[
                messages.late_hover(p.period, rate, *end, p.window.outcomes)
                for p, rate, end in zip(known, rates, ends, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_yaxes(ticksuffix=" %", rangemode="tozero")
    return _timed(figure, known)


def score_median(points: Points) -> go.Figure:
    """Draw the median score of each vintage."""
    figure = chart(messages.SCORE_TIME_CHART, messages.VINTAGE_AXIS, messages.SCORE_AXIS)
    values = [p.variables[SCORE].median for p in points]
    figure.add_trace(
        go.Scatter(
            x=_labels(points),
            y=values,
            mode="markers+lines",
            line={"color": WINDOW, "width": 1.5},
            marker={"color": WINDOW, "size": 8},
            customdata=[
                messages.score_hover(p.period, v) for p, v in zip(points, values, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    known = [value for value in values if value is not None]
    if known:
        figure.update_yaxes(
            tickformat=".3f", range=[max(min(known) - 0.01, 0.0), min(max(known) + 0.01, 1.0)]
        )
    return _timed(figure, points)


def wilson(events: int, loans: int) -> tuple[float, float]:
    """Give the 95% interval of a rate.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    >>> tuple(round(end, 3) for end in wilson(5, 100))
    (0.022, 0.112)
    """
    rate, z2 = events / loans, _Z95**2
    middle = (rate + z2 / (2 * loans)) / (1 + z2 / loans)
    half = _Z95 / (1 + z2 / loans) * math.sqrt(rate * (1 - rate) / loans + z2 / (4 * loans**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _labels(points: Points) -> list[str]:
    """Give the periods' names."""
    return [messages.period_name(p.period) for p in points]


def _timed(figure: go.Figure, points: Points) -> go.Figure:
    """Keep the periods in order, and mark where another model began to score."""
    labels = _labels(points)
    figure.update_xaxes(
        type="category", categoryorder="array", categoryarray=list(dict.fromkeys(labels)), nticks=18
    )
    for position, point in enumerate(points):
        if point.model_changed:
            figure.add_vline(x=position - 0.5, line={"color": LINE, "width": 1.5, "dash": "dot"})
            figure.add_annotation(
                x=position - 0.5,
                y=1,
                yref="paper",
                yanchor="top",
                xanchor="left",
                xshift=3,
                text=messages.new_model(point.model_version),
                showarrow=False,
                font={"size": 11},
            )
    return figure
