"""The exported graphs: exact where it matters, and refused by the proof where they are not."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxmltools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm import Booster, LGBMClassifier
from numpy.typing import NDArray
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.splits import out_of_time_split
from mlops_pipeline.src.errors import ExportError
from mlops_pipeline.src.features.encoder import Encoder, SlotKind, Treatment, fit_encoder
from mlops_pipeline.src.features.leakage import audit_leakage
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.features.selection import LeakagePolicy, model_features
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.calibration import Calibration, CalibrationKind, DecisionRule
from mlops_pipeline.src.scoring.onnx_model import OnnxModel
from mlops_pipeline.src.training.candidates import BY_NAME, CANDIDATES, Candidate
from mlops_pipeline.src.training.export import ExportedGraph, export, raw_score
from mlops_pipeline.src.training.hard_rows import (
    edge_rows,
    threshold_rows,
    tried,
    unknown_patterns,
    unknown_rows,
)
from mlops_pipeline.src.training.lightgbm_text import reconciled
from mlops_pipeline.src.training.parity import (
    BLOCK_ROWS,
    Answers,
    Comparison,
    Conversion,
    ParityProof,
    RowKind,
    _block_rows,
)
from mlops_pipeline.src.training.thresholds import Splits, float32_at_most, split_thresholds
from mlops_pipeline.src.training.validation import LabelledFeatures

RULE = DecisionRule.from_costs(10, 1)
PLAIN = Decision(Calibration(), RULE)
MARGIN = Decision(Calibration(CalibrationKind.PLATT_MARGIN, 3.0, 2.0), RULE)
Inputs = NDArray[np.float32]


def features_of(path: Path) -> LabelledFeatures:
    """Give the loans of a file in order of date, without tainted features."""
    split = out_of_time_split(clean(read_portfolio(path).loans)[0])
    train, test = build_features(split.train), build_features(split.test)
    assert split.train.target is not None
    assert split.test.target is not None
    audit = audit_leakage(train, split.train.target, split.train.lines)
    names = model_features(audit, LeakagePolicy.QUARANTINE)
    values = np.concatenate([train.select(names).values, test.select(names).values])
    return LabelledFeatures(
        FeatureMatrix(values, names), np.concatenate([split.train.target, split.test.target])
    )


@pytest.fixture(scope="session")
def loans(portfolio_csv: Path) -> LabelledFeatures:
    """Generated loans."""
    return features_of(portfolio_csv)


def prepared(estimator: Any, loans: LabelledFeatures, treatment: Treatment) -> Encoder:
    """Fit an estimator to the loans; give its encoder."""
    encoder = fit_encoder(loans.features, treatment)
    estimator.fit(encoder.transform(loans.features), loans.target.astype(np.int64))
    return encoder


def proof_of(
    estimator: Any,
    encoder: Encoder,
    loans: LabelledFeatures,
    decision: Decision = PLAIN,
    exported: ExportedGraph | None = None,
) -> ParityProof:
    """Compare the exported graph on all rows that choose."""
    graph = exported or export(estimator, len(encoder.slots))
    rng = np.random.default_rng(0)
    trial = Conversion(graph, estimator, encoder).try_rows(loans.features, rng)
    return trial.proof(decision)


def unreconciled(estimator: LGBMClassifier, inputs: int) -> ExportedGraph:
    """What the converter makes of LightGBM's own thresholds."""
    shape = [("inputs", FloatTensorType([None, inputs]))]
    model = onnxmltools.convert_lightgbm(
        estimator, initial_types=shape, target_opset=15, zipmap=False
    )
    return ExportedGraph(model.SerializeToString(), 1, contains_client_rows=False)


# --- the eleven ------------------------------------------------------------------------------


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_each_candidate_is_proven_exact(candidate: Candidate, loans: LabelledFeatures) -> None:
    some = loans.take(np.arange(0, len(loans.target), 3))
    estimator = candidate.build(1)
    encoder = prepared(estimator, some, candidate.treatment)
    proof = proof_of(estimator, encoder, some, MARGIN if candidate.gives_margin else PLAIN)
    assert proof.exact
    assert proof.objection(candidate.name) is None
    smooth = candidate.treatment is Treatment.SCALED
    chosen_on = set(RowKind) - {RowKind.OUT_OF_TIME}
    assert set(proof.comparisons) == chosen_on - ({RowKind.THRESHOLDS} if smooth else set())
    assert (proof.splits == 0) == smooth
    assert proof.splits_tried == proof.splits
    assert proof.comparisons[RowKind.TRAINING].rows == len(some.target)
    assert proof.rows > 2 * len(some.target)
    if smooth:  # computed in float64 on both sides
        assert proof.max_difference <= 1e-12


# --- the traps -------------------------------------------------------------------------------


def refused(proof: ParityProof) -> bool:
    """Tell whether a proof keeps its model from being published, with the reason."""
    objection = proof.objection("Uno")
    return objection is not None and "Uno no se exporta exactamente" in objection


def test_neighbours_at_the_same_distance_are_refused(loans: LabelledFeatures) -> None:
    coarse = LabelledFeatures(
        loans.features.select(["plazo_meses", "edad_cliente"]), loans.target
    ).take(np.arange(800))
    neighbours = make_pipeline(StandardScaler(), KNeighborsClassifier(15, algorithm="brute"))
    encoder = prepared(neighbours, coarse, Treatment.SCALED)
    # Which of several equally near loans is the fifteenth is not defined.
    assert refused(proof_of(neighbours, encoder, coarse))


@pytest.mark.parametrize(
    "name", ["DecisionTreeClassifier", "RandomForestClassifier", "ExtraTreesClassifier"]
)
def test_trees_that_are_given_nan_are_refused(name: str, loans: LabelledFeatures) -> None:
    estimator = BY_NAME[name].build(0)
    estimator.set_params(min_samples_leaf=5, max_depth=8)
    if name != "DecisionTreeClassifier":
        estimator.set_params(n_estimators=10)
    encoder = prepared(estimator, loans, Treatment.NATIVE)
    assert refused(proof_of(estimator, encoder, loans))


def test_lightgbm_with_its_own_thresholds_is_refused_at_the_thresholds(
    loans: LabelledFeatures,
) -> None:
    estimator = BY_NAME["LGBMClassifier"].build(0)
    encoder = prepared(estimator, loans, Treatment.NATIVE)
    graph = unreconciled(estimator, len(encoder.slots))
    proof = proof_of(estimator, encoder, loans, exported=graph)
    assert "umbrales de división" in (proof.objection("LightGBM") or "")
    assert proof.comparisons[RowKind.TRAINING].exact
    assert proof.comparisons[RowKind.THRESHOLDS].max_difference > 1e-3


def test_later_loans_may_object_too() -> None:
    proof = ParityProof({RowKind.TRAINING: Comparison(10, 1e-9, 0)}, 0, 0)
    assert proof.exact
    apart = Answers(np.array([0.2, 0.95]), np.array([0.2, 0.9])).compare(PLAIN)
    assert (apart.rows, apart.flips) == (2, 1)
    assert apart.max_difference == pytest.approx(0.05)
    found = proof.with_later(apart)
    assert not found.exact
    assert "2 préstamos fuera de tiempo" in (found.objection("Uno") or "")


def test_models_that_compare_loans_are_scored_in_smaller_blocks(loans: LabelledFeatures) -> None:
    neighbours = make_pipeline(StandardScaler(), KNeighborsClassifier(3))
    prepared(neighbours, loans, Treatment.SCALED)
    assert _block_rows(neighbours) == min(BLOCK_ROWS, 8_000_000 // len(loans.target))
    neighbours[-1].n_samples_fit_ = 20_000
    assert _block_rows(neighbours) == 400
    assert _block_rows(DecisionTreeClassifier()) == BLOCK_ROWS


@pytest.mark.parametrize(
    "estimator",
    [
        HistGradientBoostingClassifier(max_iter=2),
        make_pipeline(MinMaxScaler(), DecisionTreeClassifier(max_depth=2)),
    ],
    ids=["unknown model", "unknown step"],
)
def test_a_model_is_refused_where_its_splits_are_unknown(
    estimator: Any, loans: LabelledFeatures
) -> None:
    encoder = prepared(estimator, loans, Treatment.IMPUTED)
    graph = ExportedGraph(b"", 1, contains_client_rows=False)
    with pytest.raises(ExportError, match="no se sabe en qué valores"):
        proof_of(estimator, encoder, loans, exported=graph)


def test_a_model_that_fails_on_unknown_values_is_refused(loans: LabelledFeatures) -> None:
    unknown = np.isnan(loans.features.values).sum(axis=1)
    complete = loans.take(np.flatnonzero(unknown == 0))
    estimator = GradientBoostingClassifier(n_estimators=2)
    encoder = prepared(estimator, complete, Treatment.NATIVE)
    with pytest.raises(ExportError, match="falla con préstamos"):
        proof_of(estimator, encoder, loans)


X = np.random.default_rng(0).normal(size=(80, 2)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)


@pytest.mark.parametrize(
    "estimator",
    [
        GradientBoostingClassifier(loss="exponential", n_estimators=2),
        GradientBoostingClassifier(init="zero", n_estimators=2),
        KNeighborsClassifier(15, weights="distance"),
        CalibratedClassifierCV(DecisionTreeClassifier(max_depth=2), cv=2),
        make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=2)),
    ],
    ids=["exponential", "zero", "distance", "calibrated", "tree behind a scaler"],
)
def test_what_a_converter_would_get_wrong_is_not_converted(estimator: Any) -> None:
    with pytest.raises(ExportError, match="no hay un grafo exacto"):
        export(estimator.fit(X, Y), 2)


def test_three_classes_have_no_graph() -> None:
    with pytest.raises(ExportError, match="no hay un grafo exacto"):
        export(DecisionTreeClassifier().fit(X, np.arange(80) % 3), 2)


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.name)
def test_a_graph_of_other_inputs_is_refused(candidate: Candidate) -> None:
    with pytest.raises(ExportError, match="se ajustó con 2 entradas y el grafo tendría 3"):
        export(candidate.build(0).fit(np.tile(X, (5, 1)), np.tile(Y, 5)), 3)


def test_a_flipped_decision_is_refused_however_small_the_difference() -> None:
    assert Comparison(10, 1e-9, 0).exact
    assert not Comparison(10, 1e-9, 1).exact
    assert not Comparison(10, 2e-5, 0).exact
    assert not Comparison(10, float("nan"), 0).exact


# --- thresholds ------------------------------------------------------------------------------

finite32 = st.floats(width=32, allow_nan=False, allow_infinity=False)
finite64 = st.floats(-3e38, 3e38)


@given(finite64, finite32)
def test_the_float32_threshold_decides_like_the_float64_one(threshold: float, x: float) -> None:
    [rounded] = float32_at_most(np.array([threshold]))
    beside = [np.nextafter(rounded, np.float32(end)) for end in (-np.inf, np.inf)]
    for value in (np.float32(x), rounded, *beside):
        assert (float(value) <= threshold) == bool(value <= rounded)


def tiny_lightgbm(rng: np.random.Generator) -> LGBMClassifier:
    """A LightGBM fitted to float32 noise: input 0 has NaN, input 1 none, input 2 many zeros."""
    x = rng.normal(size=(400, 3)).astype(np.float32)
    x[:, 2] *= rng.random(400) < 0.4
    x[rng.random(400) < 0.3, 0] = np.nan
    y = (np.nan_to_num(x, nan=0.7).sum(axis=1) + rng.normal(size=400) > 0).astype(int)
    model = LGBMClassifier(n_estimators=8, num_leaves=5, min_child_samples=5, n_jobs=1, verbose=-1)
    return model.fit(x, y)


LIGHTGBM = tiny_lightgbm(np.random.default_rng(0))
LIGHTGBM_GRAPH = OnnxModel(export(LIGHTGBM, 3).graph)
LIGHTGBM_SPLITS = split_thresholds(LIGHTGBM)


def next_to(splits: Splits, data: st.DataObject) -> list[float]:
    """Draw a row of three inputs, each NaN, any float32 or within 2 of a threshold's float32."""
    row = []
    for position in range(3):
        here = float32_at_most(splits.values[splits.inputs == position])
        value = data.draw(st.sampled_from([*here.tolist(), np.nan]) | finite32)
        for _ in range(data.draw(st.integers(0, 2))):
            value = np.nextafter(
                np.float32(value), np.float32(data.draw(st.sampled_from([-9e9, 9e9])))
            )
        row.append(float(value))
    return row


@settings(deadline=None)
@given(st.data())
def test_reconciled_lightgbm_agrees_next_to_its_thresholds(data: st.DataObject) -> None:
    row = np.array([next_to(LIGHTGBM_SPLITS, data)], dtype=np.float32)
    found, expected = LIGHTGBM_GRAPH.score(row, 0), raw_score(LIGHTGBM, row)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_reconciling_keeps_the_model_and_its_unknown_values() -> None:
    rng = np.random.default_rng(1)
    rows = threshold_rows(LIGHTGBM_SPLITS, rng.normal(size=(50, 3)).astype(np.float32), rng)
    unknown = rows.copy()
    unknown[rng.random(rows.shape) < 0.5] = np.nan
    same = reconciled(LIGHTGBM)
    for block in (rows, unknown):
        np.testing.assert_array_equal(raw_score(same, block), raw_score(LIGHTGBM, block))
    values = split_thresholds(same).values
    np.testing.assert_array_equal(values.astype(np.float32), values)
    assert (split_thresholds(LIGHTGBM).values != values).any()


@pytest.mark.parametrize("default_left", [False, True])
@pytest.mark.parametrize("threshold", [-0.5, 0.5])
def test_nan_goes_where_zero_goes_if_training_saw_none(
    threshold: float, default_left: bool
) -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 1)).astype(np.float32)
    stump = LGBMClassifier(n_estimators=1, num_leaves=2, n_jobs=1, verbose=-1).fit(
        x, (x[:, 0] > 0).astype(int)
    )
    text = stump.booster_.model_to_string().split("\n")
    lines = {"threshold=": f"threshold={threshold}", "tree_sizes=": ""}
    lines["decision_type="] = f"decision_type={2 * default_left}"
    for start, line in lines.items():
        text = [line if old.startswith(start) else old for old in text]
    changed = copy.copy(stump)
    changed._Booster = Booster(model_str="\n".join(text))
    assert f"threshold={threshold}" in changed.booster_.model_to_string()
    rows = np.array([[np.nan], [0], [threshold], [1], [-1]], dtype=np.float32)
    expected = raw_score(changed, rows)
    assert expected[0] == expected[1]
    exported = export(changed, 1)
    found = OnnxModel(exported.graph).score(rows, exported.score_column)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def categorical(x: Inputs, y: NDArray[np.int64]) -> LGBMClassifier:
    """A LightGBM that splits by categories."""
    return LGBMClassifier(n_estimators=2, verbose=-1, min_data_per_group=1).fit(
        x, y, categorical_feature=[0]
    )


@pytest.mark.parametrize(
    ("build", "setting"),
    [
        (categorical, "categorical_feature"),
        (
            lambda x, y: LGBMClassifier(n_estimators=3, zero_as_missing=True, verbose=-1).fit(x, y),
            "zero_as",
        ),
        (
            lambda x, y: LGBMClassifier(n_estimators=3, linear_tree=True, verbose=-1).fit(x, y),
            "linear_tree",
        ),
    ],
    ids=["categorical", "zero", "linear"],
)
def test_what_lightgbm_can_and_onnx_cannot_is_refused(
    build: Callable[[Inputs, NDArray[np.int64]], LGBMClassifier], setting: str
) -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 6, size=(400, 2)).astype(np.float32)
    y = ((x[:, 0] % 2 == 0) ^ (rng.random(400) < 0.1)).astype(np.int64)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*categorical_feature", category=UserWarning)
        model = build(x, y)
    with pytest.raises(ExportError, match=setting):
        export(model, 2)


def test_xgboost_compares_with_less_in_float32() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(300, 2)).astype(np.float32)
    x[rng.random(x.shape) < 0.2] = np.nan
    model = XGBClassifier(n_estimators=5, max_depth=2, base_score=0.9, n_jobs=1)
    model.fit(x, (np.nan_to_num(x[:, 0]) > 0).astype(int))
    exported = export(model, 2)
    modes = {
        mode
        for node in onnx.load_from_string(exported.graph).graph.node
        for attribute in node.attribute
        if attribute.name == "nodes_modes"
        for mode in attribute.strings
    }
    assert modes == {b"BRANCH_LT", b"LEAF"}
    splits = split_thresholds(model)
    np.testing.assert_array_equal(splits.values.astype(np.float32), splits.values)
    rows = np.concatenate([threshold_rows(splits, x, rng), x])
    found = OnnxModel(exported.graph).score(rows, exported.score_column)
    np.testing.assert_allclose(found, raw_score(model, rows), atol=1e-6)


def test_thresholds_behind_a_scaler_are_in_units_of_the_input() -> None:
    x = np.array([[0.0], [10.0], [20.0], [30.0]])
    model = make_pipeline(StandardScaler(), DecisionTreeClassifier()).fit(x, [0, 0, 1, 1])
    splits = split_thresholds(model)
    np.testing.assert_allclose(splits.values, [15.0])
    np.testing.assert_array_equal(splits.inputs, [0])


# --- hard rows -------------------------------------------------------------------------------


def test_threshold_rows_hold_the_neighbours_of_every_threshold() -> None:
    splits = Splits(np.array([0, 2]), np.array([0.1, 5.0]))
    rows = threshold_rows(splits, np.zeros((4, 3), np.float32), np.random.default_rng(0))
    for position, threshold in zip(splits.inputs, splits.values, strict=True):
        at = np.float32(threshold)
        for value in (at, np.nextafter(at, np.float32(-9)), np.nextafter(at, np.float32(9))):
            assert (rows[:, position] == value).any() or value > at > threshold
    assert (rows[:, 1] == 0).all()
    none = Splits(np.zeros(0, np.int64), np.zeros(0))
    assert threshold_rows(none, rows, np.random.default_rng(0)).shape == (0, 3)


def test_a_sample_of_the_thresholds_covers_every_input() -> None:
    inputs = np.sort(np.append(np.zeros(1_000, np.int64), np.arange(30)))
    splits = Splits(inputs, np.arange(len(inputs), dtype=np.float64))
    base = np.full((5, 30), -1, np.float32)
    rng = np.random.default_rng(0)
    some = tried(splits, rng, limit=300)
    assert len(some) == 100
    assert (threshold_rows(some, base, rng) != -1).any(axis=0).all()
    assert len(tried(splits, rng)) == len(splits)


def test_every_pattern_of_unknown_features_is_tried(loans: LabelledFeatures) -> None:
    features = loans.features
    encoder = fit_encoder(features, Treatment.NATIVE)
    rows = np.isnan(unknown_rows(features, encoder, np.random.default_rng(0)))
    patterns = unknown_patterns(features.values)
    assert patterns.all(axis=1).any()
    assert len(patterns) >= len(features.names) + 1
    values = [
        position for position, slot in enumerate(encoder.slots) if slot.kind is SlotKind.VALUE
    ]
    columns = [features.names.index(encoder.slots[position].feature) for position in values]
    for pattern in patterns:
        assert (rows[:, values] == pattern[columns]).all(axis=1).any()


def test_edge_rows_reach_the_bounds_and_every_category(loans: LabelledFeatures) -> None:
    encoder = fit_encoder(loans.features, Treatment.SCALED)
    rows = edge_rows(loans.features, encoder, np.random.default_rng(0))
    assert np.isfinite(rows).all()
    for position, slot in enumerate(encoder.slots):
        if slot.low is not None and slot.high is not None:
            reached = rows[:, position]
            assert reached.min() == np.float32(slot.low)
            assert reached.max() == np.float32(slot.high)
            assert (reached == np.float32(slot.fill)).any()
        elif slot.codes:
            assert (rows[:, position] == 1).any()
