"""One candidate through rolling-origin validation; everything is fitted inside the fold."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss, roc_auc_score

from mlops_pipeline.src.data.splits import Fold
from mlops_pipeline.src.features.encoder import Encoder, fit_encoder
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.scoring.calibration import Calibration
from mlops_pipeline.src.training.calibrate import fit_platt
from mlops_pipeline.src.training.candidates import Candidate
from mlops_pipeline.src.training.export import raw_score


@dataclass(frozen=True, slots=True)
class LabelledFeatures:
    """Features of n loans in order of date, and their target, shape (n,)."""

    features: FeatureMatrix
    target: NDArray[np.int8]

    def take(self, rows: NDArray[np.int64]) -> LabelledFeatures:
        """Give some loans."""
        return LabelledFeatures(self.features.take(rows), self.target[rows])


@dataclass(frozen=True, slots=True)
class Fitted:
    """A candidate fitted to some loans."""

    estimator: Any
    encoder: Encoder
    seconds: float


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Raw scores of a candidate on each fold's validation loans, with their targets."""

    scores: tuple[NDArray[np.float64], ...]
    targets: tuple[NDArray[np.int8], ...]

    @property
    def mean_roc_auc(self) -> float:
        """The mean ROC-AUC over the folds."""
        aucs = [
            roc_auc_score(target, score)
            for target, score in zip(self.targets, self.scores, strict=True)
        ]
        return float(np.mean(aucs))


def fit(candidate: Candidate, loans: LabelledFeatures, seed: int) -> Fitted:
    """Fit encoder and estimator to the loans (the latest `max_rows` of them)."""
    if candidate.max_rows is not None and len(loans.target) > candidate.max_rows:
        loans = loans.take(np.arange(len(loans.target) - candidate.max_rows, len(loans.target)))
    start = time.perf_counter()
    encoder = fit_encoder(loans.features, candidate.treatment)
    estimator = candidate.build(seed)
    # int64: the converter of KNeighbors makes an invalid graph of int8 labels.
    estimator.fit(encoder.transform(loans.features), loans.target.astype(np.int64))
    return Fitted(estimator, encoder, time.perf_counter() - start)


def out_of_fold(
    candidate: Candidate, loans: LabelledFeatures, folds: Sequence[Fold], seed: int
) -> OutOfFold:
    """Fit on each fold's training loans and score its validation loans."""
    scores, targets = [], []
    for fold in folds:
        fitted = fit(candidate, loans.take(fold.train), seed)
        validation = loans.take(fold.validation)
        scores.append(raw_score(fitted.estimator, fitted.encoder.transform(validation.features)))
        targets.append(validation.target)
    return OutOfFold(tuple(scores), tuple(targets))


def calibrate(oof: OutOfFold, *, margin: bool) -> Calibration:
    """Give Platt's map of a margin; of a probability only where it lowers the log-loss.

    The log-loss is taken forward in time: each fold's map is fitted on the folds before it.
    """
    scores, targets = np.concatenate(oof.scores), np.concatenate(oof.targets)
    if margin:
        return fit_platt(scores, targets, margin=True)
    if len(oof.scores) < 2:  # noqa: PLR2004 - nothing to look forward to
        return Calibration()
    mapped = [
        fit_platt(
            np.concatenate(oof.scores[:fold]), np.concatenate(oof.targets[:fold]), margin=False
        ).apply(oof.scores[fold])
        for fold in range(1, len(oof.scores))
    ]
    later = np.concatenate(oof.targets[1:])
    before = log_loss(later, np.concatenate(oof.scores[1:]), labels=[0, 1])
    after = log_loss(later, np.concatenate(mapped), labels=[0, 1])
    return fit_platt(scores, targets, margin=False) if after < before else Calibration()
