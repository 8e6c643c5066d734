"""Whether a new champion may replace the published model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.bundling import Run
from mlops_pipeline.src.data.moments import format_moment
from mlops_pipeline.src.errors import BundleError, NoModelError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry.store import Compared, named_by_latest
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.src.training.metrics import roc_auc_difference

CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the comparison says, in words; `difference` is new minus published ROC-AUC."""

    promote: bool
    reason: str
    compared_with: Compared
    difference: Interval | None = None


def judge(run: Run, models_dir: Path) -> Verdict:
    """Compare the run's champion with the published model on the same out-of-time loans.

    A champion whose validated ROC-AUC does not exclude chance is refused, also as the first model.
    Otherwise it is refused only if the paired 95% interval of the difference lies below 0. The
    published model may have been trained on some of these loans; then the comparison favours
    it, and the reason says so.
    """
    serving = Compared(named_by_latest(models_dir))
    validation = run.result.champion.result.validated.roc_auc
    if validation.low <= CHANCE:
        reason = messages.no_better_than_chance(validation.value, validation.low, validation.high)
        return Verdict(False, reason, serving)
    try:
        published = ModelDeployment.load(models_dir)
    except NoModelError:
        return Verdict(True, messages.FIRST_MODEL, serving)
    except BundleError as error:
        return Verdict(True, messages.published_is_broken(str(error)), serving)
    test, champion = run.split.test, run.result.champion.result
    if test.target is None:
        raise TypeError("these loans were read without their target")
    difference = roc_auc_difference(
        test.target,
        champion.probability,
        published.predict(test).probability,
        np.random.default_rng(run.options.seed),
    )
    reason = messages.against_published(
        published.metadata.version, difference.value, difference.low, difference.high
    )
    if _last_training_date(published) >= format_moment(int(test.seconds[0])):
        reason += " " + messages.PUBLISHED_KNOWS_THE_TEST
    return Verdict(difference.high >= 0, reason, serving, difference)


def _last_training_date(published: ModelDeployment) -> str:
    """Give the date of the last loan that the published model was trained on."""
    training = published.metadata.data["training"]
    return str(training["last"]) if isinstance(training, dict) else ""
