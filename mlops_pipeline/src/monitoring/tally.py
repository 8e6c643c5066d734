"""A tally: the counts of a set of loans over a grid. A window is a sum of tallies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.data.cleaning import Finding
from mlops_pipeline.src.data.schema import BUREAU_COUNTS, NUMERIC, TEXTS, Outside
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.grid import Counts, Grid
from mlops_pipeline.src.monitoring.variables import SCORE

MAX_UNSEEN = 20

# What cleaning may find, in the order in which it is counted.
CHECKS: tuple[tuple[str, Finding], ...] = (
    *((c.name, Finding.UNKNOWN if c.outside is Outside.UNKNOWN else Finding.KEPT) for c in NUMERIC),
    *((name, Finding.NO_RECORD) for name in BUREAU_COUNTS),
    *((c.name, Finding.UNSEEN_TEXT) for c in TEXTS),
)

Labels = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of n loans. Adding is exact: the tally of two sets is the sum of theirs.

    Attributes:
        grid: the fingerprint of the grid that was counted over.
        counts: loans in each cell of the grid, shape (grid.size,).
        checks: loans with each finding of cleaning, in the order of `CHECKS`.
        loans: n.
        outcomes: those whose outcome is known; `late` those of them that were late.
        immature: those whose term had not run at the moment of counting.
        future: those dated after the moment of counting.
        first, last: earliest and latest date, seconds since 1970-01-01; None without loans.
        unseen: loans of each unseen category, the first `MAX_UNSEEN` names of a variable.

    """

    grid: str
    counts: Counts = field(repr=False)
    checks: Counts = field(repr=False)
    loans: int = 0
    outcomes: int = 0
    late: int = 0
    immature: int = 0
    future: int = 0
    first: int | None = None
    last: int | None = None
    unseen: Labels = field(default_factory=dict)

    @property
    def digest(self) -> bytes:
        """What tells these counts from any others."""
        plain = (self.grid, self.loans, self.outcomes, self.late, self.immature, self.future)
        found = hashlib.sha256(repr((*plain, self.first, self.last)).encode())
        found.update(repr(sorted(self.unseen.items())).encode())
        found.update(self.counts.tobytes())
        found.update(self.checks.tobytes())
        return found.digest()

    def __add__(self, other: Tally) -> Tally:
        """Give the tally of both sets of loans.

        Raises:
            WindowError: they were counted over different grids.

        """
        if self.grid != other.grid:
            raise WindowError(messages.other_grid())
        moments = [m for m in (self.first, other.first, self.last, other.last) if m is not None]
        return Tally(
            grid=self.grid,
            counts=self.counts + other.counts,
            checks=self.checks + other.checks,
            loans=self.loans + other.loans,
            outcomes=self.outcomes + other.outcomes,
            late=self.late + other.late,
            immature=self.immature + other.immature,
            future=self.future + other.future,
            first=min(moments, default=None),
            last=max(moments, default=None),
            unseen=_joined(self.unseen, other.unseen),
        )


def empty_tally(grid: Grid) -> Tally:
    """Give the tally of no loans."""
    counts = np.zeros(grid.size, dtype=np.int64)
    return Tally(grid.fingerprint, counts, np.zeros(len(CHECKS), dtype=np.int64))


def total(tallies: Iterable[Tally], grid: Grid) -> Tally:
    """Give the sum of tallies: a week of days, a month of weeks.

    Raises:
        WindowError: one was counted over another grid.

    """
    return sum(tallies, start=empty_tally(grid))


def unscored(tally: Tally, grid: Grid) -> Tally:
    """Give the counts of the same loans as if none had been scored."""
    counts = tally.counts.copy()
    cells = next(counts[part] for axis, part in grid.slices() if axis.name == SCORE)
    cells[-1] = cells.sum()
    cells[:-1] = 0
    return replace(tally, counts=counts)


def _joined(left: Labels, right: Labels) -> Labels:
    """Add counts by name."""
    return {
        variable: first_names(
            {
                label: left.get(variable, {}).get(label, 0) + right.get(variable, {}).get(label, 0)
                for label in {*left.get(variable, {}), *right.get(variable, {})}
            }
        )
        for variable in sorted({*left, *right})
    }


def first_names(counts: Mapping[str, int]) -> Mapping[str, int]:
    """Keep the alphabetically first names: unlike the most frequent ones, these add up exactly."""
    return {name: counts[name] for name in sorted(counts)[:MAX_UNSEEN]}
