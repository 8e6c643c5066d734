"""Charts over time: one point for each period that has loans, never one in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from mlops_pipeline import messages
from mlops_pipeline.dashboard.course import Course
from mlops_pipeline.dashboard.theme import (
    BAND_LINES,
    LEVEL_COLOURS,
    LINE,
    SYMBOLS,
    apart,
    chart,
)
from mlops_pipeline.src.monitoring.history import HistoryPoint, VariablePoint
from mlops_pipeline.src.monitoring.levels import Bands, Level

Metric = Callable[[VariablePoint], float | None]

_MOST_ROWS = 40
_ROW = 20  # pixels of a heat map's row
_NAME_GAP = 0.07  # of a chart's height: what a name needs
# A heat map's cell: 0 for insufficient, 1 green to 4 red.
_STEPS = [
    (position / 5, LEVEL_COLOURS[level]) for k, level in enumerate(Level) for position in (k, k + 1)
]


@dataclass(frozen=True, slots=True)
class Measure:
    """What can be drawn of a variable over time.

    Attributes:
        bands: where its levels begin, for what is judged.
        unit: of the values; empty: they have none.
        is_share: shares of 1, which are shown in %.

    """

    label: str
    of: Metric
    bands: Bands | None = None
    unit: str = ""
    is_share: bool = False

    def written(self, value: float) -> str:
        """Write a value with its unit."""
        if self.is_share:
            return messages.percent(value)
        return messages.with_unit(value, self.unit) if self.unit else messages.decimal(value)

    @property
    def axis(self) -> str:
        """The axis' title."""
        return messages.variable_axis(self.label, "%" if self.is_share else self.unit)

    @property
    def scale(self) -> float:
        """What values are multiplied by to be drawn."""
        return 100.0 if self.is_share else 1.0


def metric_history(course: Course, name: str, measure: Measure) -> go.Figure:
    """Draw one figure of a variable over time, its level as colour and shape, on the bands."""
    title = messages.history_chart(measure.label, name, by_arrival=course.by_arrival)
    figure = chart(title, course.axis, measure.axis)
    some = [(p, p.variables[name], measure.of(p.variables[name])) for p in course.points]
    figure.add_trace(
        go.Scatter(
            x=course.labels,
            y=[None if value is None else measure.scale * value for _, _, value in some],
            mode="lines",
            line={"color": LINE, "width": 1.5},
            connectgaps=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for level in (*Level, None):
        of_level = [
            (label, p, value)
            for label, (p, v, value) in zip(course.labels, some, strict=True)
            if v.level is level and value is not None
        ]
        if of_level:
            figure.add_trace(_marks(of_level, level, measure))
    _heights(figure, [value for _, _, value in some if value is not None], measure)
    return course.on(figure)


def _heights(figure: go.Figure, values: Sequence[float], measure: Measure) -> None:
    """Let the axis reach from 0 to the highest value and band, unless all values lie far above."""
    bands, drawn = measure.bands, [measure.scale * value for value in values]
    lowest = min(drawn, default=0.0)
    top = max(*drawn, bands.red if bands else 0.0, lowest + 1e-9, 0.0)
    if bands:
        _band_lines(figure, bands, _NAME_GAP * top)
    if lowest >= 0 and (bands or lowest < top / 2):
        figure.update_yaxes(range=[-0.04 * top, 1.12 * top])
    if measure.is_share:
        figure.update_yaxes(ticksuffix=" %")


def _marks(
    some: Sequence[tuple[str, HistoryPoint, float]], level: Level | None, measure: Measure
) -> go.Scatter:
    """Draw the points of one level, each with its name on the axis."""
    shown = level or Level.INSUFFICIENT
    return go.Scatter(
        x=[label for label, _, _ in some],
        y=[measure.scale * value for _, _, value in some],
        mode="markers",
        name=messages.NO_LEVEL if level is None else messages.level_name(level.value),
        marker={
            "color": LEVEL_COLOURS[shown],
            "symbol": SYMBOLS[shown],
            "size": 11,
            "line": {"color": "#4A545E", "width": 1},
        },
        customdata=[
            messages.history_hover(p.period, measure.written(value), p.window.loans)
            for _, p, value in some
        ],
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


def heat_map(course: Course, names: Sequence[str]) -> go.Figure:
    """Draw the level of each variable in each period."""
    rows, points = list(names)[:_MOST_ROWS][::-1], course.points
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
        course.axis,
        messages.VARIABLE,
        height=150 + _ROW * max(len(rows), 4),
    )
    figure.add_trace(
        go.Heatmap(
            x=course.labels,
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
    return course.on(figure)
