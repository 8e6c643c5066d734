"""How good a probability is: ranking, decisions, calibration, each with its 95% interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.training.bootstrap import (
    Interval,
    Ranking,
    Scores,
    Target,
    Weights,
    interval,
    plain_weights,
    roc_auc,
    stratified_weights,
)

CALIBRATION_BINS = 10
_EDGE = 1e-15


@dataclass(frozen=True, slots=True)
class Confusion:
    """Loans by (true, decided) class at the threshold; "positive" is class 1, on time."""

    tn: int
    fp: int
    fn: int
    tp: int


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one model on one set of loans; class 1 pays on time, class 0 is late.

    Attributes:
        gini: 2·ROC-AUC − 1.
        ks: Kolmogorov–Smirnov distance of the two classes' scores, in [0, 1].
        average_precision_late: of the late class, ranked by 1 − probability.
        f1, precision, recall: of class 1 at the decision threshold; `_late`: of class 0.
        specificity: late loans decided as such over late loans; the late class's recall.
        ece: expected calibration error over 10 bins of equal width (Guo et al., "On calibration
            of modern neural networks", 2017).
        ace: adaptive calibration error over 10 bins of equal counts (Nixon et al., "Measuring
            calibration in deep learning", 2019); with few late loans the first and last bin of
            equal width hold nearly all of them, and this looks closer. A perfect model has an
            ace above 0 too, by chance: about 0.01 with 2,500 loans of which 5% are late.

    """

    roc_auc: Interval
    gini: Interval
    ks: Interval
    average_precision_late: Interval
    f1: Interval
    precision: Interval
    recall: Interval
    f1_late: Interval
    precision_late: Interval
    specificity: Interval
    accuracy: Interval
    log_loss: Interval
    brier: Interval
    ece: Interval
    ace: Interval
    confusion: Confusion


@dataclass(frozen=True, slots=True)
class _Sample:
    """What does not change from draw to draw."""

    ranking: Ranking
    positive: NDArray[np.bool_]
    decided: NDArray[np.bool_]
    losses: Scores
    squares: Scores
    gaps: Scores
    widths: NDArray[np.bool_]
    counts: NDArray[np.bool_]


def measure(
    target: Target, probability: Scores, threshold: float, rng: np.random.Generator
) -> Measures:
    """Measure probabilities of paying on time, shape (n,), against the target, shape (n,)."""
    sample = _sample(target, probability, threshold)
    values = _measures(sample, np.ones((1, len(target))))
    chunks = [_measures(sample, weights) for weights in plain_weights(target, rng)]
    intervals = {
        name: interval(float(value[0]), np.concatenate([chunk[name] for chunk in chunks]))
        for name, value in values.items()
    }
    positive, decided = sample.positive, sample.decided
    confusion = Confusion(
        tn=int(np.sum(~positive & ~decided)),
        fp=int(np.sum(~positive & decided)),
        fn=int(np.sum(positive & ~decided)),
        tp=int(np.sum(positive & decided)),
    )
    return Measures(**intervals, confusion=confusion)


def _sample(target: Target, probability: Scores, threshold: float) -> _Sample:
    """Prepare what does not change from draw to draw."""
    positive = target == 1
    inside = np.clip(probability, _EDGE, 1 - _EDGE)
    width = np.minimum((probability * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    rank = np.argsort(np.argsort(probability, kind="stable"))
    return _Sample(
        ranking=Ranking.of(target, probability),
        positive=positive,
        decided=probability >= threshold,
        losses=-np.log(np.where(positive, inside, 1 - inside)),
        squares=(probability - positive) ** 2,
        gaps=positive - probability,
        widths=width[:, None] == np.arange(CALIBRATION_BINS),
        counts=(rank * CALIBRATION_BINS // len(target))[:, None] == np.arange(CALIBRATION_BINS),
    )


def _measures(sample: _Sample, weights: Weights) -> dict[str, Scores]:
    """Give each measure for each draw, shape (draws,)."""
    loans = weights.sum(axis=1)
    late, good = sample.ranking.groups(weights)
    auc = roc_auc(late, good)
    return {
        "roc_auc": auc,
        "gini": 2 * auc - 1,
        "ks": _ks(late, good),
        "average_precision_late": _average_precision(late, good),
        **_decisions(sample, weights),
        "log_loss": weights @ sample.losses / loans,
        "brier": weights @ sample.squares / loans,
        "ece": np.abs((weights * sample.gaps) @ sample.widths).sum(axis=1) / loans,
        "ace": np.abs((weights * sample.gaps) @ sample.counts).sum(axis=1) / loans,
    }


def _ks(late: Weights, good: Weights) -> Scores:
    """Give the largest distance of the classes' cumulative distributions."""
    lates = np.cumsum(late, axis=1) / late.sum(axis=1, keepdims=True)
    goods = np.cumsum(good, axis=1) / good.sum(axis=1, keepdims=True)
    distance: Scores = np.abs(lates - goods).max(axis=1)
    return distance


def _average_precision(late: Weights, good: Weights) -> Scores:
    """Give Σ (R_k − R_{k−1})·P_k over the late class, riskiest (lowest score) first."""
    lates = np.cumsum(late, axis=1)
    precision = _share(lates, lates + np.cumsum(good, axis=1))
    average: Scores = (late * precision).sum(axis=1) / late.sum(axis=1)
    return average


def _decisions(sample: _Sample, weights: Weights) -> dict[str, Scores]:
    """Give the measures of the decisions."""
    positive, decided = sample.positive, sample.decided
    tp, fn = weights @ (positive & decided), weights @ (positive & ~decided)
    fp, tn = weights @ (~positive & decided), weights @ (~positive & ~decided)
    return {
        "f1": _share(2 * tp, 2 * tp + fp + fn),
        "precision": _share(tp, tp + fp),
        "recall": _share(tp, tp + fn),
        "f1_late": _share(2 * tn, 2 * tn + fp + fn),
        "precision_late": _share(tn, tn + fn),
        "specificity": _share(tn, tn + fp),
        "accuracy": (tp + tn) / (tp + tn + fp + fn),
    }


def _share(part: Scores, whole: Scores) -> Scores:
    """Give part ÷ whole; 0 where the whole is 0, as scikit-learn's zero_division=0 does."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)


def roc_auc_difference(
    target: Target, first: Scores, second: Scores, rng: np.random.Generator
) -> Interval:
    """Give first's ROC-AUC minus second's on the same loans, with its paired interval."""
    rankings = [Ranking.of(target, score) for score in (first, second)]
    value = _difference(rankings, np.ones((1, len(target))))
    draws = [_difference(rankings, weights) for weights in stratified_weights(target, rng)]
    return interval(float(value[0]), np.concatenate(draws))


def _difference(rankings: list[Ranking], weights: Weights) -> Scores:
    """Give the difference for each draw."""
    first, second = (roc_auc(*ranking.groups(weights)) for ranking in rankings)
    return first - second
