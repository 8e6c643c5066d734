"""Every watched variable of a window against the reference: distances and p-values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_pipeline.src.monitoring import statistics
from mlops_pipeline.src.monitoring.grid import Axis, CategoryCells, Counts, Grid, NumericCells
from mlops_pipeline.src.monitoring.levels import MIN_LOANS, Sureness
from mlops_pipeline.src.monitoring.statistics import ChiSquare, Floats
from mlops_pipeline.src.monitoring.variables import BY_VARIABLE, LEVELLED, Place, Variable


@dataclass(frozen=True, slots=True)
class Side:
    """One variable among the loans of one side.

    Attributes:
        cells: loans in each cell, unknown values last.
        bins: loans in each bin, unknown values last.
        loans: all that were counted, with known and unknown values.
        missing: those with an unknown value.
        below, above: loans outside the training range; 0 for a category.
        unseen: loans of an unseen category; 0 for a number.

    """

    cells: Counts
    bins: Counts
    loans: int
    missing: int
    below: int = 0
    above: int = 0
    unseen: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One variable on both sides.

    Attributes:
        ks: NaN for a category or where a side has no known value; so are the other distances.
        p_values: of the distribution, of the share of missing values, and of the share of
            strange ones (outside the range or unseen), shape (3,).
        sureness: the same, adjusted for the number of questions asked; 1 for what has no level.

    """

    axis: Axis
    variable: Variable
    reference: Side
    window: Side
    ks: float
    ks_p_value: float
    chi_square: ChiSquare
    chi_square_p_value: float
    p_values: Floats
    sureness: Sureness

    @property
    def is_levelled(self) -> bool:
        """Whether it has a level: its place has one and there are loans enough."""
        return _is_levelled(self.variable, self.window)


def compare(grid: Grid, reference: Counts, window: Counts) -> tuple[Comparison, ...]:
    """Compare all variables; counts have the shape (grid.size,)."""
    axes = [axis for axis, _ in grid.slices()]
    sides = [
        (_side(axis, reference[part]), _side(axis, window[part])) for axis, part in grid.slices()
    ]
    ks = np.array([_ks(axis, *pair) for axis, pair in zip(axes, sides, strict=True)])
    known = np.array([[side.loans - side.missing for side in pair] for pair in sides])
    ks_p = statistics.ks_p_values(ks, known[:, 0], known[:, 1])
    merged = [_chi_square(axis, *pair) for axis, pair in zip(axes, sides, strict=True)]
    chi_p = statistics.chi_square_p_values(
        np.array([one.statistic for one in merged]),
        np.array([float(one.degrees) for one in merged]),
    )
    # Two questions to a numeric distribution: the smaller p-value counts twice (Bonferroni).
    shape_p = np.where(np.isnan(ks), chi_p, np.minimum(2 * np.minimum(ks_p, chi_p), 1))
    p_values = np.stack([shape_p, _missing_p(sides), _strange_p(axes, sides)], axis=1)
    sureness = _adjusted(axes, sides, p_values)
    return tuple(
        Comparison(
            axis=axis,
            variable=BY_VARIABLE[axis.name],
            reference=sides[k][0],
            window=sides[k][1],
            ks=float(ks[k]),
            ks_p_value=float(ks_p[k]),
            chi_square=merged[k],
            chi_square_p_value=float(chi_p[k]),
            p_values=p_values[k],
            sureness=Sureness.of(sureness[k]),
        )
        for k, axis in enumerate(axes)
    )


def _side(axis: Axis, cells: Counts) -> Side:
    """Read one variable's counts; a loan without a score says nothing about the score."""
    if BY_VARIABLE[axis.name].place is Place.SCORE:
        cells = np.append(cells[:-1], 0)
    bins, loans, missing = axis.cells.bins(cells), int(cells.sum()), int(cells[-1])
    if isinstance(axis.cells, CategoryCells):
        return Side(cells, bins, loans, missing, unseen=int(cells[-2]))
    below = int(cells[0]) if axis.cells.edges else 0
    return Side(cells, bins, loans, missing, below, above=int(cells[-2]))


def _is_levelled(variable: Variable, window: Side) -> bool:
    """Tell whether a variable has a level in this window."""
    return variable.place in LEVELLED and window.loans >= MIN_LOANS


def _ks(axis: Axis, reference: Side, window: Side) -> float:
    """Give the KS statistic of a number's known values."""
    if isinstance(axis.cells, CategoryCells):
        return np.nan
    return statistics.ks_statistic(reference.cells[:-1], window.cells[:-1])


def _chi_square(axis: Axis, reference: Side, window: Side) -> ChiSquare:
    """Compare the bins, rare ones joined: a number's neighbours, a category's rarest."""
    left, right = reference.bins, window.bins
    if isinstance(axis.cells, CategoryCells):
        order = np.argsort(-(left + right), kind="stable")
        left, right = left[order], right[order]
    return statistics.chi_square(*statistics.merge_rare(left, right))


def _sizes(sides: list[tuple[Side, Side]]) -> tuple[Counts, Counts]:
    """Give the loans on both sides of all variables."""
    return _both([(left.loans, right.loans) for left, right in sides])


def _both(pairs: list[tuple[int, int]]) -> tuple[Counts, Counts]:
    """Turn pairs of counts into two arrays."""
    table = np.array(pairs, dtype=np.int64)
    return table[:, 0], table[:, 1]


def _missing_p(sides: list[tuple[Side, Side]]) -> Floats:
    """Give the two-sided p-values of the shares of unknown values."""
    return _two_sided(_both([(left.missing, right.missing) for left, right in sides]), sides)


def _two_sided(found: tuple[Counts, Counts], sides: list[tuple[Side, Side]]) -> Floats:
    """Double the smaller tail of Fisher's test."""
    sizes = _sizes(sides)
    tails = statistics.at_least(*found, sizes), statistics.at_most(*found, sizes)
    p: Floats = np.minimum(2 * np.minimum(*tails), 1)
    return p


def _strange_p(axes: list[Axis], sides: list[tuple[Side, Side]]) -> Floats:
    """Give the p-values of unseen categories, and of numbers outside the training range.

    k of the window's loans lie above all of the reference's exactly if the k highest of both
    together are the window's, which has the chance that Fisher's test gives to k of k.
    """
    is_number = np.array([isinstance(axis.cells, NumericCells) for axis in axes])
    unseen = _two_sided(_both([(left.unseen, right.unseen) for left, right in sides]), sides)
    sizes = _sizes(sides)
    outside = [
        statistics.at_least(*_both([(0, end) for end in ends]), sizes)
        for ends in ([w.below for _, w in sides], [w.above for _, w in sides])
    ]
    return np.where(is_number, np.minimum(2 * np.minimum(*outside), 1), unseen)


def _adjusted(axes: list[Axis], sides: list[tuple[Side, Side]], p_values: Floats) -> Floats:
    """Adjust the p-values of what has a level for their number, shape (k, 3)."""
    asked = np.array(
        [
            _is_levelled(BY_VARIABLE[axis.name], window)
            for axis, (_, window) in zip(axes, sides, strict=True)
        ]
    )
    result = np.ones_like(p_values)
    if asked.any():
        result[asked] = statistics.adjusted(p_values[asked].ravel()).reshape(-1, 3)
    return result
