"""The answers about drift as JSON: from the kept counts alone, each computed once per change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from mlops_pipeline import messages
from mlops_pipeline.api import errors
from mlops_pipeline.monitor.asked import Asked, Meant, Source
from mlops_pipeline.monitor.log_state import LogState
from mlops_pipeline.monitor.remembered import Remembered
from mlops_pipeline.src.errors import PredictionLogError
from mlops_pipeline.src.monitoring.actions import Action
from mlops_pipeline.src.monitoring.history import History
from mlops_pipeline.src.monitoring.kept.records import Progress
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.levels import TRAFFIC_LOANS
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.published import published
from mlops_pipeline.src.monitoring.recommendations import recommend
from mlops_pipeline.src.monitoring.report import DriftReport, dump_report
from mlops_pipeline.src.monitoring.tally_document import part_document, segment_document
from mlops_pipeline.src.monitoring.windows import Window, by_span, segments_by_span
from mlops_pipeline.traffic import counted_window, recent_days
from mlops_pipeline.watching import Watch

logger = logging.getLogger(__name__)

_HISTORY = TypeAdapter(History)
_PLAN = TypeAdapter(tuple[Action, ...])

Body = Mapping[str, Any]


class Answers:
    """Answers about one model's traffic."""

    def __init__(self, watch: Watch, counts: Callable[[], CountsStore] | None) -> None:
        """Take the model and who opens the kept counts; None: there is no log."""
        self._watch = watch
        self._counts = counts
        self._remembered = Remembered()
        self._now: tuple[tuple[Meant, int | None], DriftReport] | None = None

    def drift(self, asked: Asked) -> bytes:
        """Give a window's drift and the plan.

        Raises:
            Refused: there is no such segment (422), or no log (503).
            LogUnavailableError: the log's database cannot be read now, and it is needed.
            UnknownLogSchemaError: it holds tables that this program does not know.

        """
        return self._answer("drift", asked, self._drift)

    def history(self, asked: Asked) -> bytes:
        """Give a window's drift over time; raises like `drift`."""
        return self._answer("history", asked, self._history)

    def counts(self, asked: Asked) -> bytes:
        """Give the kept counts of some days; raises like `drift`."""
        return self._answer("counts", replace(asked, source=Source.TRAFFIC), self._kept)

    def watched_now(self) -> tuple[Source, DriftReport, Progress | None]:
        """Give what is watched by default, for the metrics; raises like `drift`."""
        log = self._log()
        meant = Meant.of(Asked(None, None, None, None, None, Span.MONTH), log.default)
        key = (meant, None if log.progress is None else log.progress.revision)
        if self._now is None or self._now[0] != key:
            self._now = key, self._watch.report(self._chosen(meant))
        return meant.source, self._now[1], log.progress

    def _log(self) -> LogState:
        """Tell how far the log is counted, and which window is the default one."""
        if self._counts is None:
            return LogState()
        days = recent_days(datetime.now(UTC)).labels
        progress, loans = self._counts().progress(self._watch.grid, days)
        return LogState(progress, Source.TRAFFIC if loans >= TRAFFIC_LOANS else Source.OUT_OF_TIME)

    def _log_if_it_answers(self) -> LogState:
        """Tell the same for an answer that does without the log."""
        try:
            return self._log()
        except PredictionLogError as error:
            logger.warning("monitoring_without_log", extra={"detail": str(error)})
            return LogState(default=None)

    def _answer(self, kind: str, asked: Asked, told: Callable[[Meant], Body]) -> bytes:
        """Give what was told of a window before, if nothing changed, and how far it goes now."""
        asked.check(self._watch)
        alone = asked.source is Source.OUT_OF_TIME
        log = self._log_if_it_answers() if alone else self._log()
        meant = Meant.of(asked, log.default)
        if meant.days is not None and kind == "history":
            asked.check_periods(meant.days)
        body = self._remembered.body(
            (kind, meant),
            None if meant.days is None or log.progress is None else log.progress.revision,
            lambda: orjson.dumps(told(meant)),
        )
        return b"".join((body[:-1], b",", orjson.dumps(log.told)[1:]))  # both objects as one

    def _window(self, meant: Meant, *, segments: bool) -> tuple[Window, int]:
        """Give the window that is meant and, of traffic, the revision of its counts (else 0)."""
        if meant.days is None:
            return self._watch.first().between(meant.asked.since, meant.asked.until), 0
        if self._counts is None:
            raise errors.unavailable(messages.LOG_IS_OFF)
        found, progress = counted_window(self._watch, self._counts(), meant.days, segments=segments)
        return published(found), progress.revision

    def _chosen(self, meant: Meant) -> Window:
        """Give the part of the window that is meant."""
        names = meant.asked.tipo_laboral, meant.asked.tipo_credito
        window, _ = self._window(meant, segments=names != (None, None))
        return window.segment(*names)

    def _drift(self, meant: Meant) -> Body:
        """Tell a window's drift; since when it drifts is told by its months."""
        window = self._chosen(meant)
        report = self._watch.report(window)
        since = self._watch.history(window, Span.MONTH).since() if report.drifting else None
        plan = _PLAN.dump_json(recommend(report, since, meant.look))
        return {
            **self._facts(window, meant),
            "report": orjson.Fragment(dump_report(report)),
            "plan": orjson.Fragment(plan),
        }

    def _history(self, meant: Meant) -> Body:
        """Tell a window's course."""
        window, by = self._chosen(meant), meant.asked.by
        history = _HISTORY.dump_json(self._watch.history(window, by))
        return {
            **self._facts(window, meant),
            "by": by.value,
            "history": orjson.Fragment(history),
        }

    def _kept(self, meant: Meant) -> Body:
        """Tell the counts of some days."""
        window, revision = self._window(meant, segments=True)
        by, (since, until) = meant.asked.by, meant.ends
        return {
            "origin": window.origin,
            "model_version": self._watch.version,
            "grid": self._watch.grid,
            "by": by.value,
            "since": since,
            "until": until,
            "rejected": window.rejected,
            "revision": revision,
            "parts": [*map(part_document, by_span(window.parts, by))],
            "segments": [*map(segment_document, segments_by_span(window.segments, by))],
        }

    def _facts(self, window: Window, meant: Meant) -> Body:
        """Say which window is meant."""
        asked, (since, until) = meant.asked, meant.ends
        origin = window.origin
        return {
            "origin": messages.without_traffic(origin) if meant.stands_in else origin,
            "window": meant.source.value,
            "model_version": self._watch.version,
            "since": since,
            "until": until,
            "tipo_laboral": asked.tipo_laboral,
            "tipo_credito": asked.tipo_credito,
            "loans": window.loans,
            "rejected": window.rejected,
        }
