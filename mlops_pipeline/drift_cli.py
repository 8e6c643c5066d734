"""`python -m mlops_pipeline drift`: what changed in the loans, and what to do about it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pydantic import TypeAdapter

from mlops_pipeline import messages
from mlops_pipeline.database_url import parsed_url
from mlops_pipeline.settings import Settings, load_settings
from mlops_pipeline.src.data.moments import COLOMBIA
from mlops_pipeline.src.errors import InputError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.actions import Action
from mlops_pipeline.src.monitoring.history import History
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.levels import TRAFFIC_LOANS, Level
from mlops_pipeline.src.monitoring.looks import (
    Look,
    look_at_default,
    look_at_file,
    look_at_log_from,
)
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.report import dump_report
from mlops_pipeline.traffic import logged_since, recent_days
from mlops_pipeline.watching import Watch, Watched, Window

if TYPE_CHECKING:
    # The one name that argparse has for it.  pylint: disable-next=protected-access
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# What the command's exit status says; 1 and 2 are failures, as for every command.
STATUS = {
    Level.GREEN: 0,
    Level.YELLOW: 10,
    Level.ORANGE: 11,
    Level.RED: 12,
    Level.INSUFFICIENT: 13,
}

_HISTORY = TypeAdapter(History)
_PLAN = TypeAdapter(tuple[Action, ...])


def add_command(commands: Commands) -> None:
    """Describe `drift`."""
    drift = commands.add_parser("drift", help=messages.CLI_DRIFT, description=messages.CLI_DRIFT)
    where = drift.add_mutually_exclusive_group()
    where.add_argument("--window", type=Path, metavar="ARCHIVO", help=messages.CLI_DRIFT_WINDOW)
    where.add_argument("--since", type=_moment, metavar="FECHA", help=messages.CLI_DRIFT_SINCE)
    drift.add_argument(
        "--by", type=Span, choices=list(Span), default=Span.MONTH, help=messages.CLI_DRIFT_BY
    )
    drift.add_argument("--json", action="store_true", help=messages.CLI_DRIFT_JSON)
    drift.add_argument(
        "--models-dir", type=Path, default=load_settings().models_dir, help=messages.CLI_MODELS_DIR
    )
    drift.set_defaults(command=_drift)


def _moment(text: str) -> datetime:
    """Parse an ISO 8601 moment; without a zone it is Colombian time, as a day of the service is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(messages.bad_date(text)) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=COLOMBIA)


def _drift(asked: argparse.Namespace) -> int:
    """Compare a window; the status tells the level."""
    watch = Watch(ModelDeployment.load(asked.models_dir))
    window, look = _window(watch, asked, load_settings())
    watched = watch.watched(window, asked.by, look)
    if asked.json:
        print(_document(watched).decode())
    else:
        print(messages.drift_told(watched.window.origin, watched.report.cause))
        for line in _lines(watched):
            print(line)
    return STATUS[watched.report.level]


def _window(watch: Watch, asked: argparse.Namespace, settings: Settings) -> tuple[Window, Look]:
    """Give the window that is asked for, and what shows it; else real traffic, if it is enough."""
    if asked.window is not None:
        return watch.file(asked.window), look_at_file(str(asked.window))
    if asked.since is not None:
        if not _has_log(settings):
            raise InputError(messages.NO_LOG_TO_READ)
        return _logged(watch, settings, asked.since), look_at_log_from(asked.since.isoformat())
    if _has_log(settings):
        first_day = recent_days(datetime.now(UTC)).first
        traffic = _logged(watch, settings, datetime.combine(first_day, time(), COLOMBIA))
        if traffic.loans >= TRAFFIC_LOANS:
            return traffic, look_at_log_from(first_day.isoformat())
    first = watch.first()
    return replace(first, origin=messages.without_traffic(first.origin)), look_at_default


def _has_log(settings: Settings) -> bool:
    """Tell whether there is a log; a SQLite file that is not there is not made by looking."""
    if settings.prediction_log == "off":
        return False
    url = parsed_url(settings.database_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def _logged(watch: Watch, settings: Settings, since: datetime) -> Window:
    """Give a window of the log, from the kept counts as far as there are some."""
    store, counts = PredictionStore(settings.database_url), CountsStore(settings.database_url)
    try:
        store.open()
        return logged_since(watch, store, counts if counts.open(create=False) else None, since)
    finally:
        counts.close()
        store.close()


def _document(watched: Watched) -> bytes:
    """Give everything as one JSON object."""
    window = watched.window
    return orjson.dumps(
        {
            "window": {"origin": window.origin, "loans": window.loans, "rejected": window.rejected},
            "report": orjson.Fragment(dump_report(watched.report)),
            "history": orjson.Fragment(_HISTORY.dump_json(watched.history)),
            "plan": orjson.Fragment(_PLAN.dump_json(watched.plan)),
        }
    )


def _lines(watched: Watched) -> list[str]:
    """Give the rest of what a person reads."""
    lines = [messages.drift_window(watched.window.loans, watched.window.rejected)]
    lines += [
        messages.drift_variable(v.name, v.counted_level, v.cause) for v in watched.report.drifting
    ]
    lines += [finding.text for finding in watched.report.findings]
    lines.append(messages.DRIFT_HISTORY)
    lines += [
        messages.drift_period(p.period, p.level, p.window.loans, p.window.late_rate)
        for p in watched.history.points
    ]
    if watched.history.note:
        lines.append(watched.history.note)
    lines.append(messages.DRIFT_PLAN)
    lines += [messages.drift_action(a.urgency, a.what, a.why, a.command) for a in watched.plan]
    return lines
