"""Logged loans to counts: the one way, whether the counts are kept or made when they are asked for.

A loan counts on the day of its arrival in Colombia, and as of that moment: its date is in the
future if it is later than its arrival. So counting again gives the same, whenever it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.moments import arrival_clock
from mlops_pipeline.src.monitoring.day_counts import DayCounts
from mlops_pipeline.src.monitoring.periods import Span, period_labels
from mlops_pipeline.src.monitoring.prediction_log.loans import read_loans

Rejected = dict[tuple[str, str], int]  # logged loans that cannot be read, by day and model


class Logged(Protocol):
    """What is counted of a logged prediction."""

    @property
    def created_ms(self) -> int:
        """Its moment, ms since 1970, UTC."""

    @property
    def model_version(self) -> str:
        """What scored it."""

    @property
    def inputs(self) -> str:
        """The loan, JSON."""

    @property
    def probability(self) -> float:
        """Of paying on time."""


def count_rows(days: DayCounts, rejected: Rejected, rows: Sequence[Logged]) -> None:
    """Count logged loans by day of arrival (Colombia) and model; note those that cannot be read."""
    loans, usable = read_loans([row.inputs for row in rows])
    arrived = arrival_clock(np.array([row.created_ms for row in rows], dtype=np.int64))
    probability = np.array([row.probability for row in rows], dtype=np.float64)
    versions = np.array([row.model_version for row in rows], dtype=np.str_)
    place = np.cumsum(usable) - 1  # where a usable row's loan stands
    for version in np.unique(versions).tolist():
        some = np.flatnonzero((versions == version) & usable)
        moments = arrived[some]
        days.add(loans.take(place[some]), moments, probability[some], version, moments)
        _note(rejected, arrived[(versions == version) & ~usable], version)


def _note(rejected: Rejected, moments: NDArray[np.int64], version: str) -> None:
    """Count what could not be read, by day."""
    for day in period_labels(moments, Span.DAY).tolist():
        rejected[day, version] = rejected.get((day, version), 0) + 1
