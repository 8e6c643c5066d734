"""Figures of predictions: data in, Plotly figure out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from mlops_pipeline import messages

# Okabe & Ito, "Color Universal Design", 2008: told apart by colour-blind people.
ON_TIME, RISK, LIMIT = "#0072B2", "#D55E00", "#808B96"
TRACK = "rgba(128, 139, 150, 0.18)"  # seen on light and on dark
SCORE_BINS = 50


def probability_bar(probability: float, threshold: float | None, decision: int) -> go.Figure:
    """Draw one probability in [0, 1] as a bar of percent, with the threshold across it."""
    figure = go.Figure(
        [
            go.Bar(
                x=[width],
                y=[messages.PROBABILITY_NAME],
                orientation="h",
                marker_color=colour,
                hovertemplate=hover,
                hoverinfo=None if hover else "skip",
            )
            for width, colour, hover in (
                (
                    100 * probability,
                    ON_TIME if decision == 1 else RISK,
                    "%{x:.2f} %<extra></extra>",
                ),
                (100 * (1 - probability), TRACK, None),
            )
        ]
    )
    _percent_axis(figure)
    figure.update_yaxes(showticklabels=False)
    _mark(figure, threshold)
    figure.update_layout(
        barmode="stack",
        height=140,
        bargap=0.2,
        showlegend=False,
        separators=",.",
        margin=_MARGIN,
    )
    return figure


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """How many loans have a probability in each of `SCORE_BINS` equal bins of [0, 1]."""

    on_time: NDArray[np.int64]
    risk: NDArray[np.int64]

    @property
    def loans(self) -> int:
        """The number of loans."""
        return int(self.on_time.sum() + self.risk.sum())

    def __add__(self, other: ScoreCounts) -> ScoreCounts:
        """Count the loans of both."""
        return ScoreCounts(self.on_time + other.on_time, self.risk + other.risk)


def no_scores() -> ScoreCounts:
    """Give the counts of no loans."""
    return ScoreCounts(np.zeros(SCORE_BINS, np.int64), np.zeros(SCORE_BINS, np.int64))


def count_scores(probability: NDArray[np.float64], decision: NDArray[np.int8]) -> ScoreCounts:
    """Count loans by probability and decision; both arrays of shape (n,)."""
    edges = np.linspace(0, 1, SCORE_BINS + 1)
    on_time, risk = (np.histogram(probability[decision == one], edges)[0] for one in (1, 0))
    return ScoreCounts(on_time.astype(np.int64), risk.astype(np.int64))


def score_histogram(counts: ScoreCounts, threshold: float | None) -> go.Figure:
    """Draw counts by probability, stacked by decision."""
    width = 100 / SCORE_BINS
    centres = np.arange(SCORE_BINS) * width + width / 2
    bins = [f"{low:.0f}-{low + width:.0f} %" for low in centres - width / 2]
    figure = go.Figure(
        [
            go.Bar(
                name=name,
                x=centres,
                y=heights,
                width=width,
                marker_color=colour,
                customdata=bins,
                hovertemplate="%{customdata}: %{y:,}<extra>" + name + "</extra>",
            )
            for name, heights, colour in (
                (messages.PREDICTED_RISK, counts.risk, RISK),
                (messages.PREDICTED_ON_TIME, counts.on_time, ON_TIME),
            )
        ]
    )
    _percent_axis(figure)
    figure.update_yaxes(title=messages.LOANS_AXIS, rangemode="tozero", tickformat=",")
    _mark(figure, threshold)
    figure.update_layout(
        barmode="stack",
        height=320,
        separators=",.",
        margin={**_MARGIN, "t": 60},
        legend={"orientation": "h", "y": 1.25, "x": 0},
    )
    return figure


_MARGIN = {"l": 10, "r": 30, "t": 30, "b": 10}


def _percent_axis(figure: go.Figure) -> None:
    """Make x the probability in percent."""
    figure.update_xaxes(
        range=[0, 100], dtick=20, ticksuffix=" %", title=messages.PROBABILITY_AXIS, showgrid=False
    )


def _mark(figure: go.Figure, threshold: float | None) -> None:
    """Draw the threshold across a figure whose x is a percentage, its name above."""
    if threshold is not None:
        place = 100 * threshold
        figure.add_vline(x=place, line={"color": LIMIT, "width": 2, "dash": "dash"})
        figure.add_annotation(
            x=place,
            y=1,
            yref="paper",
            text=messages.threshold_name(threshold),
            showarrow=False,
            yanchor="bottom",
            xanchor="right" if threshold > 0.5 else "left",  # noqa: PLR2004
        )
