"""Candidates through rolling-origin validation; everything is fitted inside the fold."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from mlops_pipeline.src.data.splits import Fold
from mlops_pipeline.src.features.encoder import Encoder, fit_encoder
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.training.bootstrap import Scores, Target
from mlops_pipeline.src.training.candidates import Candidate
from mlops_pipeline.src.training.export import raw_score


@dataclass(frozen=True, slots=True)
class LabelledFeatures:
    """Features of n loans in order of date, and their target, shape (n,)."""

    features: FeatureMatrix
    target: Target

    def __len__(self) -> int:
        """Give the number of loans."""
        return len(self.target)

    def take(self, rows: NDArray[np.int64]) -> LabelledFeatures:
        """Give some loans."""
        return LabelledFeatures(self.features.take(rows), self.target[rows])


@dataclass(frozen=True, slots=True)
class Fitted:
    """A candidate fitted to some loans; `loans` is how many, `seconds` how long it took."""

    estimator: Any
    encoder: Encoder
    loans: int
    seconds: float

    def score(self, features: FeatureMatrix) -> Scores:
        """Give the raw scores of n loans, shape (n,)."""
        return raw_score(self.estimator, self.encoder.transform(features))


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Raw scores of a candidate on each fold's validation loans, with their targets."""

    scores: tuple[Scores, ...]
    targets: tuple[Target, ...]

    @property
    def roc_aucs(self) -> tuple[float, ...]:
        """The ROC-AUC of each fold."""
        pairs = zip(self.targets, self.scores, strict=True)
        return tuple(float(roc_auc_score(target, score)) for target, score in pairs)

    @property
    def later_target(self) -> Target:
        """The targets of all folds but the first."""
        return np.concatenate(self.targets[1:])

    def scores_before(self, fold: int) -> Scores:
        """Give the scores of the folds before one."""
        return np.concatenate(self.scores[:fold])

    def target_before(self, fold: int) -> Target:
        """Give the targets of the folds before one."""
        return np.concatenate(self.targets[:fold])


@dataclass(frozen=True, slots=True)
class Trained:
    """A candidate's out-of-fold scores and its fit to all training loans."""

    candidate: Candidate
    oof: OutOfFold
    fitted: Fitted


def fit(candidate: Candidate, loans: LabelledFeatures, seed: int) -> Fitted:
    """Fit encoder and estimator to the loans (the latest `max_rows` of them)."""
    if candidate.max_rows is not None and len(loans) > candidate.max_rows:
        loans = loans.take(np.arange(len(loans) - candidate.max_rows, len(loans)))
    start = time.perf_counter()
    encoder = fit_encoder(loans.features, candidate.treatment)
    estimator = candidate.build(seed)
    # int64: the converter of KNeighbors makes an invalid graph of int8 labels.
    estimator.fit(encoder.transform(loans.features), loans.target.astype(np.int64))
    return Fitted(estimator, encoder, len(loans), time.perf_counter() - start)


def _score_fold(candidate: Candidate, loans: LabelledFeatures, fold: Fold, seed: int) -> Scores:
    """Fit on a fold's training loans and score its validation loans."""
    fitted = fit(candidate, loans.take(fold.train), seed)
    return fitted.score(loans.take(fold.validation).features)


Task = tuple[int, int]


def _run_task(
    task: Task,
    candidates: Sequence[Candidate],
    loans: LabelledFeatures,
    folds: Sequence[Fold],
    seed: int,
) -> tuple[Task, Scores | Fitted]:
    """Do one piece of work: a candidate's fold, or (past the last fold) its final fit."""
    candidate = candidates[task[0]]
    with threadpool_limits(limits=1):
        if task[1] == len(folds):
            return task, fit(candidate, loans, seed)
        return task, _score_fold(candidate, loans, folds[task[1]], seed)


def train_all(
    candidates: Sequence[Candidate],
    loans: LabelledFeatures,
    folds: Sequence[Fold],
    seed: int,
    jobs: int = 1,
    progress: Callable[[str], None] = lambda _name: None,
) -> tuple[Trained, ...]:
    """Validate each candidate on each fold and fit it to all loans, `jobs` pieces at a time.

    Each piece computes on one thread, so that `jobs` pieces fill `jobs` cores and no more.
    `progress` hears the candidate's name after each piece; there are
    len(candidates) × (len(folds) + 1) of them.
    """
    tasks = [(c, f) for c in range(len(candidates)) for f in range(len(folds) + 1)]
    scores: dict[Task, Scores] = {}
    fits: dict[int, Fitted] = {}
    work = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(
        joblib.delayed(_run_task)(task, candidates, loans, folds, seed) for task in tasks
    )
    for task, outcome in work:
        if isinstance(outcome, Fitted):
            fits[task[0]] = outcome
        else:
            scores[task] = outcome
        progress(candidates[task[0]].name)
    targets = tuple(loans.target[fold.validation] for fold in folds)
    return tuple(
        Trained(
            candidate,
            OutOfFold(tuple(scores[number, fold] for fold in range(len(folds))), targets),
            fits[number],
        )
        for number, candidate in enumerate(candidates)
    )
