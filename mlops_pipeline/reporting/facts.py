"""What several reports say of a run's data, as numbers."""

from __future__ import annotations

import numpy as np

from mlops_pipeline.src.data.splits import rolling_origin
from mlops_pipeline.src.model_training_evaluation import CandidateResult
from mlops_pipeline.src.training.periods import Period, period
from mlops_pipeline.training_run import Run

# data/Base_de_datos.csv, which the generator made.
SHIPPED_SHA256 = "2e85d29c844fd7b83bf018fd3f64636704ad0c57763c9d5137012895045dc607"


def is_shipped(run: Run) -> bool:
    """Tell whether the run read the synthetic portfolio of the repository."""
    return run.portfolio.sha256 == SHIPPED_SHA256


def periods(run: Run) -> tuple[Period, Period]:
    """Give the training period and the out-of-time one."""
    return period(run.split.train, run.as_of), period(run.split.test, run.as_of)


def validation_periods(run: Run) -> tuple[Period, ...]:
    """Give the validation loans of each fold, in order of date."""
    train = run.split.train
    return tuple(period(train.take(fold.validation), run.as_of) for fold in rolling_origin(train))


def champion_of(run: Run) -> CandidateResult | None:
    """Give what was measured of the champion, if there is one."""
    return run.result.chosen.result if run.result.chosen else None


def validation_folds(run: Run) -> int:
    """Give the number of folds over time."""
    return len(run.result.candidates[0].validated.trained.oof.targets)


def validation_fits(run: Run) -> int:
    """Give how many seeds the candidates that depend on it were validated with."""
    return max(one.validated.trained.oof.seeds for one in run.result.candidates)


def leak_was_kept(run: Run) -> bool:
    """Tell whether the models were trained with features that know the answer."""
    used = run.result.candidates[0].validated.trained.fitted.encoder.features
    return bool(np.isin(run.audit.tainted, used).any())
