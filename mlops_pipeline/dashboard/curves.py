"""Distribution functions and decisions, read from counts: no loan is needed for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_pipeline.src.monitoring.grid import CategoryCells, Cells, Counts, Grid, NumericCells
from mlops_pipeline.src.monitoring.reference import Reference
from mlops_pipeline.src.monitoring.tally import Tally, total
from mlops_pipeline.src.monitoring.variables import SCORE
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.watching import Window


@dataclass(frozen=True, slots=True)
class Curve:
    """A distribution function at the cells' edges: share of known values <= value, in [0, 1]."""

    values: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Shares of known values in k ranges, k + 1 edges; the ends hold what lies outside."""

    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a decision rule makes of scored loans.

    Attributes:
        scored: how many have a score.
        granted: share of them at or above the threshold.
        doubt: share of the cell that holds the threshold: `granted` is that exact at the least.
        cost: expected cost of one loan, in the unit of the rule's costs.

    """

    scored: int
    granted: float
    doubt: float
    cost: float


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides' counts over the same grid: the window's, coarse where the window is."""

    grid: Grid
    reference: Tally
    window: Tally

    @staticmethod
    def of(reference: Reference, window: Window) -> Sides:
        """Bring reference and window onto one grid."""
        coarse = reference.coarse()
        is_coarse = bool(window.parts) and window.parts[0].tally.grid == coarse.grid.fingerprint
        used = coarse if is_coarse else reference
        whole = total((part.tally for part in window.parts), used.grid)
        return Sides(used.grid, used.tally, whole)

    def cells(self, name: str) -> tuple[Cells, Counts, Counts]:
        """Give a variable's cells and both sides' counts in them."""
        axis, part = next(found for found in self.grid.slices() if found[0].name == name)
        return axis.cells, self.reference.counts[part], self.window.counts[part]

    def curves(self, name: str) -> tuple[Curve, Curve] | None:
        """Give a number's two distribution functions; None for a category or without values."""
        cells, left, right = self.cells(name)
        if isinstance(cells, CategoryCells) or not (left[:-1].sum() and right[:-1].sum()):
            return None
        return _curve(cells, left), _curve(cells, right)

    def histograms(self, name: str, ranges: int) -> tuple[Histogram, Histogram] | None:
        """Give a number's two histograms; None as for `curves`."""
        cells, left, right = self.cells(name)
        if isinstance(cells, CategoryCells) or not (left[:-1].sum() and right[:-1].sum()):
            return None
        return _histogram(cells, left, ranges), _histogram(cells, right, ranges)

    def outlooks(self, rule: DecisionRule) -> tuple[Outlook | None, Outlook | None]:
        """Give what the rule makes of the reference's and of the window's scored loans."""
        cells, left, right = self.cells(SCORE)
        if isinstance(cells, CategoryCells):
            raise TypeError(SCORE)
        return _outlook(cells, left, rule), _outlook(cells, right, rule)


def _curve(cells: NumericCells, counts: Counts) -> Curve:
    """Give the shares of known values up to each edge."""
    known = counts[:-1]
    shares = np.cumsum(known)[: len(cells.edges)] / known.sum()
    return Curve(cells.edges, tuple(shares.tolist()))


def _histogram(cells: NumericCells, counts: Counts, ranges: int) -> Histogram:
    """Give the shares between edges of the grid that lie about equally apart: exact ones."""
    edges, known = np.array(cells.edges), counts[:-1]
    wanted = np.linspace(edges[0], edges[-1], ranges + 1)
    chosen = np.unique(np.abs(edges[:, None] - wanted[None, :]).argmin(axis=0))
    upto = np.concatenate([[0], np.cumsum(known)[chosen[1:-1]], [known.sum()]])
    shares = np.diff(upto) / known.sum()
    return Histogram(tuple(edges[chosen].tolist()), tuple(shares.tolist()))


def _outlook(cells: NumericCells, counts: Counts, rule: DecisionRule) -> Outlook | None:
    """Give what a rule makes of scored loans, each one's probability taken from its cell.

    A loan's probability is known to lie in its cell, which holds at most `grid.CELL_SHARE` of the
    training loans; its middle stands for it, and the threshold's own cell is split in proportion.
    """
    known = counts[:-1].astype(np.float64)
    if not known.sum():
        return None
    ends = np.clip(np.array([0.0, *cells.edges, 1.0]), 0.0, 1.0)
    low, high = ends[:-1], np.maximum(ends[1:], ends[:-1])
    share = known / known.sum()
    width = np.where(high > low, high - low, 1.0)
    granted = np.where(
        high > low, np.clip((high - rule.threshold) / width, 0.0, 1.0), high >= rule.threshold
    )
    middle = (low + high) / 2
    cost = granted * (1 - middle) * rule.cost_late + (1 - granted) * middle * rule.cost_reject
    split = (granted > 0) & (granted < 1)
    return Outlook(
        scored=int(known.sum()),
        granted=float((share * granted).sum()),
        doubt=float(share[split].sum()),
        cost=float((share * cost).sum()),
    )
