"""Stratified bootstrap as weights: how often each loan is drawn, class by class.

Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile
intervals). Late and on-time loans are drawn apart, so that no draw lacks a class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Target = NDArray[np.int8]
Scores = NDArray[np.float64]
Weights = NDArray[np.float64]

DRAWS = 1_000
CONFIDENCE = 0.95
_CELLS = 2_000_000  # draws × loans held at a time


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95% interval."""

    value: float
    low: float
    high: float


def interval(value: float, draws: Scores) -> Interval:
    """Give the percentile interval of bootstrap draws, shape (draws,), around a value."""
    low, high = np.quantile(draws, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return Interval(float(value), float(low), float(high))


def stratified_weights(target: Target, rng: np.random.Generator) -> Iterator[Weights]:
    """Give DRAWS draws of n loans as weights, in chunks of shape (some draws, n)."""
    step = max(1, _CELLS // max(1, len(target)))
    classes = [np.flatnonzero(target == kind) for kind in (0, 1)]
    for start in range(0, DRAWS, step):
        draws = min(step, DRAWS - start)
        weights = np.zeros((draws, len(target)))
        for rows in classes:
            weights[:, rows] = _counts(draws, len(rows), rng)
        yield weights


def _counts(draws: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Count how often each of `size` things is drawn in `size` draws with replacement."""
    if size == 0:
        return np.zeros((draws, 0), dtype=np.int64)
    drawn = rng.integers(size, size=(draws, size))
    drawn += (np.arange(draws) * size)[:, None]
    return np.bincount(drawn.ravel(), minlength=draws * size).reshape(draws, size)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Loans in ascending order of score, cut into groups of equal scores."""

    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    late: NDArray[np.bool_]

    @staticmethod
    def of(target: Target, score: Scores) -> Ranking:
        """Rank n loans, shapes (n,)."""
        order = np.argsort(score, kind="stable")
        ordered = score[order]
        new = np.concatenate(([True], ordered[1:] != ordered[:-1]))
        return Ranking(order, np.flatnonzero(new), target[order] == 0)

    def groups(self, weights: Weights) -> tuple[Weights, Weights]:
        """Give late and on-time weight in each group, shapes (draws, groups)."""
        ordered = weights[:, self.order]
        late = np.add.reduceat(ordered * self.late, self.starts, axis=1)
        good = np.add.reduceat(ordered * ~self.late, self.starts, axis=1)
        return late, good


def roc_auc(late: Weights, good: Weights) -> Scores:
    """Give the ROC-AUC of each draw: the Mann–Whitney statistic, ties counting half."""
    below = np.cumsum(late, axis=1) - late / 2
    auc: Scores = (good * below).sum(axis=1) / (late.sum(axis=1) * good.sum(axis=1))
    return auc
