"""The bootstrap as weights: how often each loan is drawn.

Source: Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentile
intervals, for all but distances: `distance_interval`).

Measures are given *plain* draws: the number of late loans varies from draw to draw as it would
from portfolio to portfolio; fixing it would hide most of what makes a Brier score, a log-loss or
a cost uncertain. Where nothing but ROC-AUCs is drawn, the differences between candidates on the
same loans and each one's mean in validation (with the same draws), draws are *stratified*, late
and on-time loans apart: a ROC-AUC does not depend on the late rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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


def distance_interval(value: float, draws: Scores, without: Scores) -> Interval:
    """Give the interval of a distance, which is never negative; it holds the value.

    Noise adds to a distance, and resampling adds noise: the draws lie above the value by about as
    much as the value lies above the truth. The basic interval reflects the draws about the value,
    which takes off both; a percentile interval would add them up. Source: Davison & Hinkley,
    "Bootstrap Methods and their Application", 1997, section 5.2. Next to 0 that is too narrow: the
    interval begins at 0 where the value is no larger than the 95% quantile of `without`, what is
    measured where there is no distance. Source: Bröcker & Smith, "Increasing the reliability of
    reliability diagrams", 2007 (consistency resampling).
    """
    found = interval(value, 2 * value - draws)
    none = value <= float(np.quantile(without, CONFIDENCE))
    low = 0.0 if none else max(0.0, min(found.low, value))
    return Interval(found.value, low, max(found.high, value))


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


def plain_weights(
    target: Target, rng: np.random.Generator, parts: Sequence[slice] = (slice(None),)
) -> Iterator[Weights]:
    """Give DRAWS draws of n loans as weights, in chunks of shape (some draws, n).

    Each of the parts, which cover the loans, is drawn by itself. A draw that lacks a class in a
    part, where nothing could be ranked, is drawn again.
    """
    step = max(1, _CELLS // max(1, len(target)))
    for start in range(0, DRAWS, step):
        weights = np.empty((min(step, DRAWS - start), len(target)))
        for part in parts:
            weights[:, part] = _both_classes(len(weights), target[part] == 0, rng)
        yield weights


def uniform_draws(size: int, rng: np.random.Generator) -> Iterator[Scores]:
    """Give DRAWS × size numbers in [0, 1), in chunks of shape (some draws, size)."""
    step = max(1, _CELLS // max(1, size))
    for start in range(0, DRAWS, step):
        yield rng.random((min(step, DRAWS - start), size))


def _both_classes(
    draws: int, late: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Give draws of loans that have a late and an on-time one each."""
    weights = _counts(draws, len(late), rng)
    while (lacking := _lacks_a_class(weights, late)).any():
        weights[lacking] = _counts(int(lacking.sum()), len(late), rng)
    return weights


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


def roc_auc_difference(
    target: Target, first: Scores, second: Scores, rng: np.random.Generator
) -> Interval:
    """Give first's ROC-AUC minus second's on the same loans, with its paired interval."""
    rankings = [Ranking.of(target, score) for score in (first, second)]
    value = _difference(rankings, np.ones((1, len(target))))
    draws = [_difference(rankings, weights) for weights in stratified_weights(target, rng)]
    return interval(float(value[0]), np.concatenate(draws))


def _difference(rankings: list[Ranking], weights: Weights) -> Scores:
    """Give the difference for each draw."""
    first, second = (roc_auc(*ranking.groups(weights)) for ranking in rankings)
    return first - second
