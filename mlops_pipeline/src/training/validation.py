"""Candidates through rolling-origin validation; everything is fitted inside the fold."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
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

# How many seeds a candidate that depends on it is validated with; docs/decisions/0007.
SEEDS = 3
_SEEDS_BELOW = 2**31 - 1  # LightGBM takes no larger one


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
    """Raw scores of a candidate on each fold's validation loans, with their targets.

    What is published is one fit with one seed. So each seed's fit is measured by itself and the
    measures are averaged; averaged scores would be those of another model, a bag.

    Attributes:
        scores: for each fold, shape (seeds, loans); one row where the seed changes nothing.
        targets: for each fold, shape (loans,).

    """

    scores: tuple[Scores, ...]
    targets: tuple[Target, ...]

    @property
    def seeds(self) -> int:
        """How many fits there are of each fold."""
        return len(self.scores[0])

    @property
    def roc_aucs(self) -> Scores:
        """The ROC-AUC of each seed's fit on each fold, shape (seeds, folds)."""
        pairs = list(zip(self.targets, self.scores, strict=True))
        return np.array(
            [
                [roc_auc_score(target, score[seed]) for target, score in pairs]
                for seed in range(self.seeds)
            ]
        )

    @property
    def later_target(self) -> Target:
        """The targets of all folds but the first, shape (n,)."""
        return np.concatenate(self.targets[1:])

    @property
    def later_folds(self) -> tuple[slice, ...]:
        """Where each of those folds stands among them."""
        ends = np.cumsum([0, *(len(target) for target in self.targets[1:])]).tolist()
        return tuple(slice(start, end) for start, end in pairwise(ends))

    def scores_before(self, fold: int) -> Scores:
        """Give the scores of the folds before one: all loans for each seed, one after another."""
        return np.concatenate(self.scores[:fold], axis=1).ravel()

    def target_before(self, fold: int) -> Target:
        """Give the targets of the folds before one, as often as there are seeds."""
        return np.tile(np.concatenate(self.targets[:fold]), self.seeds)


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


@dataclass(frozen=True, slots=True)
class _Task:
    """One piece of work: a candidate's fit in a fold, or (without a fold) to all loans."""

    candidate: int
    seed: int
    fold: int | None = None


def _run_task(
    task: _Task, candidates: Sequence[Candidate], loans: LabelledFeatures, folds: Sequence[Fold]
) -> tuple[_Task, Scores | Fitted]:
    """Do one piece of work."""
    candidate = candidates[task.candidate]
    with threadpool_limits(limits=1):
        if task.fold is None:
            return task, fit(candidate, loans, task.seed)
        return task, _score_fold(candidate, loans, folds[task.fold], task.seed)


def validation_seeds(candidate: Candidate, seed: int) -> tuple[int, ...]:
    """Give the seeds of a candidate's fits in each fold: the run's own, then others made of it."""
    if not candidate.seeded:
        return (seed,)
    others = np.random.default_rng(seed).integers(_SEEDS_BELOW, size=SEEDS - 1)
    return (seed, *others.tolist())


def pieces(candidates: Sequence[Candidate], folds: int) -> int:
    """Give how many pieces of work `train_all` does."""
    return sum(len(validation_seeds(candidate, 0)) * folds + 1 for candidate in candidates)


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
    `progress` hears the candidate's name after each of the `pieces`.
    """
    seeds = [validation_seeds(candidate, seed) for candidate in candidates]
    tasks = [
        _Task(number, one, fold)
        for number in range(len(candidates))
        for fold in range(len(folds))
        for one in seeds[number]
    ]
    tasks += [_Task(number, seed) for number in range(len(candidates))]
    scores: dict[_Task, Scores] = {}
    fits: dict[int, Fitted] = {}
    work = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")(
        joblib.delayed(_run_task)(task, candidates, loans, folds) for task in tasks
    )
    for task, outcome in work:
        if isinstance(outcome, Fitted):
            fits[task.candidate] = outcome
        else:
            scores[task] = outcome
        progress(candidates[task.candidate].name)
    targets = tuple(loans.target[fold.validation] for fold in folds)
    found = []
    for number, candidate in enumerate(candidates):
        by_fold = tuple(
            np.stack([scores[_Task(number, one, fold)] for one in seeds[number]])
            for fold in range(len(folds))
        )
        found.append(Trained(candidate, OutOfFold(by_fold, targets), fits[number]))
    return tuple(found)
