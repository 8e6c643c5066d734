"""Small trees answer alike, bit for bit, for one loan and for many, however they are computed."""

from __future__ import annotations

import copy
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from onnx import helper
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from mlops_pipeline.src.errors import CorruptBundleError, ExportError
from mlops_pipeline.src.features.encoder import Encoder, Slot, SlotKind, Treatment
from mlops_pipeline.src.scoring.onnx_model import FEW_ROWS, MANY, MANY_BLOCK_ROWS, OnnxModel
from mlops_pipeline.src.training.export import ExportedGraph, export, raw_score
from mlops_pipeline.src.training.parity import Conversion
from mlops_pipeline.src.training.small_trees import small_trees, tree_attributes
from mlops_pipeline.src.training.thresholds import float32_at_most, split_thresholds

INPUTS = 3
Inputs = NDArray[np.float32]
RNG = np.random.default_rng(5)
ROWS: Inputs = RNG.normal(size=(600, INPUTS)).astype(np.float32)
HOLED: Inputs = np.where(RNG.random(ROWS.shape) < 0.2, np.nan, ROWS).astype(np.float32)
LABELS = (np.nan_to_num(HOLED, nan=0.7).sum(axis=1) + RNG.normal(size=600) > 0).astype(int)

LIGHTGBM = LGBMClassifier(n_estimators=60, num_leaves=4, min_child_samples=5, n_jobs=1, verbose=-1)
XGBOOST = XGBClassifier(n_estimators=60, max_depth=2, base_score=0.8, n_jobs=1)
PRUNED = XGBClassifier(n_estimators=5, max_depth=2, gamma=1e6, base_score=0.8, n_jobs=1)
GRADIENT = GradientBoostingClassifier(n_estimators=60, max_depth=2)
STUMP = DecisionTreeClassifier(max_depth=1)
FITTED: dict[str, Any] = {
    "LightGBM": LIGHTGBM.fit(HOLED, LABELS),
    "XGBoost": XGBOOST.fit(HOLED, LABELS),
    "XGBoost, no split": PRUNED.fit(HOLED, LABELS),
    "GradientBoosting": GRADIENT.fit(ROWS, LABELS),
    "stump": STUMP.fit(ROWS, LABELS),
}
IMPUTED = ("GradientBoosting", "stump")  # the encoder leaves no NaN to these
EXPORTED = {name: export(model, INPUTS) for name, model in FITTED.items()}
MODELS = {name: OnnxModel(one.graph) for name, one in EXPORTED.items()}
ENCODER = Encoder(
    Treatment.NATIVE, tuple(Slot(f"x{number}", SlotKind.VALUE) for number in range(INPUTS))
)


def carried(exported: ExportedGraph) -> str | None:
    """Give the graph for many loans as it is carried."""
    model = onnx.load_from_string(exported.graph)
    return {one.key: one.value for one in model.metadata_props}.get(MANY)


def with_many(exported: ExportedGraph, many: str) -> ExportedGraph:
    """Give the same with another graph for many loans."""
    model = onnx.load_from_string(exported.graph)
    helper.set_model_props(model, {MANY: many})
    return ExportedGraph(model.SerializeToString(), exported.score_column, False)


def values_near(model: Any) -> st.SearchStrategy[float]:
    """Give any float32, and those at and next to the model's thresholds."""
    here = float32_at_most(split_thresholds(model).values).astype(np.float32)
    there = np.nextafter(here, np.float32(np.inf))
    near = [*here.tolist(), *there.tolist(), 0.0, -0.0]
    return st.sampled_from(near) | st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("name", FITTED)
@given(data=st.data())
def test_one_and_many_agree_bit_for_bit(name: str, data: st.DataObject) -> None:
    model, column = MODELS[name], EXPORTED[name].score_column
    value = values_near(FITTED[name])
    if name not in IMPUTED:
        value |= st.just(np.nan)
    row = data.draw(st.lists(value, min_size=INPUTS, max_size=INPUTS))
    rows = np.concatenate([ROWS[: FEW_ROWS + 3], np.array([row], dtype=np.float32)])
    many, walked = model.score(rows, column), model.score_walking(rows, column)
    np.testing.assert_array_equal(many, walked)
    # The float64 sigmoid behind scikit-learn's trees rounds its last bit by the place of the row.
    tolerance = 1e-15 if name == "GradientBoosting" else 0
    assert abs(model.score(rows[-1:], column)[0] - walked[-1]) <= tolerance


@pytest.mark.parametrize("name", FITTED)
def test_many_loans_get_the_estimator_s_own_answers(name: str) -> None:
    rows = ROWS if name in IMPUTED else HOLED
    assert len(rows) > MANY_BLOCK_ROWS
    assert carried(EXPORTED[name])
    found = MODELS[name].score(rows, EXPORTED[name].score_column)
    np.testing.assert_allclose(found, raw_score(FITTED[name], rows), atol=1e-6)


@pytest.mark.parametrize(
    "build",
    [
        lambda: LGBMClassifier(n_estimators=3, num_leaves=5, n_jobs=1, verbose=-1),
        lambda: XGBClassifier(n_estimators=3, max_depth=3, n_jobs=1),
        lambda: DecisionTreeClassifier(max_depth=3),
    ],
)
def test_larger_trees_are_walked_only(build: Callable[[], Any]) -> None:
    exported = export(build().fit(ROWS, LABELS), INPUTS)
    assert carried(exported) is None


def test_trees_are_written_as_they_were_read() -> None:
    node = onnx.load_from_string(EXPORTED["LightGBM"].graph).graph.node[0]
    attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    trees = small_trees(attributes, "target")
    assert trees is not None
    assert len(trees) == LIGHTGBM.n_estimators
    assert small_trees(tree_attributes(trees), "target") == trees


def test_a_threshold_that_is_no_number_is_walked_only() -> None:
    node = onnx.load_from_string(EXPORTED["stump"].graph).graph.node[0]
    attributes = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    changed = copy.deepcopy(attributes)
    changed["nodes_values"][0] = np.inf
    assert small_trees(attributes, "target")
    assert small_trees(changed, "target") is None


def test_a_graph_for_many_that_answers_otherwise_is_not_published() -> None:
    other = carried(EXPORTED["XGBoost"])
    assert other is not None
    exported = with_many(EXPORTED["LightGBM"], other)
    Conversion(EXPORTED["LightGBM"], LIGHTGBM, ENCODER).answers(HOLED)
    with pytest.raises(ExportError, match="muchos"):
        Conversion(exported, LIGHTGBM, ENCODER).answers(HOLED)


@pytest.mark.parametrize("many", ["*", b64encode(b"no graph").decode()])
def test_a_graph_for_many_that_does_not_load_is_refused(many: str) -> None:
    with pytest.raises(CorruptBundleError):
        OnnxModel(with_many(EXPORTED["LightGBM"], many).graph)
