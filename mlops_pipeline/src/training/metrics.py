"""How good a probability is: ranking, decisions, calibration, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    f1_score,
    log_loss,
    roc_auc_score,
    roc_curve,
)

Target = NDArray[np.int8]
Probability = NDArray[np.float64]

BOOTSTRAPS = 1_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Measures of one model on one set of loans; class 1 pays on time, class 0 is late.

    Attributes:
        roc_auc: with its interval by stratified bootstrap.
        ks: Kolmogorov–Smirnov distance of the two classes' scores, in [0, 1].
        average_precision_late: of the late class, ranked by 1 − probability.
        f1: of class 1, at the decision threshold.
        tn, fp, fn, tp: loans by (true, decided) class; "positive" is class 1.

    """

    roc_auc: Interval
    ks: float
    average_precision_late: float
    f1: float
    accuracy: float
    log_loss: float
    brier: float
    tn: int
    fp: int
    fn: int
    tp: int


def measure(
    target: Target, probability: Probability, threshold: float, rng: np.random.Generator
) -> Measures:
    """Measure probabilities of paying on time, shape (n,), against the target, shape (n,)."""
    decision = probability >= threshold
    positive = target == 1
    false_rate, true_rate, _ = roc_curve(target, probability)
    return Measures(
        roc_auc=roc_auc_interval(target, probability, rng),
        ks=float(np.max(true_rate - false_rate)),
        average_precision_late=float(average_precision_score(1 - target, 1 - probability)),
        f1=float(f1_score(target, decision, zero_division=0.0)),
        accuracy=float(np.mean(decision == positive)),
        log_loss=float(log_loss(target, probability, labels=[0, 1])),
        brier=float(brier_score_loss(target, probability)),
        tn=int(np.sum(~positive & ~decision)),
        fp=int(np.sum(~positive & decision)),
        fn=int(np.sum(positive & ~decision)),
        tp=int(np.sum(positive & decision)),
    )


def roc_auc_interval(
    target: Target, probability: Probability, rng: np.random.Generator
) -> Interval:
    """Give the ROC-AUC and its 95% percentile interval by stratified bootstrap.

    Source: Efron & Tibshirani, "An Introduction to the Bootstrap", chapter 13; late and
    on-time loans are drawn apart, so that no draw lacks a class. The ROC-AUC of a draw is the
    Mann–Whitney statistic of the drawn ranks.
    """
    late = np.sort(probability[target == 0])
    good = probability[target == 1]
    # wins[i]: share of late loans below on-time loan i (ties count half), for weighted draws.
    below = np.searchsorted(late, good, side="left")
    upto = np.searchsorted(late, good, side="right")
    values = np.empty(BOOTSTRAPS)
    for draw in range(BOOTSTRAPS):
        weights = np.bincount(rng.integers(len(late), size=len(late)), minlength=len(late))
        cumulative = np.concatenate(([0], np.cumsum(weights)))
        wins = (cumulative[below] + cumulative[upto]) / (2 * len(late))
        values[draw] = wins[rng.integers(len(good), size=len(good))].mean()
    low, high = np.quantile(values, (0.025, 0.975))
    return Interval(float(roc_auc_score(target, probability)), float(low), float(high))
