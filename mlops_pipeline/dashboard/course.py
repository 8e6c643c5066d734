"""A window's periods in order, as charts over time take them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from mlops_pipeline import messages
from mlops_pipeline.dashboard.theme import LINE
from mlops_pipeline.src.monitoring.history import HistoryPoint

_MOST_TICKS = 18


@dataclass(frozen=True, slots=True)
class Course:
    """Periods with loans.

    Attributes:
        by_arrival: whether a loan's day is the one on which the service was asked about it, as in
            real traffic; else it is the loan's own date, and a period is a vintage.

    """

    points: Sequence[HistoryPoint]
    by_arrival: bool

    @property
    def axis(self) -> str:
        """The time axis' title."""
        return messages.time_axis(by_arrival=self.by_arrival)

    @property
    def labels(self) -> list[str]:
        """The periods' names; where models shared one, with the model's."""
        shared = Counter(point.period for point in self.points)
        return [
            messages.period_name(p.period)
            if shared[p.period] == 1
            else messages.period_of_model(p.period, p.model_version)
            for p in self.points
        ]

    def known(self) -> Course:
        """Give the periods of which some outcomes are known."""
        return Course([one for one in self.points if one.window.outcomes], self.by_arrival)

    def on(self, figure: go.Figure) -> go.Figure:
        """Keep the periods in order, and mark where another model began to score."""
        figure.update_xaxes(
            type="category",
            categoryorder="array",
            categoryarray=self.labels,
            nticks=_MOST_TICKS,
        )
        for position, point in enumerate(self.points):
            if point.model_changed:
                place = position - 0.5
                figure.add_vline(x=place, line={"color": LINE, "width": 1.5, "dash": "dot"})
                figure.add_annotation(
                    x=place,
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
