"""The candidates: what they are fitted on, what they are ranked by, what leaves them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.splits import Fold, out_of_time_split, rolling_origin
from mlops_pipeline.src.errors import ExportError, NoEligibleModelError
from mlops_pipeline.src.features.encoder import Treatment, fit_encoder
from mlops_pipeline.src.features.leakage import audit_leakage
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_training_evaluation import (
    TrainingOptions,
    TrainingResult,
    train_and_compare,
)
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.calibration import (
    Calibration,
    CalibrationKind,
    DecisionRule,
    log_odds,
)
from mlops_pipeline.src.training import calibrate as calibrate_module
from mlops_pipeline.src.training import candidates as library
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.src.training.calibrate import calibrate, fit_isotonic, fit_platt
from mlops_pipeline.src.training.candidates import BY_NAME, CANDIDATES, Candidate
from mlops_pipeline.src.training.export import export, raw_score
from mlops_pipeline.src.training.importance import permutation_importance
from mlops_pipeline.src.training.metrics import measure
from mlops_pipeline.src.training.parity import Answers, Comparison
from mlops_pipeline.src.training.selection import by_preference, validate
from mlops_pipeline.src.training.threshold import REACH, choose_threshold, expected_costs, place
from mlops_pipeline.src.training.validation import (
    SEEDS,
    Fitted,
    LabelledFeatures,
    OutOfFold,
    fit,
    pieces,
    train_all,
    validation_seeds,
)
from mlops_pipeline.src.training.validation import Trained as TrainedCandidate

RULE = DecisionRule.from_costs(10, 1)
Sides = tuple[LabelledFeatures, LabelledFeatures, list[Fold]]


@pytest.fixture(scope="module")
def sides(portfolio_csv: Path) -> Sides:
    """Training and out-of-time loans without tainted features, and the folds."""
    loans, _ = clean(read_portfolio(portfolio_csv).loans)
    split = out_of_time_split(loans)
    parts = []
    for part in (split.train, split.test):
        assert part.target is not None
        parts.append(LabelledFeatures(build_features(part), part.target))
    train, test = parts
    names = audit_leakage(train.features, train.target, split.train.lines).clean
    return (
        LabelledFeatures(train.features.select(names), train.target),
        LabelledFeatures(test.features.select(names), test.target),
        list(rolling_origin(split.train)),
    )


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
def test_only_the_native_ones_see_unknown_values(candidate: Candidate, sides: Sides) -> None:
    train, test, _ = sides
    fitted = fit(candidate, train.take(np.arange(1_000)), seed=1)
    inputs = fitted.encoder.transform(test.features)
    assert np.isnan(inputs).any() == (candidate.treatment is Treatment.NATIVE)
    assert candidate.gives_margin == (not hasattr(fitted.estimator, "predict_proba"))
    assert len(np.unique(fitted.score(test.features))) > 1


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_the_same_seed_gives_the_same_scores(candidate: Candidate, sides: Sides) -> None:
    train, test, _ = sides
    small = train.take(np.arange(800))
    first, second = (fit(candidate, small, seed=3) for _ in range(2))
    np.testing.assert_array_equal(
        raw_score(first.estimator, first.encoder.transform(test.features)),
        raw_score(second.estimator, second.encoder.transform(test.features)),
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


def test_folds_train_on_the_past_alone(sides: Sides) -> None:
    train, _, folds = sides
    assert len(folds) == 4
    for fold in folds:
        assert fold.train.max() < fold.validation.min()
    seen: list[NDArray[np.float32]] = []
    heard: list[str] = []
    [found] = train_all([spy(seen)], train, folds, seed=0, progress=heard.append)
    assert [len(inputs) for inputs in seen] == [*(len(fold.train) for fold in folds), len(train)]
    assert [score.shape for score in found.oof.scores] == [(1, len(f.validation)) for f in folds]
    assert heard == ["LogisticRegression"] * 5


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_it_is_known_which_candidates_depend_on_the_seed(
    candidate: Candidate, sides: Sides
) -> None:
    train, test, _ = sides
    first, second = (fit(candidate, train, seed).score(test.features) for seed in (1, 2))
    assert np.array_equal(first, second) != candidate.seeded
    assert len(validation_seeds(candidate, 7)) == (SEEDS if candidate.seeded else 1)
    assert validation_seeds(candidate, 7)[0] == 7


def test_what_depends_on_the_seed_is_measured_with_several_and_averaged(sides: Sides) -> None:
    train, _, folds = sides
    lightgbm = BY_NAME["LGBMClassifier"]
    heard: list[str] = []
    [found] = train_all([lightgbm], train, folds, seed=3, progress=heard.append)
    assert len(heard) == SEEDS * len(folds) + 1 == pieces([lightgbm], len(folds))
    for number, seed in enumerate(validation_seeds(lightgbm, 3)):
        fitted = fit(lightgbm, train.take(folds[1].train), seed)
        expected = fitted.score(train.take(folds[1].validation).features)
        np.testing.assert_array_equal(found.oof.scores[1][number], expected)
    by_hand = [
        [
            roc_auc_score(t, s[number])
            for t, s in zip(found.oof.targets, found.oof.scores, strict=True)
        ]
        for number in range(SEEDS)
    ]
    np.testing.assert_allclose(found.oof.roc_aucs, by_hand)
    [validated] = validate([found], RULE, seed=3)
    assert validated.roc_auc.value == pytest.approx(np.mean(by_hand))
    target = found.oof.later_target
    losses = [log_loss(target, one) for one in validated.forward_probability]
    assert len(losses) == SEEDS
    assert validated.forward.log_loss.value == pytest.approx(np.mean(losses))
    pooled = roc_auc_score(target, validated.forward_probability.mean(axis=0))
    assert validated.forward.roc_auc.value != pytest.approx(pooled, abs=1e-6)


def test_two_at_a_time_give_what_one_at_a_time_gives(sides: Sides) -> None:
    train, _, folds = sides
    some = [BY_NAME[name] for name in ("LogisticRegression", "LGBMClassifier")]
    alone = train_all(some, train, folds, seed=0, jobs=1)
    together = train_all(some, train, folds, seed=0, jobs=2)
    for first, second in zip(alone, together, strict=True):
        for one, other in zip(first.oof.scores, second.oof.scores, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_encoder_is_learned_inside_the_fold(sides: Sides) -> None:
    train, _, folds = sides
    early = fit(BY_NAME["LogisticRegression"], train.take(folds[0].train), seed=0).encoder
    late = fit(BY_NAME["LogisticRegression"], train, seed=0).encoder
    fills = [{s.feature: s.fill for s in e.slots if s.fill is not None} for e in (early, late)]
    assert fills[0] != fills[1]


def test_models_that_compare_rows_train_on_the_latest_ones(sides: Sides) -> None:
    train, _, _ = sides
    seen: list[NDArray[np.float32]] = []
    limited = dataclasses.replace(spy(seen), max_rows=500)
    fitted = fit(limited, train, seed=0)
    latest = train.take(np.arange(len(train) - 500, len(train)))
    np.testing.assert_array_equal(seen[0], fitted.encoder.transform(latest.features))
    assert fitted.loans == 500
    assert {c.name for c in CANDIDATES if c.max_rows} == {"SVC", "KNeighborsClassifier"}
    assert library.COMPARING_ROWS == 20_000


def compare(sides: Sides, *candidates: Candidate) -> TrainingResult:
    return train_and_compare(*sides, TrainingOptions(RULE, 1, candidates=candidates))


def test_the_target_of_the_test_cannot_change_the_choice(sides: Sides) -> None:
    train, test, folds = sides
    turned = LabelledFeatures(test.features, (1 - test.target).astype(np.int8))
    some = [BY_NAME[name] for name in ("LogisticRegression", "GaussianNB", "LGBMClassifier")]
    first, second = (compare((train, side, folds), *some).champion for side in (test, turned))
    assert first.result.candidate.name == second.result.candidate.name
    assert first.result.decision == second.result.decision
    assert first.result.out_of_time.roc_auc.value == pytest.approx(
        1 - second.result.out_of_time.roc_auc.value
    )


def test_a_candidate_that_cannot_be_exported_gives_way_to_the_next(sides: Sides) -> None:
    best = dataclasses.replace(
        BY_NAME["LogisticRegression"],
        name="Unknown",
        build=lambda _seed: make_pipeline(StandardScaler(), Unknown(C=0.01)),
    )
    result = compare(sides, best, BY_NAME["DecisionTreeClassifier"])
    assert result.candidates[0].candidate.name == "Unknown"
    assert result.champion.result.candidate.name == "DecisionTreeClassifier"
    assert "Unknown" in result.refusals[0]
    nobody = compare(sides, best)
    assert nobody.chosen is None
    assert nobody.candidates[0].out_of_time.roc_auc.value > 0
    assert "Ningún modelo" in str(nobody.blocked)
    assert "Unknown" in nobody.refusals[0]
    with pytest.raises(NoEligibleModelError, match="Unknown"):
        _ = nobody.champion


def test_test_rows_on_which_the_graph_errs_block_publishing_and_choose_nothing(
    sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = Comparison(9, 0.1, 1)
    monkeypatch.setattr(Answers, "compare", _only_later(Answers.compare, len(sides[1]), apart))
    result = compare(sides, BY_NAME["LogisticRegression"], BY_NAME["GaussianNB"])
    assert result.champion.result.candidate.name == "LogisticRegression"
    assert "9 préstamos fuera de tiempo" in str(result.blocked)


def _only_later(
    honest: Callable[[Answers, Decision], Comparison], rows: int, instead: Comparison
) -> Callable[[Answers, Decision], Comparison]:
    """Give a comparison that tells `instead` of so many rows and the truth of others."""

    def compared(answers: Answers, decision: Decision) -> Comparison:
        return instead if len(answers.graph) == rows else honest(answers, decision)

    return compared


def test_shuffled_labels_have_nothing_to_learn(sides: Sides) -> None:
    train, test, folds = sides
    rng = np.random.default_rng(0)
    shuffled = LabelledFeatures(train.features, rng.permutation(train.target))
    fitted = fit(BY_NAME["LGBMClassifier"], shuffled, seed=1)
    found = measure(test.target, fitted.score(test.features), 0.9, rng).roc_auc
    assert found.low <= 0.5 <= found.high
    assert len(folds) == 4


def test_importance_finds_what_a_model_reads(sides: Sides) -> None:
    train, test, _ = sides
    rng = np.random.default_rng(0)
    column = train.features.names.index("huella_consulta")
    known = np.nan_to_num(train.features.values[:, column], nan=4.0)
    target = (known + rng.normal(0, 1, len(train)) < 6).astype(np.int8)
    fitted = fit(BY_NAME["LGBMClassifier"], LabelledFeatures(train.features, target), seed=1)
    later = np.nan_to_num(test.features.values[:, column], nan=4.0)
    judged = LabelledFeatures(test.features, (later < 6).astype(np.int8))
    found = permutation_importance(fitted, judged, seed=3)
    assert found[0].feature == "huella_consulta"
    assert found[0].roc_auc_drop > 0.2
    assert found[0].low > 0.15
    assert all(one.low <= one.roc_auc_drop <= one.high for one in found)
    assert {one.feature for one in found} == set(fitted.encoder.features)
    assert all(abs(one.roc_auc_drop) < 0.05 for one in found[1:])
    assert found == permutation_importance(fitted, judged, seed=3)


# --- the champion rule, on made-up out-of-fold scores ------------------------------------------


def made_up(
    strength: float, distort: float = 1.0, noise: int = 0, loans: int = 1_500
) -> TrainedCandidate:
    """Four folds of probabilities that know `strength` of what made the targets."""
    truth, own = np.random.default_rng(5), np.random.default_rng(100 + noise)
    scores, targets = [], []
    for _ in range(4):
        odds = truth.normal(2.5, 1, size=loans)
        targets.append((truth.random(loans) < 1 / (1 + np.exp(-odds))).astype(np.int8))
        seen = 2.5 + strength * (odds - 2.5) + (1 - strength) * own.normal(0, 1, size=loans)
        scores.append(1 / (1 + np.exp(-seen * distort))[None, :])
    name = f"s{strength}d{distort}n{noise}"
    candidate = dataclasses.replace(BY_NAME["LogisticRegression"], name=name)
    fitted = Fitted(
        None, fit_encoder(FeatureMatrix(np.empty((0, 0), np.float32), ()), Treatment.NATIVE), 0, 0
    )
    return TrainedCandidate(candidate, OutOfFold(tuple(scores), tuple(targets)), fitted)


def test_the_best_ranked_is_not_behind_itself_and_the_weak_are_not_tied() -> None:
    strong, weak = made_up(1.0), made_up(0.3)
    ranked = validate([weak, strong], RULE, seed=1)
    assert [one.trained for one in ranked] == [strong, weak]
    assert ranked[0].behind_best == Interval(0, 0, 0)
    assert ranked[0].tied
    assert ranked[1].behind_best.high < 0
    assert not ranked[1].tied
    assert by_preference(ranked) == ranked


def test_how_many_are_measured_at_a_time_changes_nothing() -> None:
    candidates = [made_up(0.9, noise=n) for n in range(4)]
    alone, together = (validate(candidates, RULE, seed=1, jobs=jobs) for jobs in (1, 3))
    assert [one.trained for one in alone] == [one.trained for one in together]
    for first, second in zip(alone, together, strict=True):
        assert first.forward == second.forward
        assert (first.roc_auc, first.behind_best) == (second.roc_auc, second.behind_best)


def test_of_the_tied_ones_the_lowest_log_loss_wins() -> None:
    ranked = validate([made_up(0.9, noise=n) for n in range(4)], RULE, seed=1)
    assert sum(one.tied for one in ranked) >= 2
    preferred = by_preference(ranked)
    tied = [one.forward.log_loss.value for one in preferred if one.tied]
    assert tied == sorted(tied)
    assert preferred[0].forward.log_loss.value == min(tied)
    assert not any(one.tied for one in preferred[len(tied) :])


def test_probabilities_worth_less_than_the_base_rate_are_never_champion() -> None:
    [useless] = validate([made_up(0.0, distort=1.0)], RULE, seed=1)
    drawn = dataclasses.replace(useless, base_rate_brier=useless.forward.brier.value)
    assert not drawn.beats_base_rate
    assert by_preference([drawn]) == ()
    [good] = validate([made_up(1.0)], RULE, seed=1)
    assert good.beats_base_rate
    assert good.base_rate_brier == pytest.approx(0.09, abs=0.02)


def test_no_candidate_above_the_base_rate_is_no_champion(sides: Sides) -> None:
    train, test, folds = sides
    rng = np.random.default_rng(1)
    shuffled = LabelledFeatures(train.features, rng.permutation(train.target))
    result = compare((shuffled, test, folds), BY_NAME["GaussianNB"])
    assert result.chosen is None
    assert "tasa base" in result.refusals[0]
    assert result.blocked is not None


# --- calibration and threshold ------------------------------------------------------------------


def test_platt_recovers_the_map_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    margin = rng.normal(size=50_000)
    target = (rng.random(50_000) < 1 / (1 + np.exp(-(2 * margin + 1)))).astype(np.int8)
    found = fit_platt(margin, target, CalibrationKind.PLATT_MARGIN)
    assert found.slope == pytest.approx(2, abs=0.1)
    assert found.intercept == pytest.approx(1, abs=0.1)
    tiny = fit_platt(margin * 1e-4 + 1, target, CalibrationKind.PLATT_MARGIN)
    np.testing.assert_allclose(tiny.apply(margin * 1e-4 + 1), found.apply(margin), atol=1e-3)


def test_isotonic_maps_keep_the_order_and_stay_inside() -> None:
    rng = np.random.default_rng(0)
    score = rng.random(5_000)
    target = (rng.random(5_000) < score**2).astype(np.int8)
    found = fit_isotonic(score, target)
    grid = np.linspace(-1, 2, 301)
    mapped = found.apply(grid)
    assert (np.diff(mapped) >= 0).all()
    assert 0 < mapped[0] < mapped[-1] < 1
    np.testing.assert_allclose(found.apply(np.array([0.3, 0.7])), [0.09, 0.49], atol=0.06)


def test_calibration_is_used_where_it_helps() -> None:
    calibration, forward = calibrate(made_up(1.0, 0.3, loans=4_000).oof, margin=False)
    assert calibration.kind is CalibrationKind.PLATT_PROBABILITY
    assert calibration.slope == pytest.approx(1 / 0.3, rel=0.15)
    assert forward.shape == (1, 12_000)
    honest, untouched = calibrate(made_up(1.0, loans=4_000).oof, margin=False)
    assert honest.kind is CalibrationKind.IDENTITY
    np.testing.assert_array_equal(
        untouched, np.concatenate(made_up(1.0, loans=4_000).oof.scores[1:], axis=1)
    )


def test_a_margin_is_always_mapped() -> None:
    calibration, forward = calibrate(made_up(1.0).oof, margin=True)
    assert calibration.kind in {CalibrationKind.PLATT_MARGIN, CalibrationKind.ISOTONIC}
    assert ((forward > 0) & (forward < 1)).all()


@pytest.mark.parametrize("kind", [CalibrationKind.PLATT_MARGIN, CalibrationKind.ISOTONIC])
@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_a_fold_is_calibrated_by_the_folds_before_it_alone(
    kind: CalibrationKind, turned: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which map is chosen depends on all folds: with one to choose from, only the fit is left.
    only = {kind: calibrate_module._maps(margin=True)[kind]}
    monkeypatch.setattr(calibrate_module, "_maps", lambda **_margin: only)
    oof = made_up(1.0, 0.3).oof
    targets = list(oof.targets)
    targets[turned] = (1 - targets[turned]).astype(np.int8)
    _, plain = calibrate(oof, margin=True)
    _, other = calibrate(OutOfFold(oof.scores, tuple(targets)), margin=True)
    same = [
        np.array_equal(plain[:, fold], other[:, fold], equal_nan=True) for fold in oof.later_folds
    ]
    assert same == [fold <= turned for fold in range(1, len(oof.targets))]


def test_calibration_keeps_the_order_and_the_identity_keeps_all() -> None:
    raw = np.array([0.0, 1e-12, 0.2, 0.9, 1.0])
    assert Calibration().apply(raw) is raw
    mapped = Calibration(CalibrationKind.PLATT_PROBABILITY, 0.5, 0.1).apply(raw)
    assert (np.diff(mapped) >= 0).all()
    assert np.isfinite(mapped).all()
    np.testing.assert_allclose(log_odds(np.array([0.5, 0.75])), [0, np.log(3)])


@pytest.mark.parametrize("costs", [(0, 1), (1, 0), (-1, 1), (float("nan"), 1), (1e30, 1)])
def test_costs_are_positive(costs: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="costos"):
        DecisionRule.from_costs(*costs)


def test_costs_by_hand() -> None:
    target = np.array([0, 0, 1, 1], dtype=np.int8)
    probability = np.array([0.2, 0.8, 0.6, 0.9])
    found = expected_costs(target, probability, np.array([0.0, 0.5, 0.85, 1.0]), RULE)
    # grant all: 2 late; from 0.5: 1 late; from 0.85: 1 good refused; from 1: 2 good refused
    assert found == pytest.approx([20 / 4, 10 / 4, 1 / 4, 2 / 4])
    chosen = choose_threshold(target, probability, RULE)
    assert chosen.threshold == pytest.approx(0.85)
    assert (chosen.cost_late, chosen.cost_reject) == (10, 1)


def test_the_chosen_threshold_is_nowhere_beaten_and_near_theory_when_calibrated() -> None:
    rng = np.random.default_rng(0)
    probability = rng.beta(19, 1, size=200_000)
    target = (rng.random(200_000) < probability).astype(np.int8)
    chosen = choose_threshold(target, probability, RULE)
    grid = np.linspace(0, 1, 2_001)
    cost = expected_costs(target, probability, np.array([chosen.threshold]), RULE)[0]
    assert cost <= expected_costs(target, probability, grid, RULE).min()
    assert chosen.threshold == pytest.approx(RULE.threshold, abs=0.02)


def test_the_costs_in_pesos_and_their_ratio_decide_alike() -> None:
    one = made_up(1.0).oof
    target, probability = one.later_target, np.concatenate(one.scores[1:], axis=1)
    pesos = DecisionRule.from_costs(3_000_000, 300_000)
    assert (
        choose_threshold(target, probability, pesos).threshold
        == choose_threshold(target, probability, RULE).threshold
    )


# --- where the threshold stands -----------------------------------------------------------------


def test_a_threshold_with_room_around_it_stays() -> None:
    found = place(0.9, np.array([0.5, 0.8999, 0.9002]))
    assert (found.wanted, found.used) == (0.9, 0.9)
    assert found.margin == pytest.approx(1e-4)


def test_a_threshold_next_to_a_score_moves_to_the_middle_of_the_nearest_wide_gap() -> None:
    crowd = 0.9 + 1e-6 * np.arange(-50, 51)
    found = place(0.9, np.concatenate([crowd, [0.89, 0.90025, 0.95]]))
    assert found.used == pytest.approx((crowd[-1] + 0.90025) / 2)
    assert found.margin == pytest.approx(1e-4)


def test_without_a_wide_gap_nearby_the_widest_one_is_taken() -> None:
    crowd = 0.9 + 1e-6 * np.arange(-3_000, 3_001)
    scores = np.delete(crowd, [2_990, 2_991, 3_500])
    found = place(0.9, scores)
    assert found.margin == pytest.approx(1.5e-6)
    assert abs(found.used - 0.9) < REACH
    assert found.used == pytest.approx(0.9 - 9.5e-6)


def test_far_gaps_are_left_alone() -> None:
    found = place(0.9, np.array([0.1, 0.9, 0.99]))
    assert (found.used, found.margin) == (0.9, 0)


def test_the_champions_threshold_is_away_from_its_scores(sides: Sides) -> None:
    champion = compare(sides, BY_NAME["LGBMClassifier"]).champion
    placed = champion.threshold
    assert placed.used == champion.result.decision.rule.threshold
    assert abs(placed.used - placed.wanted) <= REACH
    assert placed.margin > 2 * champion.parity.max_difference
    fitted = champion.result.validated.trained.fitted
    scores = champion.result.decision.calibration.apply(fitted.score(sides[0].features))
    assert np.abs(scores - placed.used).min() >= placed.margin
    counts = champion.result.validated.forward.confusion
    assert counts.tn + counts.fp + counts.fn + counts.tp == len(
        champion.result.validated.trained.oof.later_target
    )
