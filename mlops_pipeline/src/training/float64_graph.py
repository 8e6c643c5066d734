"""Models that add up many small numbers, as graphs in float64.

Their converters compute in float32: GaussianNB adds squares and errs by more than 1e-5,
KNeighbors may take another k-th neighbour. Here GaussianNB and LogisticRegression are computed
in float64 on both sides (`computes_in_float64`; scikit-learn itself errs by 4e-6 in float32).
For SVC and KNeighbors, scikit-learn scales float32 inputs in float32 and computes the rest in
float64; so does the graph, the scaled inputs being the same bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlops_pipeline.src.training.graph_parts import INPUT, GraphWriter

_KNOWN = (GaussianNB, LogisticRegression, SVC, KNeighborsClassifier)


def computes_in_float64(estimator: Any) -> bool:
    """Whether the estimator, or the last of a pipeline, is to be given float64 inputs."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    return isinstance(last, GaussianNB | LogisticRegression)


def float64_graph(estimator: Any, inputs: int) -> bytes | None:
    """Write a fitted estimator of two classes and `inputs` inputs; None where none is known.

    Known: LogisticRegression, GaussianNB, SVC with an RBF kernel, KNeighbors with uniform
    weights and euclidean distance; alone or behind one StandardScaler. The score is the
    probability of class 1, of SVC the margin.
    """
    scaler, model = _parts(estimator)
    if type(model) not in _KNOWN:  # a subclass may answer otherwise
        return None
    writer = GraphWriter(inputs)
    if computes_in_float64(model):
        scaled = _scaled(writer, scaler, writer.float64(INPUT), np.dtype(np.float64))
    else:
        scaled = writer.float64(_scaled(writer, scaler, INPUT, np.dtype(np.float32)))
    score = _score(writer, model, scaled)
    return None if score is None else writer.finish(score)


def _parts(estimator: Any) -> tuple[StandardScaler | None, Any]:
    """Give scaler and model; no model where there are other parts."""
    if not isinstance(estimator, Pipeline):
        return None, estimator
    match list(estimator.named_steps.values()):
        case [StandardScaler(with_mean=True, with_std=True) as scaler, model]:
            return scaler, model
    return None, None


def _scaled(
    writer: GraphWriter, scaler: StandardScaler | None, x: str, dtype: np.dtype[Any]
) -> str:
    """Scale in a type, like scikit-learn: subtract, then divide."""
    if scaler is None:
        return x
    centred = writer.apply("Sub", x, writer.constant(scaler.mean_.astype(dtype)))
    return writer.apply("Div", centred, writer.constant(scaler.scale_.astype(dtype)))


def _score(writer: GraphWriter, model: Any, x: str) -> str | None:
    """Give the score of a model of scaled float64 inputs, shape (n, 1)."""
    match model:
        case GaussianNB():
            return _gaussian(writer, model, x)
        case LogisticRegression():
            return writer.apply("Sigmoid", _linear(writer, x, model.coef_, model.intercept_))
        case SVC(kernel="rbf"):
            return _margin(writer, model, x)
        case KNeighborsClassifier(weights="uniform", effective_metric_="euclidean"):
            return _votes(writer, model, x)
    return None


def _linear(
    writer: GraphWriter, x: str, weights: NDArray[np.floating], constant: NDArray[np.floating]
) -> str:
    """Give x·w + b for weights of shape (1, inputs) and a constant of shape (1,)."""
    product = writer.apply("MatMul", x, writer.constant(weights.T.astype(np.float64)))
    return writer.apply("Add", product, writer.constant(constant.astype(np.float64)))


def _gaussian(writer: GraphWriter, model: GaussianNB, x: str) -> str:
    """Give the probability: the logistic function of log p(x, 1) − log p(x, 0)."""
    axis = writer.constant(np.array([1], dtype=np.int64))
    joint = []
    for prior, mean, variance in zip(model.class_prior_, model.theta_, model.var_, strict=True):
        away = writer.apply("Sub", x, writer.constant(mean.astype(np.float64)))
        square = writer.apply("Mul", away, away)
        share = writer.apply("Div", square, writer.constant(2 * variance.astype(np.float64)))
        total = writer.apply("ReduceSum", share, axis, keepdims=1)
        # In the moments' own type, like scikit-learn.
        constant = float(np.log(prior)) + float(-0.5 * np.sum(np.log(2 * np.pi * variance)))
        joint.append(writer.apply("Sub", writer.constant(np.array(constant)), total))
    return writer.apply("Sigmoid", writer.apply("Sub", joint[1], joint[0]))


def _margin(writer: GraphWriter, model: SVC, x: str) -> str:
    """Give sum_i a_i·exp(−γ·|x − s_i|²) + b over the support vectors s_i."""
    vectors = model.support_vectors_.astype(np.float64)
    axis = writer.constant(np.array([1], dtype=np.int64))
    own = writer.apply("ReduceSum", writer.apply("Mul", x, x), axis, keepdims=1)
    distance = writer.apply("Add", _less_own(writer, vectors, x), own)
    kernel = writer.apply(
        "Exp", writer.apply("Mul", distance, writer.constant(np.array(-float(model._gamma))))
    )
    return _linear(writer, kernel, model.dual_coef_, model.intercept_)


def _votes(writer: GraphWriter, model: KNeighborsClassifier, x: str) -> str:
    """Give the share of class 1 among the k nearest training rows."""
    distance = _less_own(writer, model._fit_X.astype(np.float64), x)
    nearest = writer.largest(writer.apply("Neg", distance), model.n_neighbors)
    labels = writer.constant((model._y == 1).astype(np.float64))
    votes = writer.apply("Gather", labels, nearest)
    return writer.apply("ReduceMean", votes, axes=[1], keepdims=1)


def _less_own(writer: GraphWriter, rows: NDArray[np.float64], x: str) -> str:
    """Give |x − r|² − |x|² of n inputs and m rows, shape (n, m)."""
    product = writer.apply("MatMul", x, writer.constant(-2 * rows.T))
    return writer.apply("Add", product, writer.constant((rows * rows).sum(axis=1)))
