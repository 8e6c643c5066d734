"""The candidates: what they are fitted on, what they are ranked by, what leaves them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_pipeline.src.data.splits import Fold, rolling_origin
from mlops_pipeline.src.errors import ExportError, NoEligibleModelError
from mlops_pipeline.src.features.encoder import Treatment
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_training_evaluation import train_and_compare
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.calibration import (
    Calibration,
    CalibrationKind,
    DecisionRule,
    log_odds,
)
from mlops_pipeline.src.training import candidates as library
from mlops_pipeline.src.training.calibrate import fit_platt
from mlops_pipeline.src.training.candidates import BY_NAME, CANDIDATES, Candidate
from mlops_pipeline.src.training.export import check_parity, export, raw_score
from mlops_pipeline.src.training.validation import (
    LabelledFeatures,
    OutOfFold,
    calibrate,
    fit,
    out_of_fold,
)
from tests.conftest import Trained

RULE = DecisionRule.from_costs(10, 1)


@pytest.fixture(scope="module")
def sides(trained: Trained) -> tuple[LabelledFeatures, LabelledFeatures, list[Fold]]:
    """Training and out-of-time loans without tainted features, and the folds."""
    split, audit = trained.run.split, trained.run.audit
    assert split.train.target is not None
    assert split.test.target is not None
    train = LabelledFeatures(build_features(split.train).select(audit.clean), split.train.target)
    test = LabelledFeatures(build_features(split.test).select(audit.clean), split.test.target)
    return train, test, list(rolling_origin(split.train.seconds))


def test_there_are_the_eleven() -> None:
    assert {candidate.name for candidate in CANDIDATES} == {
        "LogisticRegression",
        "DecisionTreeClassifier",
        "RandomForestClassifier",
        "ExtraTreesClassifier",
        "GradientBoostingClassifier",
        "AdaBoostClassifier",
        "SVC",
        "KNeighborsClassifier",
        "GaussianNB",
        "XGBClassifier",
        "LGBMClassifier",
    }


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_each_candidate_exports_exactly(
    candidate: Candidate, sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]]
) -> None:
    train, test, _ = sides
    fitted = fit(candidate, train, seed=1)
    inputs = fitted.encoder.transform(test.features)
    assert np.isnan(inputs).any() == (candidate.treatment is Treatment.NATIVE)
    exported = export(fitted.estimator, len(fitted.encoder.slots))
    raw = raw_score(fitted.estimator, inputs)
    kind = CalibrationKind.PLATT_MARGIN if candidate.gives_margin else CalibrationKind.IDENTITY
    decision = Decision(Calibration(kind), RULE)
    assert check_parity(exported, fitted.estimator, decision, inputs) <= 1e-5
    assert candidate.gives_margin == (not hasattr(fitted.estimator, "predict_proba"))
    assert exported.contains_client_rows == (candidate.name in {"SVC", "KNeighborsClassifier"})
    assert len(np.unique(raw)) > 1


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_the_same_seed_gives_the_same_scores(
    candidate: Candidate, sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]]
) -> None:
    train, test, _ = sides
    small = train.take(np.arange(800))
    first, second = (fit(candidate, small, seed=3) for _ in range(2))
    np.testing.assert_array_equal(
        raw_score(first.estimator, first.encoder.transform(test.features)),
        raw_score(second.estimator, second.encoder.transform(test.features)),
    )


def test_a_model_that_converts_wrongly_is_refused(
    sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]],
) -> None:
    train, test, _ = sides
    encoder = fit(BY_NAME["KNeighborsClassifier"], train, seed=0).encoder
    inputs = encoder.transform(train.features)
    # The converter knows no distance weights and says nothing.
    wrong = KNeighborsClassifier(15, weights="distance").fit(inputs, train.target.astype(int))
    exported = export(wrong, inputs.shape[1])
    with pytest.raises(ExportError, match="no se exporta exactamente"):
        check_parity(
            exported, wrong, Decision(Calibration(), RULE), encoder.transform(test.features)
        )


class Unknown(LogisticRegression):  # type: ignore[misc]
    """An estimator that no converter knows."""


def test_a_model_without_converter_is_refused() -> None:
    estimator = Unknown().fit(np.array([[0.0], [1.0]]), [0, 1])
    with pytest.raises(ExportError, match="no se puede convertir"):
        export(estimator, 1)


def spy(seen: list[NDArray[np.float32]]) -> Candidate:
    """A candidate that notes what it is fitted on."""

    class Spy(LogisticRegression):  # type: ignore[misc]
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Spy:  # noqa: N803
            seen.append(X)
            super().fit(X, y, sample_weight)
            return self

    return dataclasses.replace(BY_NAME["LogisticRegression"], build=lambda _seed: Spy(max_iter=500))


def test_folds_train_on_the_past_alone(
    sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]],
) -> None:
    train, _, folds = sides
    assert len(folds) == 4
    for fold in folds:
        assert fold.train.max() < fold.validation.min()
    seen: list[NDArray[np.float32]] = []
    oof = out_of_fold(spy(seen), train, folds, seed=0)
    assert [len(inputs) for inputs in seen] == [len(fold.train) for fold in folds]
    assert [len(score) for score in oof.scores] == [len(fold.validation) for fold in folds]


def test_the_encoder_is_learned_inside_the_fold(
    sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]],
) -> None:
    train, _, folds = sides
    early = fit(BY_NAME["LogisticRegression"], train.take(folds[0].train), seed=0).encoder
    late = fit(BY_NAME["LogisticRegression"], train, seed=0).encoder
    fills = [{s.feature: s.fill for s in e.slots if s.fill is not None} for e in (early, late)]
    assert fills[0] != fills[1]


def test_models_that_compare_rows_train_on_the_latest_ones(
    sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]],
) -> None:
    train, _, _ = sides
    seen: list[NDArray[np.float32]] = []
    limited = dataclasses.replace(spy(seen), max_rows=500)
    encoder = fit(limited, train, seed=0).encoder
    latest = train.take(np.arange(len(train.target) - 500, len(train.target)))
    np.testing.assert_array_equal(seen[0], encoder.transform(latest.features))
    assert {c.name for c in CANDIDATES if c.max_rows} == {"SVC", "KNeighborsClassifier"}
    assert library.COMPARING_ROWS == 20_000


def test_candidates_are_ranked_by_validation_and_not_by_the_test(trained: Trained) -> None:
    ranked = trained.run.result.candidates
    scores = [result.validation_roc_auc for result in ranked]
    assert scores == sorted(scores, reverse=True)
    assert trained.run.result.champion.result is ranked[0]


def test_the_target_of_the_test_cannot_change_the_choice(
    sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]],
) -> None:
    train, test, folds = sides
    turned = LabelledFeatures(test.features, (1 - test.target).astype(np.int8))
    some = [BY_NAME[name] for name in ("LogisticRegression", "GaussianNB")]
    names = [
        train_and_compare(train, side, folds, RULE, 1, candidates=some).champion.result.candidate
        for side in (test, turned)
    ]
    assert names[0].name == names[1].name


def test_a_candidate_that_cannot_be_exported_gives_way_to_the_next(
    sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]],
) -> None:
    train, test, folds = sides
    best = dataclasses.replace(
        BY_NAME["LogisticRegression"],
        name="Unknown",
        build=lambda _seed: make_pipeline(StandardScaler(), Unknown(C=0.01)),
    )
    poor = BY_NAME["DecisionTreeClassifier"]
    result = train_and_compare(train, test, folds, RULE, 1, candidates=[best, poor])
    assert result.candidates[0].candidate.name == "Unknown"
    assert result.champion.result.candidate.name == "DecisionTreeClassifier"
    assert "Unknown" in result.refusals[0]
    with pytest.raises(NoEligibleModelError, match="Unknown"):
        train_and_compare(train, test, folds, RULE, 1, candidates=[best])


def test_shuffled_labels_have_nothing_to_learn(
    sides: tuple[LabelledFeatures, LabelledFeatures, list[Fold]],
) -> None:
    train, test, folds = sides
    rng = np.random.default_rng(0)
    shuffled = LabelledFeatures(train.features, rng.permutation(train.target))
    empty = LabelledFeatures(test.features, rng.permutation(test.target))
    some = [BY_NAME["LogisticRegression"]]
    found = train_and_compare(shuffled, empty, folds, RULE, 1, candidates=some)
    auc = found.champion.result.out_of_time.roc_auc
    assert auc.low <= 0.5 <= auc.high


def test_platt_recovers_the_map_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    margin = rng.normal(size=50_000)
    target = (rng.random(50_000) < 1 / (1 + np.exp(-(2 * margin + 1)))).astype(np.int8)
    found = fit_platt(margin, target, margin=True)
    assert found.slope == pytest.approx(2, abs=0.1)
    assert found.intercept == pytest.approx(1, abs=0.1)
    tiny = fit_platt(margin * 1e-4 + 1, target, margin=True)
    np.testing.assert_allclose(tiny.apply(margin * 1e-4 + 1), found.apply(margin), atol=1e-3)


def made_up(distort: float) -> OutOfFold:
    """Four folds of probabilities whose log-odds are the true ones times `distort`."""
    rng = np.random.default_rng(5)
    scores, targets = [], []
    for _ in range(4):
        odds = rng.normal(2, 1, size=3_000)
        targets.append((rng.random(3_000) < 1 / (1 + np.exp(-odds))).astype(np.int8))
        scores.append(1 / (1 + np.exp(-odds * distort)))
    return OutOfFold(tuple(scores), tuple(targets))


def test_calibration_is_used_where_it_helps() -> None:
    distorted = calibrate(made_up(0.3), margin=False)
    assert distorted.kind is CalibrationKind.PLATT_PROBABILITY
    assert distorted.slope == pytest.approx(1 / 0.3, rel=0.1)
    one = made_up(0.3)
    single = OutOfFold(one.scores[:1], one.targets[:1])
    assert calibrate(single, margin=False).kind is CalibrationKind.IDENTITY
    assert calibrate(single, margin=True).kind is CalibrationKind.PLATT_MARGIN


def test_calibration_keeps_the_order_and_the_identity_keeps_all() -> None:
    raw = np.array([0.0, 1e-12, 0.2, 0.9, 1.0])
    assert Calibration().apply(raw) is raw
    mapped = Calibration(CalibrationKind.PLATT_PROBABILITY, 0.5, 0.1).apply(raw)
    assert (np.diff(mapped) >= 0).all()
    assert np.isfinite(mapped).all()
    np.testing.assert_allclose(log_odds(np.array([0.5, 0.75])), [0, np.log(3)])


@pytest.mark.parametrize("costs", [(0, 1), (1, 0), (-1, 1), (float("nan"), 1)])
def test_costs_are_positive(costs: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="positive"):
        DecisionRule.from_costs(*costs)


def test_the_threshold_has_the_lowest_expected_cost() -> None:
    rule = DecisionRule.from_costs(10, 1)
    for probability in (0.85, 0.90, 0.91, 0.95):
        granting, refusing = (1 - probability) * 10, probability * 1
        [decision] = rule.decide(np.array([probability]))
        assert decision == (granting <= refusing)
