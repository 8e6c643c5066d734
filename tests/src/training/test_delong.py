"""Intervals of ROC-AUC differences in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from mlops_pipeline.src.training.bootstrap import roc_auc_difference
from mlops_pipeline.src.training.delong import mean_drop, placements

Scores = NDArray[np.float64]
LOANS = 1_000
SAMPLES = 200


def targets(rng: np.random.Generator, loans: int = LOANS) -> NDArray[np.int8]:
    """Six of a hundred are late."""
    return (rng.random(loans) > 0.06).astype(np.int8)


def test_placements_average_to_the_roc_auc_in_both_classes() -> None:
    rng = np.random.default_rng(0)
    target = targets(rng)
    for score in (rng.normal(size=LOANS) + target, rng.integers(3, size=LOANS) + 0.5 * target):
        found = placements(target, score)
        for kind in (0, 1):
            assert found[target == kind].mean() == pytest.approx(roc_auc_score(target, score))


def test_the_interval_is_that_of_the_paired_bootstrap() -> None:
    rng = np.random.default_rng(1)
    target = targets(rng)
    first = rng.normal(size=LOANS) + target
    second = first + rng.normal(size=LOANS)
    found = mean_drop(target, first, [second])
    drawn = roc_auc_difference(target, first, second, rng)
    assert found.value == pytest.approx(drawn.value)
    assert found.high - found.low == pytest.approx(drawn.high - drawn.low, rel=0.1)


def test_a_model_that_is_not_changed_loses_nothing() -> None:
    rng = np.random.default_rng(2)
    target, score = targets(rng), rng.normal(size=LOANS)
    found = mean_drop(target, score, [score, score])
    assert (found.value, found.low, found.high) == (0, 0, 0)


def shuffled(
    useful: float, rng: np.random.Generator
) -> tuple[NDArray[np.int8], Scores, list[Scores]]:
    """Give a model's scores, and what becomes of them when one of its two inputs is shuffled."""
    target = targets(rng)
    other, tried = rng.normal(size=LOANS) + 0.5 * target, rng.normal(size=LOANS) + useful * target
    return target, other + tried, [other + rng.permutation(tried) for _ in range(10)]


def test_the_interval_covers_other_loans_and_other_shuffles() -> None:
    rng = np.random.default_rng(3)
    found = [mean_drop(*shuffled(0.5, rng)) for _ in range(SAMPLES)]
    truth = np.mean([one.value for one in found])
    held = sum(one.low <= truth <= one.high for one in found)
    # With 60 late loans a normal interval holds 93 to 95 of 100; the shuffles' spread alone, far
    # fewer.
    assert 180 <= held <= 198


def test_a_feature_that_says_nothing_is_rarely_told_from_chance() -> None:
    rng = np.random.default_rng(4)
    found = [mean_drop(*shuffled(0.0, rng)) for _ in range(SAMPLES)]
    assert sum(one.low > 0 for one in found) <= 10  # 5 on average
