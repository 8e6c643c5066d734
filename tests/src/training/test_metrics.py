"""Measures against their definitions, and intervals against their meaning."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mlops_pipeline.src.training.metrics import measure, roc_auc_interval


def sample(rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose true ROC-AUC is Φ(1/√2) = 0.7602."""
    target = (rng.random(size) > 0.1).astype(np.int8)
    margin = rng.normal(size=size) + target
    return target, 1 / (1 + np.exp(-margin))


def test_counts_and_rates_by_hand() -> None:
    target = np.array([0, 0, 1, 1, 1], dtype=np.int8)
    probability = np.array([0.1, 0.8, 0.4, 0.7, 0.9])
    found = measure(target, probability, 0.5, np.random.default_rng(0))
    assert (found.tn, found.fp, found.fn, found.tp) == (1, 1, 1, 2)
    assert found.accuracy == pytest.approx(3 / 5)
    assert found.f1 == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert found.roc_auc.value == pytest.approx(4 / 6)
    assert found.ks == pytest.approx(0.5)
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.36 + 0.09 + 0.01) / 5)
    assert found.log_loss == pytest.approx(-np.log([0.9, 0.2, 0.4, 0.7, 0.9]).mean())


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(60):
        target, probability = sample(rng, 400)
        found = roc_auc_interval(target, probability, rng)
        assert found.value == pytest.approx(roc_auc_score(target, probability))
        covered += found.low <= 0.7602 <= found.high
    assert 50 <= covered <= 60  # 95% of 60 is 57; fewer than 50 has a chance below 1 in 10,000


def test_ties_count_half_in_the_bootstrap_too() -> None:
    target = np.array([0] * 50 + [1] * 50, dtype=np.int8)
    found = roc_auc_interval(target, np.full(100, 0.3), np.random.default_rng(0))
    assert (found.low, found.value, found.high) == (0.5, 0.5, 0.5)


def test_the_same_seed_gives_the_same_interval() -> None:
    target, probability = sample(np.random.default_rng(2), 500)
    first, second = (
        roc_auc_interval(target, probability, np.random.default_rng(9)) for _ in range(2)
    )
    assert first == second
