"""The grid: what is fixed at training so that windows can be counted and compared later.

A numeric variable is cut into fine cells, none of which holds more than `CELL_SHARE` of the
training loans unless it is one single value. At the cells' edges the two distribution functions
are known exactly, between them they differ by at most a cell's share more: the
Kolmogorov–Smirnov statistic read from cells is at most `CELL_SHARE` below the exact one,
whatever the window holds.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from mlops_pipeline.src.data.schema import BY_NAME
from mlops_pipeline.src.monitoring.variables import VARIABLES, Values, Variable

CELL_SHARE = 0.005
BINS = 10  # of equal shares of the training loans, as far as single values allow
MAX_CATEGORIES = 50

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NumericCells:
    """Cells of numbers: (−∞, e0], (e0, e1], ..., (last, ∞), and unknown.

    The first and the last hold what lies outside the training loans' range. A heavy single value
    has a cell of its own, and so has the gap before it.

    Attributes:
        edges: ascending; empty where no training loan's value is known.
        bin_ends: how many cells come before the end of each bin; the unknown are one more bin.

    """

    edges: tuple[float, ...]
    bin_ends: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of cells, that of unknown values last."""
        return len(self.edges) + 2

    def locate(self, values: Values) -> NDArray[np.int64]:
        """Give the cell of each of n numbers, shape (n,)."""
        found = np.searchsorted(np.array(self.edges), values, side="left").astype(np.int64)
        found[np.isnan(values)] = self.size - 1
        return found

    def bins(self, counts: Counts) -> Counts:
        """Add up cells to bins, shape (bins + 1,)."""
        starts = (0, *self.bin_ends)
        return np.add.reduceat(counts, starts)

    @property
    def bin_edges(self) -> tuple[float, ...]:
        """The upper ends of all bins but the last one of known values."""
        return tuple(self.edges[end - 1] for end in self.bin_ends[:-1])

    @property
    def coarse_starts(self) -> tuple[int, ...]:
        """Where the coarse grid's cells begin: bins, and apart what is outside the range."""
        outside = {1, len(self.edges)} if self.edges else set()
        return tuple(sorted({0, *outside, *self.bin_ends}))

    def coarse(self) -> NumericCells:
        """Give the bins as cells."""
        starts = self.coarse_starts
        edges = tuple(self.edges[start - 1] for start in starts[1:-1])
        return NumericCells(edges, tuple(starts.index(end) for end in self.bin_ends))

    def coarse_cells(self) -> NDArray[np.int64]:
        """Give the coarse cell of each of these cells."""
        return np.searchsorted(self.coarse_starts, np.arange(self.size), side="right") - 1

    def coarsened(self, counts: Counts) -> Counts:
        """Turn counts over these cells into counts over the coarse ones."""
        return np.add.reduceat(counts, self.coarse_starts)


@dataclass(frozen=True, slots=True)
class CategoryCells:
    """Cells of categories: one for each known one, then the unseen ones, then unknown."""

    categories: tuple[str, ...]

    @property
    def size(self) -> int:
        """The number of cells."""
        return len(self.categories) + 2

    def locate(self, values: Values) -> NDArray[np.int64]:
        """Give the cell of each of n texts or codes, shape (n,)."""
        found = np.full(len(values), len(self.categories), dtype=np.int64)
        for position, category in enumerate(self.categories):
            known = category if values.dtype == np.object_ else np.float32(category)
            found[values == known] = position
        found[_unknown(values)] = self.size - 1
        return found

    def bins(self, counts: Counts) -> Counts:
        """Give each cell as a bin."""
        return counts

    def coarse(self) -> CategoryCells:
        """Give the same: no cell is finer than a bin."""
        return self

    def coarse_cells(self) -> NDArray[np.int64]:
        """Give each cell itself."""
        return np.arange(self.size)

    def coarsened(self, counts: Counts) -> Counts:
        """Give the same counts."""
        return counts


Cells = NumericCells | CategoryCells


def _unknown(values: Values) -> NDArray[np.bool_]:
    """Tell which values are unknown."""
    if values.dtype == np.object_:
        return np.array([value is None for value in values], dtype=np.bool_)
    return np.isnan(values.astype(np.float64))


@dataclass(frozen=True, slots=True)
class Axis:
    """A variable and its cells."""

    name: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of all watched variables, laid one behind the other in one array of counts."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """The number of all cells."""
        return sum(axis.cells.size for axis in self.axes)

    def slices(self) -> Iterator[tuple[Axis, slice]]:
        """Give where each variable's cells lie."""
        ends = accumulate((axis.cells.size for axis in self.axes), initial=0)
        for axis, (start, end) in zip(self.axes, pairwise(ends), strict=True):
            yield axis, slice(start, end)

    @property
    def fingerprint(self) -> str:
        """What tells this grid from another one: counts over two grids cannot be compared."""
        return hashlib.sha256(_GRID.dump_json(self)).hexdigest()[:16]

    def coarse(self) -> Grid:
        """Give the grid whose cells are this one's bins: for small groups of loans."""
        return Grid(tuple(Axis(axis.name, axis.cells.coarse()) for axis in self.axes))

    def coarsened(self, counts: Counts) -> Counts:
        """Turn counts over this grid into counts over the coarse one."""
        return np.concatenate([axis.cells.coarsened(counts[part]) for axis, part in self.slices()])


_GRID = TypeAdapter(Grid)


def learn_grid(values: Mapping[str, Values]) -> Grid:
    """Learn the cells from the training loans' values, variable by variable."""
    return Grid(tuple(Axis(v.name, _learn(v, values[v.name])) for v in VARIABLES))


def _learn(variable: Variable, values: Values) -> Cells:
    """Learn one variable's cells."""
    if not variable.is_category:
        return learn_numeric(values)
    known = BY_NAME[variable.name].categories
    if known:
        return CategoryCells(known)
    codes, counts = np.unique(values[~_unknown(values)], return_counts=True)
    frequent = np.sort(np.argsort(-counts, kind="stable")[:MAX_CATEGORIES])
    return CategoryCells(tuple(f"{code:g}" for code in codes[frequent]))


def learn_numeric(values: Values) -> NumericCells:
    """Learn the cells of a numeric variable from n training values."""
    distinct, counts = np.unique(values[np.isfinite(values)].astype(np.float64), return_counts=True)
    if not distinct.size:
        return NumericCells((), (1,))
    edges: list[float] = []
    held: list[int] = []  # training loans in the cell that ends at each edge
    start = 0
    for end in _cell_ends(counts):
        if start in (0, end):  # the range begins, or a single value: what is below stands apart
            below = math.nextafter(float(distinct[start]), -math.inf)
            if not edges or below > edges[-1]:
                edges.append(below)
                held.append(0)
        edges.append(float(distinct[end]))
        held.append(int(counts[start : end + 1].sum()))
        start = end + 1
    return NumericCells(tuple(edges), _bin_ends(np.array([*held, 0])))


def _cell_ends(counts: Counts) -> list[int]:
    """Give the position of the last distinct value of each cell."""
    limit = max(1, math.floor(CELL_SHARE * counts.sum()))
    upto = np.cumsum(counts)
    ends: list[int] = []
    start = 0
    while start < len(counts):
        before = int(upto[start - 1]) if start else 0
        end = int(np.searchsorted(upto, before + limit, side="right")) - 1
        ends.append(max(start, end))
        start = ends[-1] + 1
    return ends


def _bin_ends(held: Counts) -> tuple[int, ...]:
    """Give the ends of `BINS` bins of about equal shares; an empty cell joins the next one."""
    middle = np.cumsum(held) - held / 2
    bins = np.minimum((BINS * middle / held.sum()).astype(np.int64), BINS - 1)
    filled = np.flatnonzero(held)
    after = np.searchsorted(filled, np.arange(len(held)))
    joined = bins[filled[np.minimum(after, len(filled) - 1)]]
    return (*(np.flatnonzero(np.diff(joined)) + 1).tolist(), len(held))
