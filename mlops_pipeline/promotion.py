"""What becomes of a champion: whether it is published, and may replace the published model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import format_moment
from mlops_pipeline.src.errors import BundleError, NoModelError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry.store import Compared, named_by_latest
from mlops_pipeline.src.training.bootstrap import Interval, roc_auc_difference
from mlops_pipeline.src.training.periods import target_of
from mlops_pipeline.training_run import Run

CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for.

    Attributes:
        publish: whether a champion may be published at all; with the leak kept it may not.
        promote_anyway: promote the champion even if the model that serves is better.
        allow_client_rows: promote it even if its graph holds training loans.

    """

    publish: bool = True
    promote_anyway: bool = False
    allow_client_rows: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the comparison says, in words; `difference` is new minus published ROC-AUC."""

    promote: bool
    reason: str
    compared_with: Compared
    difference: Interval | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a run's champion, and `words` that say it with the reason.

    Attributes:
        verdict: of the comparison; None where nothing is published.

    """

    promote: bool
    words: str
    verdict: Verdict | None = None


def plan(run: Run, models_dir: Path, wishes: Wishes) -> Plan:
    """Decide whether a run's champion is published and promoted."""
    if run.result.blocked is not None:
        return Plan(False, messages.to_be_left(run.result.blocked))
    if not wishes.publish:
        return Plan(False, messages.not_published())
    verdict = judge(run, models_dir)
    if run.result.champion.exported.contains_client_rows and not wishes.allow_client_rows:
        return Plan(False, messages.consent_is_missing(verdict.reason), verdict)
    if verdict.promote or wishes.promote_anyway:
        words = messages.to_be_promoted(verdict.reason, asked=not verdict.promote)
        return Plan(True, words, verdict)
    return Plan(False, messages.to_be_kept_back(verdict.reason), verdict)


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
    difference = roc_auc_difference(
        target_of(test),
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
