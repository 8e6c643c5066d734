"""Whole comparisons: each candidate forced to be champion, and labels that mean nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from mlops_pipeline.promotion import CHANCE
from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.splits import Fold, out_of_time_split, rolling_origin
from mlops_pipeline.src.features.leakage import audit_leakage
from mlops_pipeline.src.features.selection import LeakagePolicy, model_features
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_training_evaluation import (
    TrainingOptions,
    TrainingResult,
    train_and_compare,
)
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.candidates import BY_NAME, CANDIDATES, Candidate
from mlops_pipeline.src.training.parity import RowKind
from mlops_pipeline.src.training.periods import target_of
from mlops_pipeline.src.training.validation import LabelledFeatures

RULE = DecisionRule.from_costs(10, 1)
SHUFFLES = 8


class Sides(NamedTuple):
    """Loans to train on and later ones, without tainted features, and the folds."""

    train: LabelledFeatures
    test: LabelledFeatures
    folds: Sequence[Fold]

    def compared(self, *candidates: Candidate, shuffled: int | None = None) -> TrainingResult:
        """Compare candidates; `shuffled` seeds a shuffle of all labels."""
        targets = [self.train.target, self.test.target]
        if shuffled is not None:
            mixed = np.random.default_rng(shuffled).permutation(np.concatenate(targets))
            targets = np.split(mixed, [len(self.train)])
        train, test = (
            LabelledFeatures(side.features, target)
            for side, target in zip((self.train, self.test), targets, strict=True)
        )
        options = TrainingOptions(rule=RULE, seed=42, candidates=candidates)
        return train_and_compare(train, test, self.folds, options)


def sides_of(path: Path) -> Sides:
    """Split a portfolio as a run does."""
    loans, _ = clean(read_portfolio(path).loans)
    split = out_of_time_split(loans)
    features = build_features(split.train)
    audit = audit_leakage(features, target_of(split.train), split.train.lines)
    names = model_features(audit, LeakagePolicy.QUARANTINE)
    return Sides(
        LabelledFeatures(features.select(names), target_of(split.train)),
        LabelledFeatures(build_features(split.test).select(names), target_of(split.test)),
        rolling_origin(split.train),
    )


@pytest.fixture(scope="module")
def real_sides(real_data: Path) -> Sides:
    """The real portfolio."""
    return sides_of(real_data)


@pytest.mark.slow
@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_each_candidate_forced_as_champion_on_the_real_data_is_exact(
    candidate: Candidate, real_sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its own calibration and its own threshold; only its worth beside the base rate is waived.
    monkeypatch.setattr(
        "mlops_pipeline.src.training.selection.Validated.beats_base_rate", property(lambda _: True)
    )
    result = real_sides.compared(candidate)
    assert result.blocked is None
    assert result.refusals == ()
    proof = result.champion.parity
    assert proof.exact
    assert RowKind.OUT_OF_TIME in proof.comparisons
    assert proof.max_difference <= 1e-5
    assert all(found.flips == 0 for found in proof.comparisons.values())


@pytest.mark.slow
def test_shuffled_labels_are_chance_within_the_reported_intervals(portfolio_csv: Path) -> None:
    sides = sides_of(portfolio_csv)
    candidates = BY_NAME["LogisticRegression"], BY_NAME["LGBMClassifier"]
    held = {"validation": 0, "out of time": 0}
    for seed in range(SHUFFLES):
        for one in sides.compared(*candidates, shuffled=seed).candidates:
            held["validation"] += one.validated.roc_auc.low <= CHANCE <= one.validated.roc_auc.high
            held["out of time"] += (
                one.out_of_time.roc_auc.low <= CHANCE <= one.out_of_time.roc_auc.high
            )
    # Of 16 intervals of 95% one misses on average; those of one shuffle err together.
    assert min(held.values()) >= 12, held
