"""Estimators to ONNX, and the proof that the graph answers like the estimator."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxmltools
import skl2onnx
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from xgboost import XGBClassifier

from mlops_pipeline import messages
from mlops_pipeline.src.errors import ExportError
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.onnx_model import OnnxModel
from mlops_pipeline.src.scoring.scorer import PARITY

# The newest operator set that both converters know.
OPSET = 15


@dataclass(frozen=True, slots=True)
class ExportedGraph:
    """An ONNX graph and where its score stands in the output `probabilities`."""

    graph: bytes
    score_column: int
    contains_client_rows: bool


def raw_score(estimator: Any, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the estimator's probability of class 1, or its margin where it has none."""
    if hasattr(estimator, "predict_proba"):
        probability: NDArray[np.float64] = estimator.predict_proba(inputs)[:, 1]
        return probability.astype(np.float64)
    margin: NDArray[np.float64] = estimator.decision_function(inputs)
    return margin


def export(estimator: Any, inputs: int) -> ExportedGraph:
    """Convert a fitted estimator of `inputs` float32 inputs.

    Raises:
        ExportError: the converter refuses it.

    """
    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    try:
        model = _convert(estimator, inputs)
    except (RuntimeError, ValueError, NotImplementedError) as error:
        raise ExportError(messages.not_convertible(type(last).__name__, str(error))) from error
    # The converter of SVC puts the margin of class 1 first and its negative second.
    column = 0 if isinstance(last, SVC) else 1
    holds_rows = isinstance(last, SVC | KNeighborsClassifier)
    return ExportedGraph(model.SerializeToString(), column, holds_rows)


def _convert(estimator: Any, inputs: int) -> Any:
    """Choose the converter."""
    if isinstance(estimator, XGBClassifier | LGBMClassifier):
        shape = [("inputs", FloatTensorType([None, inputs]))]
        if isinstance(estimator, XGBClassifier):
            return onnxmltools.convert_xgboost(estimator, initial_types=shape, target_opset=OPSET)
        model = onnxmltools.convert_lightgbm(
            estimator, initial_types=shape, target_opset=OPSET, zipmap=False
        )
        # The converter declares one label whatever the number of rows.
        model.graph.output[0].type.tensor_type.shape.dim[0].Clear()
        return model
    with warnings.catch_warnings():
        # The converter of SVC reads two attributes that scikit-learn is about to remove; the
        # graph holds the margin and does not use them.
        warnings.filterwarnings(
            "ignore", message=r"Attribute `prob[AB]_` was deprecated", category=FutureWarning
        )
        return skl2onnx.to_onnx(
            estimator,
            np.zeros((1, inputs), np.float32),
            target_opset=OPSET,
            options={id(estimator): {"zipmap": False}},
        )


def check_parity(
    exported: ExportedGraph,
    estimator: Any,
    decision: Decision,
    inputs: NDArray[np.float32],
) -> float:
    """Compare graph and estimator on rows of model inputs; give the largest difference.

    Raises:
        ExportError: some probability differs by more than 1e-5, or a decision flips.

    """
    graph = OnnxModel(exported.graph).score(inputs, exported.score_column)
    calibration = decision.calibration
    found = calibration.apply(graph)
    expected = calibration.apply(raw_score(estimator, inputs))
    difference = float(np.max(np.abs(found - expected)))
    flipped = int(np.sum(decision.rule.decide(found) != decision.rule.decide(expected)))
    if not difference <= PARITY or flipped:
        raise ExportError(messages.not_exact(type(estimator).__name__, difference, flipped))
    return difference
