"""How good a probability is: ranking, decisions, calibration, each with its 95% interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.training.bootstrap import (
    Interval,
    Ranking,
    Scores,
    Target,
    Weights,
    distance_interval,
    interval,
    plain_weights,
    roc_auc,
    uniform_draws,
)

CALIBRATION_BINS = 10
_EDGE = 1e-15
_WHOLE = (slice(None),)


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
    """What does not change from draw to draw; a ranking for each of the parts."""

    parts: Sequence[slice]
    rankings: tuple[Ranking, ...]
    positive: NDArray[np.bool_]
    decided: NDArray[np.bool_]
    losses: Scores
    squares: Scores
    gaps: Scores
    widths: NDArray[np.bool_]
    counts: NDArray[np.bool_]

    def bins(self, name: str) -> NDArray[np.bool_]:
        """Give which loan is in which bin of a calibration error, shape (n, bins)."""
        return self.widths if name == "ece" else self.counts


def measure(
    target: Target,
    probability: Scores,
    threshold: float,
    rng: np.random.Generator,
    parts: Sequence[slice] = _WHOLE,
) -> Measures:
    """Measure probabilities of paying on time against the target, shape (n,).

    Args:
        target: of the loans.
        probability: shape (n,), or (seeds, n) for fits with several seeds: each fit is measured
            by itself, the measures are averaged.
        threshold: decides.
        rng: draws loans for the intervals.
        parts: loans that were scored by one model each; what ranks loans (ROC-AUC, Gini, KS,
            average precision) is measured within each part and averaged.

    """
    fits = [_sample(target, one, threshold, parts) for one in np.atleast_2d(probability)]
    values = _mean_measures(fits, np.ones((1, len(target))))
    chunks = [_mean_measures(fits, weights) for weights in plain_weights(target, rng, parts)]
    draws = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in values}
    perfect = _calibrated(fits, np.atleast_2d(probability), rng)
    intervals = {
        name: distance_interval(float(value[0]), draws[name], perfect[name])
        if name in perfect
        else interval(float(value[0]), draws[name])
        for name, value in values.items()
    }
    return Measures(**intervals, confusion=_confusion(fits))


def _calibrated(
    fits: Sequence[_Sample], probability: Scores, rng: np.random.Generator
) -> dict[str, Scores]:
    """Give the calibration errors that are seen, by draw, where the probabilities come true."""
    found: dict[str, list[Scores]] = {"ece": [], "ace": []}
    for uniform in uniform_draws(probability.shape[1], rng):
        gaps = [(uniform < one) - one for one in probability]
        for name, errors in found.items():
            each = [_error(gap, fit.bins(name)) for gap, fit in zip(gaps, fits, strict=True)]
            errors.append(np.mean(each, axis=0))
    return {name: np.concatenate(errors) for name, errors in found.items()}


def _error(gaps: Scores, bins: NDArray[np.bool_]) -> Scores:
    """Give the mean distance of n loans' bins, gaps shape (draws, n) -> (draws,)."""
    total: Scores = np.abs(gaps @ bins).sum(axis=1) / gaps.shape[1]
    return total


def _mean_measures(fits: Sequence[_Sample], weights: Weights) -> dict[str, Scores]:
    """Give each measure for each draw, shape (draws,), averaged over the fits."""
    found = [_measures(fit, weights) for fit in fits]
    return {name: np.mean([one[name] for one in found], axis=0) for name in found[0]}


def _confusion(fits: Sequence[_Sample]) -> Confusion:
    """Count loans; of several fits, on average, to whole loans."""
    positive = fits[0].positive
    good, late = int(positive.sum()), int((~positive).sum())
    fn = round(float(np.mean([np.sum(positive & ~fit.decided) for fit in fits])))
    tn = round(float(np.mean([np.sum(~positive & ~fit.decided) for fit in fits])))
    return Confusion(tn=tn, fp=late - tn, fn=fn, tp=good - fn)


def _sample(
    target: Target, probability: Scores, threshold: float, parts: Sequence[slice]
) -> _Sample:
    """Prepare what does not change from draw to draw."""
    positive = target == 1
    inside = np.clip(probability, _EDGE, 1 - _EDGE)
    width = np.minimum((probability * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    rank = np.argsort(np.argsort(probability, kind="stable"))
    return _Sample(
        parts=parts,
        rankings=tuple(Ranking.of(target[part], probability[part]) for part in parts),
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
    ranked = [
        _ranking(ranking, weights[:, part])
        for ranking, part in zip(sample.rankings, sample.parts, strict=True)
    ]
    return {
        **{name: np.mean([one[name] for one in ranked], axis=0) for name in ranked[0]},
        **_decisions(sample, weights),
        "log_loss": weights @ sample.losses / loans,
        "brier": weights @ sample.squares / loans,
        "ece": np.abs((weights * sample.gaps) @ sample.widths).sum(axis=1) / loans,
        "ace": np.abs((weights * sample.gaps) @ sample.counts).sum(axis=1) / loans,
    }


def _ranking(ranking: Ranking, weights: Weights) -> dict[str, Scores]:
    """Give the measures of how loans are ranked, for each draw."""
    late, good = ranking.groups(weights)
    auc = roc_auc(late, good)
    return {
        "roc_auc": auc,
        "gini": 2 * auc - 1,
        "ks": _ks(late, good),
        "average_precision_late": _average_precision(late, good),
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
