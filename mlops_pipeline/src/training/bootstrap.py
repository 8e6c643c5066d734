"""The bootstrap as weights: how often each loan is drawn.

Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile
intervals).

Measures are given *plain* draws: the number of late loans varies from draw to draw as it would
from portfolio to portfolio; fixing it would hide most of what makes a Brier score, a log-loss or
a cost uncertain. Differences between rankings of the same loans are given *stratified* draws,
late and on-time loans apart: a ROC-AUC does not depend on the late rate.
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


def plain_weights(target: Target, rng: np.random.Generator) -> Iterator[Weights]:
    """Give DRAWS draws of n loans as weights, in chunks of shape (some draws, n).

    A draw that lacks a class, where nothing could be ranked, is drawn again.
    """
    step = max(1, _CELLS // max(1, len(target)))
    late = target == 0
    for start in range(0, DRAWS, step):
        weights = _counts(min(step, DRAWS - start), len(target), rng)
        while (lacking := _lacks_a_class(weights, late)).any():
            weights[lacking] = _counts(int(lacking.sum()), len(target), rng)
        yield weights.astype(np.float64)


def _lacks_a_class(weights: NDArray[np.int64], late: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which draws have no late or no on-time loan."""
    lates = weights @ late
    lacking: NDArray[np.bool_] = (lates == 0) | (lates == len(late))
    return lacking


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
