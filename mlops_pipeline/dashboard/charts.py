"""Charts of a whole window: data in, Plotly figure out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import plotly.graph_objects as go

from mlops_pipeline import messages
from mlops_pipeline.dashboard.curves import Histogram
from mlops_pipeline.dashboard.theme import (
    LEVEL_COLOURS,
    LINE,
    REFERENCE,
    SYMBOLS,
    WINDOW,
    apart,
    chart,
)
from mlops_pipeline.src.monitoring.levels import Bands, Level
from mlops_pipeline.src.monitoring.reference import MATTERS
from mlops_pipeline.src.monitoring.report import VariableDrift
from mlops_pipeline.src.monitoring.variables import SCORE

_BAND_LEVELS = (Level.GREEN, Level.YELLOW, Level.ORANGE, Level.RED)
_GAUGE_HEIGHT = 190
_TICK_GAP = 0.08  # of a gauge's range: what a limit's name needs
_MOST_NAMES, _APART = 8, 0.05  # of a quadrant's points; of its height
_HOVER = "%{customdata}<extra></extra>"


@dataclass(frozen=True, slots=True)
class Dial:
    """One gauge: a figure in [0, ...), the bands that colour it (if any), how far the dial goes."""

    title: str
    value: float
    bands: Bands | None
    top: float


def gauge(dial: Dial) -> go.Figure:
    """Draw a figure on its bands."""
    begins = (dial.bands.yellow, dial.bands.orange, dial.bands.red) if dial.bands else ()
    levels = _BAND_LEVELS if dial.bands else (Level.INSUFFICIENT,)
    steps = [
        {"range": [low, high], "color": LEVEL_COLOURS[level]}
        for level, (low, high) in zip(levels, pairwise((0.0, *begins, dial.top)), strict=True)
    ]
    marks = sorted(set(begins)) or [0.0, dial.top]
    figure = chart(dial.title, "", "", _GAUGE_HEIGHT)
    figure.add_trace(
        go.Indicator(
            mode="gauge+number",
            value=dial.value,
            number={"valueformat": ".3f", "font": {"size": 30}},
            gauge={
                "axis": {
                    "range": [0, dial.top],
                    "tickvals": marks,
                    "ticktext": [
                        messages.decimal(end, 3) if readable else ""
                        for end, readable in zip(
                            marks, apart(marks, _TICK_GAP * dial.top), strict=True
                        )
                    ],
                    "tickfont": {"size": 11},
                },
                "bar": {
                    "color": "#1B2530",
                    "thickness": 0.28,
                    "line": {"color": "#FFFFFF", "width": 1},
                },
                "steps": steps,
                "borderwidth": 0,
            },
        )
    )
    figure.update_layout(margin={"l": 34, "r": 34, "t": 56, "b": 6})
    return figure


def score_histogram(histograms: Mapping[str, Histogram], threshold: float) -> go.Figure:
    """Draw the score's two distributions over equal ranges, and the threshold."""
    figure = chart(messages.WINDOW_SCORE_CHART, messages.SCORE_AXIS, messages.DENSITY_AXIS)
    for (name, found), is_window in zip(histograms.items(), (False, True), strict=True):
        figure.add_trace(_score_trace(name, found, is_window=is_window))
    figure.add_vline(x=threshold, line={"color": LINE, "dash": "dash", "width": 2})
    figure.add_annotation(
        x=threshold,
        y=1,
        yref="paper",
        yanchor="top",
        xanchor="right",
        xshift=-6,
        showarrow=False,
        text=messages.threshold_at(threshold),
    )
    figure.update_layout(bargap=0)
    figure.update_yaxes(ticksuffix=" %", rangemode="tozero")
    return figure


def _score_trace(name: str, found: Histogram, *, is_window: bool) -> go.Bar | go.Scatter:
    """Draw the training loans as bars, the window's as a line over them.

    A bar's height is its share over its width in hundredths: bars may differ in width.
    """
    ends = list(pairwise(found.edges))
    heights = [
        share / (high - low) if high > low else 0.0
        for (low, high), share in zip(ends, found.shares, strict=True)
    ]
    said = [
        messages.score_range_hover(name, low, high, share)
        for (low, high), share in zip(ends, found.shares, strict=True)
    ]
    if is_window:
        return go.Scatter(
            x=found.edges,
            y=[*heights, heights[-1]],
            name=name,
            customdata=[*said, said[-1]],
            hovertemplate=_HOVER,
            mode="lines",
            line={"color": WINDOW, "width": 2.5, "shape": "hv"},
        )
    return go.Bar(
        x=[(low + high) / 2 for low, high in ends],
        y=heights,
        width=[high - low for low, high in ends],
        name=name,
        customdata=said,
        hovertemplate=_HOVER,
        marker={"color": REFERENCE},
    )


def quadrant(variables: Sequence[VariableDrift], bands: Bands) -> go.Figure:
    """Draw drift against importance: what is up and to the right comes first.

    The score has no part of the importance, so it is left out.
    """
    inputs = [one for one in variables if one.name != SCORE]
    figure = chart(messages.QUADRANT_CHART, messages.QUADRANT_X, messages.QUADRANT_Y, height=460)
    for level in reversed(Level):
        some = [v for v in inputs if v.level is level and v.psi_excess is not None]
        if not some:
            continue
        figure.add_trace(
            go.Scatter(
                x=[v.weight * 100 for v in some],
                y=[v.psi_excess for v in some],
                mode="markers",
                name=messages.level_name(level.value),
                marker={
                    "color": LEVEL_COLOURS[level],
                    "symbol": SYMBOLS[level],
                    "size": 12,
                    "line": {"color": "#4A545E", "width": 1},
                },
                customdata=[messages.quadrant_hover(v.name, v.psi_excess, v.weight) for v in some],
                hovertemplate=_HOVER,
            )
        )
    for name, x, y in _named(inputs):
        figure.add_annotation(
            x=x,
            y=y,
            text=name,
            showarrow=False,
            xanchor="left",
            xshift=9,
            yshift=8,
            font={"size": 11},
        )
    figure.add_hline(y=bands.orange, line={"color": LINE, "dash": "dash", "width": 1})
    figure.add_vline(x=MATTERS * 100, line={"color": LINE, "dash": "dash", "width": 1})
    widest = max((v.weight * 100 for v in inputs if v.psi_excess is not None), default=1.0)
    figure.update_xaxes(ticksuffix=" %", range=[-widest * 0.03, widest * 1.3])
    highest = max((v.psi_excess or 0.0 for v in inputs), default=1.0)
    figure.update_yaxes(range=[-highest * 0.04, highest * 1.12])
    return figure


def _named(variables: Sequence[VariableDrift]) -> list[tuple[str, float, float]]:
    """Give the few points that are worth a name: high in drift × importance, well apart."""
    chosen: list[tuple[str, float, float]] = []
    top = max((v.psi_excess or 0.0 for v in variables), default=0.0) or 1.0
    for one in sorted(variables, key=lambda v: -(v.psi_excess or 0.0)):
        excess = one.psi_excess or 0.0
        drifts = one.level is not None and one.level.severity >= Level.ORANGE.severity
        if drifts and all(abs(excess - y) > top * _APART for _, _, y in chosen):
            chosen.append((one.name, one.weight * 100, excess))
    return chosen[:_MOST_NAMES]
