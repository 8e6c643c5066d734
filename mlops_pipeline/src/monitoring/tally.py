"""A tally: the counts of a set of loans over a grid. A window is a sum of tallies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data.cleaning import Finding, Flag
from mlops_pipeline.src.data.schema import BUREAU_COUNTS, NUMERIC, TEXTS, Outside
from mlops_pipeline.src.data.splits import immature
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.grid import CategoryCells, Counts, Grid
from mlops_pipeline.src.monitoring.variables import Values, require_columns, watch

BLOCK_ROWS = 65_536
MAX_UNSEEN = 20

# What cleaning may find, in the order in which it is counted.
CHECKS: tuple[tuple[str, Finding], ...] = (
    *((c.name, Finding.UNKNOWN if c.outside is Outside.UNKNOWN else Finding.KEPT) for c in NUMERIC),
    *((name, Finding.NO_RECORD) for name in BUREAU_COUNTS),
    *((c.name, Finding.UNSEEN_TEXT) for c in TEXTS),
)
_CHECK = {check: position for position, check in enumerate(CHECKS)}

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


def tally_loans(
    grid: Grid,
    loans: LoanTable,
    probability: NDArray[np.float64] | None = None,
    as_of: int | None = None,
) -> Tally:
    """Count n loans, as they came (not cleaned), block by block.

    Args:
        grid: what to count over.
        loans: the loans; a known target is counted as an outcome.
        probability: calibrated probability of paying on time, shape (n,), NaN for a loan that
            was not scored; None: no loan was.
        as_of: the moment of counting, seconds since 1970-01-01, Colombian wall clock; None: no
            loan counts as immature or future.

    Raises:
        WindowError: a column is missing, or the probabilities are not n numbers in [0, 1].

    """
    require_columns(loans)
    scores = np.full(len(loans), np.nan) if probability is None else probability
    if scores.shape != (len(loans),) or bool(((scores < 0) | (scores > 1)).any()):
        raise WindowError(messages.bad_probabilities(len(loans)))
    counted = empty_tally(grid)
    for start in range(0, len(loans), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        counted += _block(grid, counted.grid, loans.take(block), scores[block], as_of)
    return counted


def _block(
    grid: Grid, name: str, loans: LoanTable, scores: NDArray[np.float64], as_of: int | None
) -> Tally:
    """Count some loans."""
    values, flags = watch(loans, scores)
    counts = np.zeros(grid.size, dtype=np.int64)
    unseen: dict[str, Mapping[str, int]] = {}
    for axis, part in grid.slices():
        found = axis.cells.locate(values[axis.name])
        counts[part] = np.bincount(found, minlength=axis.cells.size)
        if isinstance(axis.cells, CategoryCells):
            labels = _labels(values[axis.name][found == axis.cells.size - 2])
            unseen |= {axis.name: labels} if labels else {}
    late = np.zeros(0) if loans.target is None else loans.target == 0
    return Tally(
        grid=name,
        counts=counts,
        checks=_checks(flags),
        loans=len(loans),
        outcomes=len(late),
        late=int(late.sum()),
        immature=0 if as_of is None else int(immature(loans, as_of).sum()),
        future=0 if as_of is None else int((loans.seconds > as_of).sum()),
        first=int(loans.seconds.min()),
        last=int(loans.seconds.max()),
        unseen=unseen,
    )


def _checks(flags: Iterable[Flag]) -> Counts:
    """Count what cleaning found."""
    found = np.zeros(len(CHECKS), dtype=np.int64)
    for flag in flags:
        found[_CHECK[flag.column, flag.finding]] = len(flag.rows)
    return found


def _labels(values: Values) -> Mapping[str, int]:
    """Count unseen categories by name."""
    texts = [one if isinstance(one, str) else f"{one:g}" for one in values.tolist()]
    names, counts = np.unique(np.array(texts, dtype=np.str_), return_counts=True)
    return _first(dict(zip(names.tolist(), counts.tolist(), strict=True)))


def _joined(left: Labels, right: Labels) -> Labels:
    """Add counts by name."""
    return {
        variable: _first(
            {
                label: left.get(variable, {}).get(label, 0) + right.get(variable, {}).get(label, 0)
                for label in {*left.get(variable, {}), *right.get(variable, {})}
            }
        )
        for variable in sorted({*left, *right})
    }


def _first(counts: Mapping[str, int]) -> Mapping[str, int]:
    """Keep the alphabetically first names: unlike the most frequent ones, these add up exactly."""
    return {name: counts[name] for name in sorted(counts)[:MAX_UNSEEN]}
