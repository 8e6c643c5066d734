"""Measures against scikit-learn's, and intervals against their meaning."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn import metrics as sk

from mlops_pipeline.src.training.bootstrap import (
    DRAWS,
    Interval,
    Ranking,
    plain_weights,
    roc_auc,
    roc_auc_difference,
    stratified_weights,
)
from mlops_pipeline.src.training.metrics import Measures, measure

TRUE_AUC = 0.7602  # Φ(1/√2)


def sample(
    rng: np.random.Generator, size: int, digits: int = 9
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Scores whose true ROC-AUC is TRUE_AUC; few digits make ties."""
    target = (rng.random(size) > 0.1).astype(np.int8)
    target[:2] = (0, 1)
    margin = rng.normal(size=size) + target
    return target, np.round(1 / (1 + np.exp(-margin)), digits)


def values(found: Measures) -> dict[str, float]:
    return {
        field.name: getattr(found, field.name).value
        for field in dataclasses.fields(found)
        if field.name != "confusion"
    }


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), digits=st.sampled_from([1, 2, 9]), threshold=st.floats(0, 1))
def test_every_measure_is_the_one_of_scikit_learn(seed: int, digits: int, threshold: float) -> None:
    target, probability = sample(np.random.default_rng(seed), 120, digits)
    decided = (probability >= threshold).astype(int)
    found = measure(target, probability, threshold, np.random.default_rng(0))
    false_rate, true_rate, _ = sk.roc_curve(target, probability)
    late = {"pos_label": 0, "zero_division": 0.0}
    expected = {
        "roc_auc": sk.roc_auc_score(target, probability),
        "gini": 2 * sk.roc_auc_score(target, probability) - 1,
        "ks": np.max(true_rate - false_rate),
        "average_precision_late": sk.average_precision_score(1 - target, 1 - probability),
        "f1": sk.f1_score(target, decided, zero_division=0.0),
        "precision": sk.precision_score(target, decided, zero_division=0.0),
        "recall": sk.recall_score(target, decided),
        "f1_late": sk.f1_score(target, decided, **late),
        "precision_late": sk.precision_score(target, decided, **late),
        "specificity": sk.recall_score(target, decided, **late),
        "accuracy": sk.accuracy_score(target, decided),
        "log_loss": sk.log_loss(target, probability, labels=[0, 1]),
        "brier": sk.brier_score_loss(target, probability),
    }
    ours = values(found)
    assert {name: ours[name] for name in expected} == pytest.approx(expected, abs=1e-9)
    matrix = sk.confusion_matrix(target, decided, labels=[0, 1])
    counts = found.confusion
    assert [[counts.tn, counts.fp], [counts.fn, counts.tp]] == matrix.tolist()


def test_calibration_errors_by_hand() -> None:
    target = np.array([0, 1] * 5, dtype=np.int8)
    spread = np.linspace(0.05, 0.95, 10)
    found = measure(target, spread, 0.5, np.random.default_rng(0))
    # Ten bins of one loan each, of either kind: the mean of |outcome − probability|.
    assert found.ece.value == pytest.approx(np.abs(target - spread).mean())
    assert found.ace.value == pytest.approx(np.abs(target - spread).mean())
    close = 0.9 + spread / 10
    found = measure(target, close, 0.5, np.random.default_rng(0))
    # One bin of equal width, [0.9, 1], holds all; equal counts still look at each one.
    assert found.ece.value == pytest.approx(abs((target - close).mean()))
    assert found.ace.value == pytest.approx(np.abs(target - close).mean())


def test_a_calibrated_model_has_small_errors_and_a_distorted_one_large_ones() -> None:
    rng = np.random.default_rng(3)
    probability = rng.beta(19, 1, size=20_000)
    target = (rng.random(20_000) < probability).astype(np.int8)
    good = measure(target, probability, 0.9, rng)
    assert good.ece.value < 0.006
    assert good.ace.value < 0.006
    bad = measure(target, probability**3, 0.9, rng)
    assert bad.ece.value > 0.05
    assert bad.ace.value > 0.05


def test_calibration_errors_have_intervals_that_hold_value_and_truth() -> None:
    rng = np.random.default_rng(5)
    large = rng.beta(19, 1, size=400_000)
    bent = large**2  # the true share is `large`
    truth = {True: 0.0, False: _equal_counts_error(large, bent)}
    covered = {True: 0, False: 0}
    for _ in range(40):
        rows = rng.integers(len(large), size=2_000)
        target = (rng.random(2_000) < large[rows]).astype(np.int8)
        for honest in (True, False):
            found = measure(target, (large if honest else bent)[rows], 0.9, rng).ace
            assert 0 <= found.low <= found.value <= found.high
            covered[honest] += found.low <= truth[honest] <= found.high
    assert min(covered.values()) >= 34  # 95% of 40 is 38


def _equal_counts_error(share: NDArray[np.float64], predicted: NDArray[np.float64]) -> float:
    """The ACE of endless loans: the mean distance of the ten groups' means."""
    groups = np.array_split(np.argsort(predicted), 10)
    return float(np.mean([abs(np.mean(share[g] - predicted[g])) for g in groups]))


def test_several_fits_are_averaged_and_parts_ranked_apart() -> None:
    target, first = sample(np.random.default_rng(10), 400)
    second = np.clip(first + np.random.default_rng(11).normal(0, 0.2, 400), 0, 1)
    both = measure(target, np.stack([first, second]), 0.5, np.random.default_rng(0))
    alone = [values(measure(target, p, 0.5, np.random.default_rng(0))) for p in (first, second)]
    assert values(both) == pytest.approx({n: (alone[0][n] + alone[1][n]) / 2 for n in alone[0]})
    counts = both.confusion
    assert counts.tn + counts.fp == (target == 0).sum()
    assert counts.fn + counts.tp == (target == 1).sum()
    # A part whose scores all lie lower ranks its loans as well as before.
    parts = (slice(0, 200), slice(200, 400))
    shifted = np.concatenate([first[:200] / 10, first[200:]])
    found = measure(target, shifted, 0.5, np.random.default_rng(0), parts)
    aucs = [sk.roc_auc_score(target[part], first[part]) for part in parts]
    assert found.roc_auc.value == pytest.approx(np.mean(aucs))
    assert found.brier.value == pytest.approx(sk.brier_score_loss(target, shifted))


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(60):
        target, probability = sample(rng, 400)
        found = measure(target, probability, 0.5, rng).roc_auc
        covered += found.low <= TRUE_AUC <= found.high
    assert 51 <= covered <= 60  # 95% of 60 is 57; fewer than 51 has a chance of about 1 in 1,000


def test_intervals_of_what_depends_on_the_late_rate_cover_it_too() -> None:
    rng = np.random.default_rng(8)
    truth = rng.beta(19, 1, size=200_000)
    brier, loss = (
        np.mean(truth * (1 - truth)),
        -np.mean(truth * np.log(truth) + (1 - truth) * np.log1p(-truth)),
    )
    covered = {"brier": 0, "log_loss": 0}
    for _ in range(60):
        probability = rng.choice(truth, 1_000)
        target = (rng.random(1_000) < probability).astype(np.int8)
        found = measure(target, probability, 0.9, rng)
        covered["brier"] += int(found.brier.low <= brier <= found.brier.high)
        covered["log_loss"] += int(found.log_loss.low <= loss <= found.log_loss.high)
    assert min(covered.values()) >= 50  # 95% of 60 is 57


def test_plain_draws_vary_the_late_rate_and_never_lack_a_class() -> None:
    target = np.array([0] * 2 + [1] * 40, dtype=np.int8)
    weights = np.concatenate(list(plain_weights(target, np.random.default_rng(0))))
    lates = weights[:, :2].sum(axis=1)
    assert (weights.sum(axis=1) == 42).all()
    assert lates.min() == 1
    assert lates.max() >= 5


def test_stratified_weights_draw_each_class_as_often_as_it_is_there() -> None:
    target = np.array([0] * 7 + [1] * 30, dtype=np.int8)
    weights = np.concatenate(list(stratified_weights(target, np.random.default_rng(0))))
    assert weights.shape == (DRAWS, 37)
    assert (weights[:, :7].sum(axis=1) == 7).all()
    assert (weights[:, 7:].sum(axis=1) == 30).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(37), abs=0.15)


def test_a_draw_is_measured_like_the_drawn_loans() -> None:
    target, probability = sample(np.random.default_rng(4), 90, digits=1)
    ranking = Ranking.of(target, probability)
    for weights in stratified_weights(target, np.random.default_rng(5)):
        found = roc_auc(*ranking.groups(weights[:20]))
        for draw in range(20):
            rows = np.repeat(np.arange(90), weights[draw].astype(int))
            expected = sk.roc_auc_score(target[rows], probability[rows])
            assert found[draw] == pytest.approx(expected)


def test_a_score_without_information_is_worth_one_half() -> None:
    target = np.array([0] * 50 + [1] * 50, dtype=np.int8)
    found = measure(target, np.full(100, 0.3), 0.5, np.random.default_rng(0))
    assert found.roc_auc == Interval(0.5, 0.5, 0.5)
    assert found.ks.value == 0


def test_differences_are_paired() -> None:
    rng = np.random.default_rng(6)
    target, probability = sample(rng, 1_000)
    near = probability + rng.normal(0, 0.01, size=1_000)
    paired = roc_auc_difference(target, probability, near, rng)
    alone = measure(target, probability, 0.5, rng).roc_auc
    assert paired.high - paired.low < (alone.high - alone.low) / 5
    assert roc_auc_difference(target, probability, probability, rng) == Interval(0, 0, 0)
    worse = roc_auc_difference(target, rng.random(1_000), probability, rng)
    assert worse.high < 0


def test_the_same_seed_gives_the_same_measures() -> None:
    target, probability = sample(np.random.default_rng(2), 300)
    first, second = (measure(target, probability, 0.5, np.random.default_rng(9)) for _ in range(2))
    assert first == second
