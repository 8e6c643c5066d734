"""How far two samples lie apart, from their counts: KS, chi-square, PSI, Jensen–Shannon.

Every function takes the reference's counts first and the window's second, over the same cells or
bins. A distance that cannot be told (no loan on a side) is NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from mlops_pipeline.src.monitoring.grid import Counts

Floats = NDArray[np.float64]

EMPTY_BIN = 0.5
MIN_EXPECTED = 5.0


@dataclass(frozen=True, slots=True)
class ChiSquare:
    """Pearson's statistic and its degrees of freedom (0: nothing can be compared)."""

    statistic: float
    degrees: int


def ks_statistic(reference: Counts, window: Counts) -> float:
    """Give the largest distance of two distribution functions, in [0, 1], from ordered cells.

    At most `grid.CELL_SHARE` below the exact statistic of the values that were counted.
    """
    n, m = reference.sum(), window.sum()
    if not (n and m):
        return np.nan
    return float(np.abs(np.cumsum(reference) / n - np.cumsum(window) / m).max())


def ks_exact(reference: Floats, window: Floats) -> float:
    """Give the exact two-sample Kolmogorov–Smirnov statistic of raw values; NaN is left out."""
    left, right = (np.sort(values[~np.isnan(values)]) for values in (reference, window))
    if not (left.size and right.size):
        return np.nan
    points = np.concatenate([left, right])
    below = [np.searchsorted(one, points, side="right") / one.size for one in (left, right)]
    return float(np.abs(below[0] - below[1]).max())


def ks_p_values(statistic: Floats, reference: Counts, window: Counts) -> Floats:
    """Give the asymptotic two-sided p-values of k statistics of samples of these sizes.

    The one-sample distribution at n·m/(n + m) loans, as scipy.stats.ks_2samp does it; with ties,
    as in amounts rounded to thousands, the true p-value is smaller. 1 where there is no statistic.
    Source: Hodges, "The significance probability of the Smirnov two-sample test", 1958.
    """
    sizes = reference.astype(np.float64), window.astype(np.float64)
    known = ~np.isnan(statistic)
    effective = np.ones(len(statistic))
    effective[known] = np.round(sizes[0][known] * sizes[1][known] / (sizes[0] + sizes[1])[known])
    p: Floats = stats.kstwo.sf(np.where(known, statistic, 0.0), np.maximum(effective, 1))
    return np.where(known, np.clip(p, 0, 1), 1.0)


def chi_square(reference: Counts, window: Counts) -> ChiSquare:
    """Give Pearson's chi-square of homogeneity; bins empty on both sides do not count."""
    table = np.stack([reference, window])[:, (reference + window) > 0].astype(np.float64)
    rows = table.sum(axis=1, keepdims=True)
    if table.shape[1] < 2 or not rows.all():  # noqa: PLR2004 - one bin holds everything
        return ChiSquare(0.0, 0)
    expected = rows * table.sum(axis=0) / table.sum()
    return ChiSquare(float(((table - expected) ** 2 / expected).sum()), table.shape[1] - 1)


def chi_square_p_values(statistic: Floats, degrees: Floats) -> Floats:
    """Give the p-values of k statistics; 1 where there are no degrees of freedom."""
    p: Floats = special.chdtrc(np.maximum(degrees, 1), statistic)
    return np.where(degrees > 0, p, 1.0)


def merge_rare(reference: Counts, window: Counts) -> tuple[Counts, Counts]:
    """Join neighbouring bins until the smaller sample expects `MIN_EXPECTED` loans in each.

    What is joined depends on both samples' sum alone, so that the test keeps its level. Source:
    Cochran, "Some methods for strengthening the common chi-square tests", 1954.
    """
    pooled = reference + window
    share = min(reference.sum(), window.sum()) / max(pooled.sum(), 1)
    starts, held = [0], 0.0
    for position, loans in enumerate(pooled[:-1].tolist()):
        held += share * loans
        if held >= MIN_EXPECTED:
            starts.append(position + 1)
            held = 0.0
    if len(starts) > 1 and share * pooled[starts[-1] :].sum() < MIN_EXPECTED:
        starts.pop()
    return np.add.reduceat(reference, starts), np.add.reduceat(window, starts)


def shares(reference: Counts, window: Counts) -> tuple[Floats, Floats]:
    """Give the bins' shares as the PSI takes them; a bin empty on both sides has a share of 0.

    A bin that is empty on one side only counts there as half a loan, as far as there are loans
    at all, so that the PSI is finite. Source of the half: Haldane, "The estimation and
    significance of the logarithm of a ratio of frequencies", 1956.
    """
    anywhere = (reference + window) > 0
    filled = [np.where(anywhere & (one == 0), EMPTY_BIN, one) for one in (reference, window)]
    left, right = (one / max(one.sum(), 1) for one in filled)
    return left, right


def psi_terms(reference: Counts, window: Counts) -> Floats:
    """Give each bin's part (w − r)·ln(w / r) of the population stability index, shape (bins,).

    Source: Siddiqi, "Credit Risk Scorecards", 2006; it is Jeffreys' divergence, 1946.
    """
    if not (reference.sum() and window.sum()):
        return np.full(len(reference), np.nan)
    left, right = shares(reference, window)
    there = left > 0
    terms = np.zeros(len(left))
    terms[there] = (right[there] - left[there]) * np.log(right[there] / left[there])
    return terms


def psi(reference: Counts, window: Counts) -> float:
    """Give the population stability index."""
    return float(psi_terms(reference, window).sum())


def psi_by_chance(reference: Counts, window: Counts) -> float:
    """Give the PSI to be expected of two samples of one population: (bins − 1)·(1/n + 1/m).

    Source: Yurdakul & Naranjo, "Statistical properties of the population stability index", 2020:
    PSI / (1/n + 1/m) tends to chi-square with bins − 1 degrees of freedom.
    """
    n, m = reference.sum(), window.sum()
    if not (n and m):
        return np.nan
    return float((np.count_nonzero(reference + window) - 1) * (1 / n + 1 / m))


def js_distance(reference: Counts, window: Counts) -> float:
    """Give the Jensen–Shannon distance, base 2, in [0, 1]: the divergence's square root.

    Source: Endres & Schindelin, "A new metric for probability distributions", 2003.
    """
    n, m = reference.sum(), window.sum()
    if not (n and m):
        return np.nan
    left, right = reference / n, window / m
    middle = (left + right) / 2
    nats = special.rel_entr(left, middle).sum() + special.rel_entr(right, middle).sum()
    return float(np.sqrt(max(nats, 0.0) / 2 / np.log(2)))


def at_least(reference: Counts, found: Counts, sizes: tuple[Counts, Counts]) -> Floats:
    """Give, for k counts, the chance that the window has so many or more of all that were found.

    Fisher's exact test, one-sided. Source: Fisher, "Statistical Methods for Research Workers".
    """
    return _tail(reference, found, sizes)


def at_most(reference: Counts, found: Counts, sizes: tuple[Counts, Counts]) -> Floats:
    """Give, for k counts, the chance that the window has so few or fewer of all found."""
    return _tail(found, reference, sizes[::-1])


def _tail(few: Counts, many: Counts, sizes: tuple[Counts, Counts]) -> Floats:
    """Give the chance of `many` or more in the second sample."""
    total = sizes[0] + sizes[1]
    p: Floats = stats.hypergeom.sf(many - 1, total, few + many, sizes[1])
    return np.where(many == 0, 1.0, np.clip(p, 0, 1))


def adjusted(p_values: Floats) -> Floats:
    """Give Benjamini & Hochberg's adjusted p-values of k tests, shape (k,).

    Refusing those at or below a level keeps the expected share of false alarms among all alarms
    there; where nothing drifts, it keeps the chance of any alarm there. Source: Benjamini &
    Hochberg, "Controlling the false discovery rate", 1995.
    """
    order = np.argsort(p_values)
    ranked = p_values[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    result = np.empty(len(p_values))
    result[order] = np.minimum.accumulate(ranked[::-1])[::-1]
    return np.minimum(result, 1.0)


def quantile(edges: Floats, counts: Counts, share: float) -> float:
    """Give a quantile of known values from their cells: the upper edge of the cell it lies in.

    NaN without values; values above the training range count as its upper end.
    """
    loans = counts.sum()
    if not (loans and edges.size):
        return np.nan
    cell = int(np.searchsorted(np.cumsum(counts), share * loans, side="left"))
    return float(edges[min(cell, edges.size - 1)])
