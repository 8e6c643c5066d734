"""Counting loans over a grid: in one pass, for one group of them or for many.

A day's segments or a month's days each get a tally of their own; what is computed of a loan
(cleaning, features, cells) is computed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data.cleaning import Flag
from mlops_pipeline.src.data.splits import immature
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.grid import CategoryCells, Grid
from mlops_pipeline.src.monitoring.tally import CHECKS, Labels, Tally, empty_tally, first_names
from mlops_pipeline.src.monitoring.variables import Values, require_columns, watch

BLOCK_ROWS = 65_536

Groups = NDArray[np.int64]
Scores = NDArray[np.float64]
Tallies = Mapping[int, Tally]
AsOf = int | NDArray[np.int64] | None

_CHECK = {check: position for position, check in enumerate(CHECKS)}


def tally_loans(
    grid: Grid,
    loans: LoanTable,
    probability: Scores | None = None,
    as_of: AsOf = None,
) -> Tally:
    """Count n loans, as they came (not cleaned), block by block.

    Args:
        grid: what to count over.
        loans: the loans; a known target is counted as an outcome.
        probability: calibrated probability of paying on time, shape (n,), NaN for a loan that
            was not scored; None: no loan was.
        as_of: the moment of counting, or one for each loan, shape (n,), seconds since 1970-01-01,
            Colombian wall clock; None: no loan counts as immature or future.

    Raises:
        WindowError: a column is missing, or the probabilities are not n numbers in [0, 1].

    """
    together = np.zeros(len(loans), dtype=np.int64)
    found = Counter(grid).by_group(loans, together, probability, as_of)
    return found[0] if found else empty_tally(grid)


class Counter:
    """Counts loans over one grid and over its coarse one."""

    def __init__(self, grid: Grid) -> None:
        """Lay out the cells once."""
        self.grid = grid
        self._fine = _Room.of(grid, coarse=False)
        self._coarse = _Room.of(grid, coarse=True)

    def by_group(
        self,
        loans: LoanTable,
        groups: Groups,
        probability: Scores | None = None,
        as_of: AsOf = None,
    ) -> Tallies:
        """Count n loans by their groups, shape (n,); the rest as for `tally_loans`.

        Gives the tallies of the groups that have loans, ascending.
        """
        found: dict[int, Tally] = {}
        for rows, block in self._blocks(loans, probability, as_of):
            _add(found, block.tallies(self._fine, groups[rows]))
        return dict(sorted(found.items()))

    def by_two_groups(
        self,
        loans: LoanTable,
        fine: Groups,
        coarse: Groups,
        probability: Scores | None = None,
        as_of: AsOf = None,
    ) -> tuple[Tallies, Tallies]:
        """Count n loans by one kind of group over the grid, by another over the coarse grid."""
        found: tuple[dict[int, Tally], dict[int, Tally]] = {}, {}
        for rows, block in self._blocks(loans, probability, as_of):
            _add(found[0], block.tallies(self._fine, fine[rows]))
            _add(found[1], block.tallies(self._coarse, coarse[rows]))
        return dict(sorted(found[0].items())), dict(sorted(found[1].items()))

    def _blocks(
        self, loans: LoanTable, probability: Scores | None, as_of: AsOf
    ) -> Iterator[tuple[slice, _Block]]:
        """Find the loans' cells, some loans at a time.

        Raises:
            WindowError: as `tally_loans`.

        """
        require_columns(loans)
        scores = np.full(len(loans), np.nan) if probability is None else probability
        if scores.shape != (len(loans),) or bool(((scores < 0) | (scores > 1)).any()):
            raise WindowError(messages.bad_probabilities(len(loans)))
        for start in range(0, len(loans), BLOCK_ROWS):
            rows = slice(start, start + BLOCK_ROWS)
            moment = as_of[rows] if isinstance(as_of, np.ndarray) else as_of
            yield rows, _Block.of(self.grid, loans.take(rows), scores[rows], moment)


def _add(sums: dict[int, Tally], tallies: Iterable[tuple[int, Tally]]) -> None:
    """Add tallies to the groups' sums."""
    for group, tally in tallies:
        sums[group] = sums[group] + tally if group in sums else tally


@dataclass(frozen=True, slots=True)
class _Room:
    """A grid as it is counted over: its name, and how its cells follow from the fine ones."""

    grid: str
    size: int
    parts: tuple[tuple[slice, NDArray[np.int64]], ...]  # each variable's place, and its cells

    @staticmethod
    def of(grid: Grid, *, coarse: bool) -> _Room:
        """Lay out a grid's cells, or its coarse one's."""
        chosen = grid.coarse() if coarse else grid
        parts = tuple(
            (part, axis.cells.coarse_cells() if coarse else np.arange(axis.cells.size))
            for (axis, _), (_, part) in zip(grid.slices(), chosen.slices(), strict=True)
        )
        return _Room(chosen.fingerprint, chosen.size, parts)


@dataclass(frozen=True, slots=True)
class _Block:
    """Some loans, each found in its cells."""

    loans: LoanTable
    cells: tuple[NDArray[np.int64], ...]
    flags: tuple[Flag, ...]
    strange: tuple[tuple[str, NDArray[np.int64], Values], ...]  # unseen categories: rows, values
    immature: NDArray[np.bool_]
    future: NDArray[np.bool_]

    @staticmethod
    def of(grid: Grid, loans: LoanTable, scores: Scores, as_of: AsOf) -> _Block:
        """Find each loan's cells."""
        values, flags = watch(loans, scores)
        cells = tuple(axis.cells.locate(values[axis.name]) for axis, _ in grid.slices())
        strange = []
        for (axis, _), found in zip(grid.slices(), cells, strict=True):
            if isinstance(axis.cells, CategoryCells):
                rows = np.flatnonzero(found == axis.cells.size - 2)
                strange.append((axis.name, rows, values[axis.name][rows]))
        never = np.zeros(len(loans), dtype=np.bool_)
        return _Block(
            loans,
            cells,
            flags,
            tuple(strange),
            immature=never if as_of is None else immature(loans, as_of),
            future=never if as_of is None else loans.seconds > as_of,
        )

    def tallies(self, room: _Room, groups: Groups) -> Iterator[tuple[int, Tally]]:
        """Count the loans of each group."""
        names, place = np.unique(groups, return_inverse=True)
        number = len(names)
        counts = np.empty((number, room.size), dtype=np.int64)
        for found, (part, layout) in zip(self.cells, room.parts, strict=True):
            size = part.stop - part.start
            cells = np.bincount(place * size + layout[found], minlength=number * size)
            counts[:, part] = cells.reshape(number, size)
        checks = self._checks(place, number)
        target = self.loans.target
        loans = np.bincount(place, minlength=number)
        none = np.zeros(len(place), dtype=np.bool_)
        late, ended = (none, none) if target is None else (target == 0, target >= 0)
        first = np.full(number, np.iinfo(np.int64).max)
        last = np.full(number, np.iinfo(np.int64).min)
        np.minimum.at(first, place, self.loans.seconds)
        np.maximum.at(last, place, self.loans.seconds)
        sums = [np.bincount(place[at], minlength=number) for at in (late, self.immature, ended)]
        future = np.bincount(place[self.future], minlength=number)
        unseen = self._unseen(place)
        for k, name in enumerate(names.tolist()):
            yield (
                name,
                Tally(
                    grid=room.grid,
                    counts=counts[k],
                    checks=checks[k],
                    loans=int(loans[k]),
                    outcomes=int(sums[2][k]),
                    late=int(sums[0][k]),
                    immature=int(sums[1][k]),
                    future=int(future[k]),
                    first=int(first[k]),
                    last=int(last[k]),
                    unseen=unseen.get(k, {}),
                ),
            )

    def _checks(self, place: Groups, number: int) -> NDArray[np.int64]:
        """Count what cleaning found, by group."""
        found = np.zeros((number, len(CHECKS)), dtype=np.int64)
        for flag in self.flags:
            column = _CHECK[flag.column, flag.finding]
            found[:, column] = np.bincount(place[flag.rows], minlength=number)
        return found

    def _unseen(self, place: Groups) -> Mapping[int, Labels]:
        """Count unseen categories by group and name."""
        found: dict[int, dict[str, Mapping[str, int]]] = {}
        for variable, rows, values in self.strange:
            for group in np.unique(place[rows]).tolist():
                labels = _labels(values[place[rows] == group])
                found.setdefault(group, {})[variable] = labels
        return found


def _labels(values: Values) -> Mapping[str, int]:
    """Count unseen categories by name."""
    texts = [one if isinstance(one, str) else f"{one:g}" for one in values.tolist()]
    names, counts = np.unique(np.array(texts, dtype=np.str_), return_counts=True)
    return first_names(dict(zip(names.tolist(), counts.tolist(), strict=True)))
