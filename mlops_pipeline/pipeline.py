"""The training run, step by step: a file of loans to a published model and its reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from mlops_pipeline import messages
from mlops_pipeline.bundling import bundle_of
from mlops_pipeline.interrupts import uninterrupted
from mlops_pipeline.promotion import Plan, Verdict, Wishes, plan
from mlops_pipeline.reporting.files import RESULTADOS, staged
from mlops_pipeline.reporting.resultados import resultados
from mlops_pipeline.reporting.results import EVERY_REPORT, reports, root_copy
from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.splits import out_of_time_split, rolling_origin
from mlops_pipeline.src.errors import StaleComparisonError
from mlops_pipeline.src.features.leakage import audit_leakage
from mlops_pipeline.src.features.selection import LeakagePolicy, model_features
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.model_training_evaluation import TrainingOptions, train_and_compare
from mlops_pipeline.src.registry.ledger import Change
from mlops_pipeline.src.training.periods import target_of
from mlops_pipeline.src.training.validation import LabelledFeatures
from mlops_pipeline.training_run import Run

Say = Callable[[str], None]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RunConfig:
    """What a training run is asked for.

    Attributes:
        copy_dir: the folder above `results_dir` if it gets a copy of RESULTADOS.md.
        who: for the registry's ledger.
        promote_anyway: promote the champion even if the model that serves is better.
        allow_client_rows: promote it even if its graph holds training loans.

    """

    data: Path
    models_dir: Path
    results_dir: Path
    leakage: LeakagePolicy
    training: TrainingOptions
    copy_dir: Path | None = None
    who: str = messages.UNKNOWN_USER
    promote_anyway: bool = False
    allow_client_rows: bool = False


def run(config: RunConfig, now: datetime, say: Say, progress: Progress = lambda _name: None) -> Run:
    """Train, compare, report and (unless the leak was kept, or no model may be) publish.

    Args:
        config: what is asked for.
        now: aware UTC time; names the version.
        say: takes Spanish lines for the person who waits.
        progress: hears a candidate's name after each of `pieces` pieces of work.

    Raises:
        InputError: the data cannot be used; nothing was written.
        PublishError: the models or the results directory cannot be written.

    """
    portfolio = read_portfolio(config.data)
    loans, flags = clean(portfolio.loans)
    say(messages.data_read(config.data, len(loans), len(portfolio.rejected)))

    split = out_of_time_split(loans)
    train_features = build_features(split.train)
    audit = audit_leakage(train_features, target_of(split.train), split.train.lines)
    for line in messages.leakage_found(audit.tainted, config.leakage is LeakagePolicy.KEEP):
        say(line)

    names = model_features(audit, config.leakage)
    result = train_and_compare(
        train=LabelledFeatures(train_features.select(names), target_of(split.train)),
        test=LabelledFeatures(build_features(split.test).select(names), target_of(split.test)),
        folds=rolling_origin(split.train),
        options=config.training,
        progress=progress,
    )

    measured = Run(portfolio, config.data.name, flags, split, audit, config.training, result)
    decided = plan(measured, config.models_dir, _wishes(config))
    finished = replace(measured, verdict=decided.words)
    with (
        staged(
            config.results_dir, reports(finished), EVERY_REPORT, _copies(finished, config)
        ) as replace_reports,
        uninterrupted(),
    ):
        say(decided.words)
        if decided.verdict is None:
            replace_reports()
            return finished
        outcome = _publish(finished, decided, decided.verdict, config, now)
        if outcome.verdict is None:
            replace_reports()
        else:
            finished = replace(finished, verdict=outcome.verdict)
            report = {config.results_dir / RESULTADOS: resultados(finished).encode()}
            replace_reports({**report, **_copies(finished, config)})
        say(outcome.line)
    return finished


def _copies(finished: Run, config: RunConfig) -> dict[Path, bytes]:
    """Give the report that also stands outside the results folder, by its place."""
    if config.copy_dir is None:
        return {}
    return {config.copy_dir / RESULTADOS: root_copy(finished, config.results_dir)}


class _Outcome(NamedTuple):
    """What became of a publication.

    Attributes:
        line: for the person who waits.
        verdict: for the reports, where it came otherwise than decided.

    """

    line: str
    verdict: str | None = None


def _wishes(config: RunConfig) -> Wishes:
    """Say what may become of the champion."""
    return Wishes(
        publish=config.leakage is not LeakagePolicy.KEEP,
        promote_anyway=config.promote_anyway,
        allow_client_rows=config.allow_client_rows,
    )


def _publish(
    finished: Run, decided: Plan, verdict: Verdict, config: RunConfig, now: datetime
) -> _Outcome:
    """Publish the champion and promote it if that was decided."""
    change = Change(now, config.who, verdict.reason)
    version = ModelDeployment.save(
        lambda name: bundle_of(finished, name, now),
        config.models_dir,
        now,
        promote=False,
        who=change.who,
        reason=change.reason,
    ).metadata.version
    if not decided.promote:
        return _Outcome(messages.kept_back(config.models_dir, version))
    try:
        ModelDeployment.promote(
            config.models_dir,
            version,
            change,
            allow_client_rows=config.allow_client_rows,
            compared_with=None if config.promote_anyway else verdict.compared_with,
        )
    except StaleComparisonError as error:
        return _Outcome(str(error), str(error))
    return _Outcome(messages.published(config.models_dir, version))
