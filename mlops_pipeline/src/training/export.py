"""Estimators to ONNX, and the proof that the graph answers like the estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxmltools
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from onnxmltools.convert.common.data_types import FloatTensorType
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from xgboost import XGBClassifier

from mlops_pipeline import messages
from mlops_pipeline.src.errors import ExportError
from mlops_pipeline.src.training.converted_graph import score_graph
from mlops_pipeline.src.training.float64_graph import computes_in_float64, float64_graph
from mlops_pipeline.src.training.forest_graph import forest_graph, forest_of
from mlops_pipeline.src.training.graph_parts import OPSET
from mlops_pipeline.src.training.lightgbm_text import reconciled


@dataclass(frozen=True, slots=True)
class ExportedGraph:
    """An ONNX graph and where its score stands in the output `probabilities`."""

    graph: bytes
    score_column: int
    contains_client_rows: bool


def raw_score(estimator: Any, inputs: NDArray[np.float32]) -> NDArray[np.float64]:
    """Give the estimator's probability of class 1, or its margin where it has none.

    In float64 for the models whose graph computes in float64 (`float64_graph`).
    """
    given = inputs.astype(np.float64) if computes_in_float64(estimator) else inputs
    if hasattr(estimator, "predict_proba"):
        probability: NDArray[np.float64] = estimator.predict_proba(given)[:, 1]
        return probability.astype(np.float64)
    margin: NDArray[np.float64] = estimator.decision_function(given)
    return margin


def export(estimator: Any, inputs: int) -> ExportedGraph:
    """Give the graph of a fitted estimator of classes 0 and 1 with `inputs` float32 inputs.

    Converted for XGBoost and LightGBM, whose converters are exact once thresholds are float32;
    written by hand for scikit-learn's models, where a converter loses digits or answers
    otherwise. Whether it is exact is for `parity` to prove.

    Raises:
        ExportError: there is no graph for it, or it takes another number of inputs.

    """
    last = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    name = type(last).__name__
    if estimator.n_features_in_ != inputs:
        reason = messages.other_inputs(estimator.n_features_in_, inputs)
        raise ExportError(messages.not_convertible(name, reason))
    holds_rows = isinstance(last, SVC | KNeighborsClassifier)
    written = _written(estimator, inputs)
    if written is not None:
        return ExportedGraph(written, 0, holds_rows)
    try:
        graph = _converted(estimator, inputs)
    except (RuntimeError, ValueError, NotImplementedError) as error:
        raise ExportError(messages.not_convertible(name, str(error))) from error
    if graph is None:
        raise ExportError(messages.not_convertible(name, messages.NO_EXACT_GRAPH))
    return ExportedGraph(graph, 0, holds_rows)


def _written(estimator: Any, inputs: int) -> bytes | None:
    """Give the graph that is written by hand, if there is one for this estimator."""
    if list(getattr(estimator, "classes_", ())) != [0, 1]:
        return None
    forest = forest_of(estimator)
    return float64_graph(estimator, inputs) if forest is None else forest_graph(forest, inputs)


def _converted(estimator: Any, inputs: int) -> bytes | None:
    """Give what becomes of a converter's XGBoost or LightGBM; None for anything else."""
    shape = [("inputs", FloatTensorType([None, inputs]))]
    match estimator:
        case XGBClassifier():
            model = onnxmltools.convert_xgboost(estimator, initial_types=shape, target_opset=OPSET)
        case LGBMClassifier():
            model = onnxmltools.convert_lightgbm(
                reconciled(estimator), initial_types=shape, target_opset=OPSET, zipmap=False
            )
        case _:
            return None
    return score_graph(model, inputs)
