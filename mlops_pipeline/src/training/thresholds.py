"""The split thresholds of tree models: where float32 and float64 may part."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from numpy.typing import NDArray
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier

from mlops_pipeline import messages
from mlops_pipeline.src.errors import ExportError

# The splits of a tree in LightGBM's text: which input, how much it gains, at what threshold.
_LIGHTGBM_SPLITS = re.compile(r"^split_feature=(.*)\nsplit_gain=.*\nthreshold=(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Splits:
    """Distinct splits of a model, in order of input and threshold.

    Attributes:
        inputs: which model input is compared, shape (s,).
        values: with what, as the model holds it: float64, shape (s,).

    """

    inputs: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        """Give the number of splits."""
        return len(self.inputs)

    def take(self, rows: NDArray[np.int64]) -> Splits:
        """Give some splits."""
        return Splits(self.inputs[rows], self.values[rows])


def float32_at_most(values: NDArray[np.float64]) -> NDArray[np.float32]:
    """Give the largest float32 t32 <= t of each finite threshold t, shape (s,).

    For every float32 x, x <= t in float64 exactly when x <= t32 in float32: no float32 lies
    in (t32, t].

    >>> float32_at_most(np.array([0.1, 0.5, 1e300])).astype(float).tolist()
    [0.09999999403953552, 0.5, 3.4028234663852886e+38]
    """
    with np.errstate(over="ignore"):  # beyond float32's range the nearest one is infinite
        nearest = values.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    return np.where(nearest.astype(np.float64) > values, below, nearest)


def split_thresholds(estimator: Any) -> Splits:
    """Give every distinct split of a fitted estimator, none for one without trees.

    Behind a scaler the thresholds are given in units of the model's inputs.

    Raises:
        ExportError: it is not known where this kind of estimator splits.

    """
    inputs, values = _collect(estimator)
    distinct = np.unique(np.column_stack([inputs.astype(np.float64), values]), axis=0)
    return Splits(distinct[:, 0].astype(np.int64), distinct[:, 1].copy())


_Pair = tuple[NDArray[np.int64], NDArray[np.float64]]


def _collect(estimator: Any) -> _Pair:
    """Give inputs and thresholds of all splits."""
    match estimator:
        case LogisticRegression() | SVC() | KNeighborsClassifier() | GaussianNB():
            found = _pair([], [])
        case DecisionTreeClassifier() | DecisionTreeRegressor():
            inner = estimator.tree_.children_left >= 0
            found = _pair(estimator.tree_.feature[inner], estimator.tree_.threshold[inner])
        case RandomForestClassifier() | ExtraTreesClassifier():
            found = _joined(_collect(tree) for tree in estimator.estimators_)
        case GradientBoostingClassifier() | AdaBoostClassifier():
            found = _joined(_collect(tree) for tree in np.ravel(estimator.estimators_))
        case CalibratedClassifierCV():
            found = _joined(_collect(part.estimator) for part in estimator.calibrated_classifiers_)
        case XGBClassifier():
            found = _of_xgboost(estimator)
        case LGBMClassifier():
            found = _of_lightgbm(estimator)
        case Pipeline():
            found = _behind(estimator)
        case _:
            raise ExportError(messages.unknown_splits(type(estimator).__name__))
    return found


def _behind(pipeline: Pipeline) -> _Pair:
    """Give the splits of a pipeline's last step in units of the pipeline's inputs."""
    inputs, values = _collect(pipeline[-1])
    for step in reversed(pipeline[:-1]):
        if not isinstance(step, StandardScaler):
            raise ExportError(messages.unknown_splits(type(step).__name__))
        if step.scale_ is not None:
            values = values * step.scale_[inputs]
        if step.mean_ is not None and step.with_mean:
            values = values + step.mean_[inputs]
    return inputs, values


def _of_xgboost(estimator: XGBClassifier) -> _Pair:
    """Read the splits from XGBoost's own format."""
    model = json.loads(estimator.get_booster().save_raw("json"))
    trees = model["learner"]["gradient_booster"]["model"]["trees"]
    found = []
    for tree in trees:
        inner = np.array(tree["left_children"]) >= 0
        # Float32 numbers, written in as few digits as tell them apart.
        conditions = np.array(tree["split_conditions"], dtype=np.float32)
        found.append(_pair(np.array(tree["split_indices"])[inner], conditions[inner]))
    return _joined(found)


def _of_lightgbm(estimator: LGBMClassifier) -> _Pair:
    """Read the splits from LightGBM's own format."""
    text = estimator.booster_.model_to_string()
    return _joined(
        _pair([int(at) for at in inputs.split()], [float(value) for value in values.split()])
        for inputs, values in _LIGHTGBM_SPLITS.findall(text)
    )


def _pair(inputs: Any, values: Any) -> _Pair:
    """Give two arrays, shapes (s,)."""
    return np.asarray(inputs, dtype=np.int64), np.asarray(values, dtype=np.float64)


def _joined(pairs: Iterable[_Pair]) -> _Pair:
    """Give the splits of several models together."""
    every = [_pair([], []), *pairs]
    return (
        np.concatenate([inputs for inputs, _ in every]),
        np.concatenate([values for _, values in every]),
    )
