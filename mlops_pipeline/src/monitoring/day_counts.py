"""Loans counted by day, model and segment while they come: memory grows with the days alone."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.moments import SECONDS_PER_DAY
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.monitoring.aggregates import SEGMENT_BY, category_names, located
from mlops_pipeline.src.monitoring.counting import AsOf, Counter, Scores
from mlops_pipeline.src.monitoring.grid import Grid
from mlops_pipeline.src.monitoring.periods import PeriodTally, SegmentTally
from mlops_pipeline.src.monitoring.tally import Tally

K = TypeVar("K")

PartKey = tuple[str, str]  # day, model
SegmentKey = tuple[str, str, str, str]  # day, model, tipo_laboral, tipo_credito


class DayCounts:
    """Sums by day and model over a grid, and by segment over its coarse grid."""

    def __init__(self, grid: Grid) -> None:
        """Begin with no loans."""
        self._counter = Counter(grid)
        self._names = tuple(category_names(grid, name) for name in SEGMENT_BY)
        self.parts: dict[PartKey, Tally] = {}
        self.segments: dict[SegmentKey, Tally] = {}

    def add(
        self,
        loans: LoanTable,
        seconds: NDArray[np.int64],
        probability: Scores,
        version: str,
        as_of: AsOf,
    ) -> None:
        """Count n loans into the days of n moments (seconds since 1970-01-01), shape (n,)."""
        if not len(loans):
            return
        days = seconds // SECONDS_PER_DAY
        first, second = self._names
        work, credit = (located(self._counter.grid, loans, name) for name in SEGMENT_BY)
        groups = (days * len(first) + work) * len(second) + credit
        parts, segments = self._counter.by_two_groups(loans, days, groups, probability, as_of)
        for day, tally in parts.items():
            _add(self.parts, (_day(day), version), tally)
        for group, tally in segments.items():
            rest, credit_cell = divmod(group, len(second))
            day, work_cell = divmod(rest, len(first))
            _add(self.segments, (_day(day), version, first[work_cell], second[credit_cell]), tally)

    def in_order(self) -> tuple[tuple[PeriodTally, ...], tuple[SegmentTally, ...]]:
        """Give days in order, one with two models as two, and their segments in the same order."""
        return in_order(self.parts, self.segments)


def in_order(
    parts: dict[PartKey, Tally], segments: dict[SegmentKey, Tally]
) -> tuple[tuple[PeriodTally, ...], tuple[SegmentTally, ...]]:
    """Give sums as periods and segments, in order."""
    return (
        tuple(PeriodTally(day, parts[day, version], version) for day, version in sorted(parts)),
        tuple(
            SegmentTally(key[0], key[2], key[3], segments[key], key[1]) for key in sorted(segments)
        ),
    )


def _day(number: int) -> str:
    """Give a day by its number since 1970-01-01."""
    return str(np.datetime64(number, "D"))


def _add(sums: dict[K, Tally], key: K, tally: Tally) -> None:
    """Add a tally to a sum."""
    sums[key] = sums[key] + tally if key in sums else tally
