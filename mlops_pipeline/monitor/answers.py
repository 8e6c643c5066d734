"""The answers about drift as JSON: from the kept counts alone, each computed once per change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import orjson
from pydantic import TypeAdapter

from mlops_pipeline import messages
from mlops_pipeline.api import errors
from mlops_pipeline.monitor.asked import Asked, Source
from mlops_pipeline.src.monitoring.documents import CountsDocument
from mlops_pipeline.src.monitoring.history import History
from mlops_pipeline.src.monitoring.kept.records import Progress
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.published import published
from mlops_pipeline.src.monitoring.recommendations import Action, recommend
from mlops_pipeline.src.monitoring.report import DriftReport, dump_report
from mlops_pipeline.src.monitoring.tally_document import part_document, segment_document
from mlops_pipeline.src.monitoring.windows import Window, by_span, segments_by_span
from mlops_pipeline.traffic import counted_window, recent_days
from mlops_pipeline.watching import TRAFFIC_LOANS, Watch

_MOST_KEPT = 64  # answers

_HISTORY = TypeAdapter(History)
_PLAN = TypeAdapter(tuple[Action, ...])

Body = Mapping[str, Any]


class Answers:
    """Answers about one model's traffic; without `counts` there is no log."""

    def __init__(self, watch: Watch, counts: CountsStore | None) -> None:
        self._watch = watch
        self._counts = counts
        self._kept: dict[tuple[object, ...], Body] = {}
        self._now: tuple[tuple[object, ...], DriftReport] | None = None

    def drift(self, asked: Asked) -> bytes:
        """Give a window's drift and the plan.

        Raises:
            Refused: there is no such segment (422), or no log (503).
            LogUnavailableError: the log's database cannot be read now.

        """
        return self._answer("drift", asked, self._drift)

    def history(self, asked: Asked) -> bytes:
        """Give a window's drift over time; raises like `drift`."""
        return self._answer("history", asked, partial(self._history, by=asked.by))

    def counts(self, asked: Asked) -> bytes:
        """Give the kept counts of some days; raises like `drift`."""
        days = asked.traffic_days()
        found, progress = counted_window(self._watch, self._store(), days)
        window = published(found)
        parts, segments = (
            by_span(window.parts, asked.by),
            segments_by_span(window.segments, asked.by),
        )
        return orjson.dumps(
            CountsDocument(
                origin=window.origin,
                model_version=self._watch.version,
                grid=self._watch.grid,
                by=asked.by.value,
                since=days.first,
                until=days.last,
                counted_until=progress.counted_until,
                counted_from=progress.counted_from,
                pending=progress.pending,
                rejected=window.rejected,
                revision=progress.revision,
                parts=tuple(map(part_document, parts)),
                segments=tuple(map(segment_document, segments)),
            ),
            option=orjson.OPT_UTC_Z,
        )

    def watched_now(self) -> tuple[Source, DriftReport, Progress | None]:
        """Give what is watched by default, for the metrics; raises like `drift`."""
        progress, default = self._progress()
        days = recent_days(datetime.now(UTC))
        key = (default, days, None if progress is None else progress.revision)
        if self._now is None or self._now[0] != key:
            asked = Asked(default, None, None, None, None, Span.MONTH)
            self._now = key, self._watch.report(self._window(default, asked))
        return default, self._now[1], progress

    def _store(self) -> CountsStore:
        """Give the kept counts.

        Raises:
            Refused: no log is kept (503).

        """
        if self._counts is None:
            raise errors.unavailable(messages.LOG_IS_OFF)
        return self._counts

    def _progress(self) -> tuple[Progress | None, Source]:
        """Tell how far the log is counted, and which window is the default one."""
        if self._counts is None:
            return None, Source.OUT_OF_TIME
        days = recent_days(datetime.now(UTC)).labels
        progress, loans = self._counts.progress(self._watch.grid, days)
        return progress, Source.TRAFFIC if loans >= TRAFFIC_LOANS else Source.OUT_OF_TIME

    def _answer(self, kind: str, asked: Asked, told: Callable[[Window], Body]) -> bytes:
        """Give what was told of a window before, if nothing changed, and how far it goes now."""
        asked.check(self._watch)
        progress, default = self._progress()
        source = asked.source or default
        days = asked.traffic_days() if source is Source.TRAFFIC else None
        if days is not None and kind == "history":
            asked.check_periods(days)
        revision = None if progress is None or days is None else progress.revision
        key = (kind, source, asked, days, revision)
        body = self._kept.pop(key, None)
        if body is None:
            body = self._told(source, asked, told)
        self._kept[key] = body  # the last one used is the last one to go
        for old in [one for one in self._kept if one[-1] not in (None, revision)]:
            if revision is not None:
                del self._kept[old]
        while len(self._kept) > _MOST_KEPT:
            self._kept.pop(next(iter(self._kept)))
        origin = body["origin"]
        if source is default is Source.OUT_OF_TIME:
            origin = messages.without_traffic(origin)
        said = {**body, "origin": origin, **_how_far(progress)}
        return orjson.dumps({**said, "default_window": default.value})

    def _told(self, source: Source, asked: Asked, told: Callable[[Window], Body]) -> Body:
        """Say a window's facts, and what is told of it."""
        window = self._window(source, asked)
        days = asked.traffic_days() if source is Source.TRAFFIC else None
        first, last = (asked.since, asked.until) if days is None else (days.first, days.last)
        return {
            "origin": window.origin,
            "window": source.value,
            "model_version": self._watch.version,
            "since": _shown(first),
            "until": _shown(last),
            "tipo_laboral": asked.tipo_laboral,
            "tipo_credito": asked.tipo_credito,
            "loans": window.loans,
            "rejected": window.rejected,
            **told(window),
        }

    def _window(self, source: Source, asked: Asked) -> Window:
        """Give the window that is meant."""
        if source is Source.TRAFFIC:
            chosen = (asked.tipo_laboral, asked.tipo_credito) != (None, None)
            found, _ = counted_window(
                self._watch, self._store(), asked.traffic_days(), segments=chosen
            )
            window = published(found)
        else:
            window = self._watch.first().between(asked.since, asked.until)
        return window.segment(asked.tipo_laboral, asked.tipo_credito)

    def _drift(self, window: Window) -> Body:
        """Tell a window's drift; since when it drifts is told by its months."""
        report = self._watch.report(window)
        since = self._watch.history(window, Span.MONTH).since() if report.drifting else None
        plan = _PLAN.dump_json(recommend(report, since))
        return {"report": orjson.Fragment(dump_report(report)), "plan": orjson.Fragment(plan)}

    def _history(self, window: Window, by: Span) -> Body:
        """Tell a window's course."""
        history = self._watch.history(window, by)
        return {"by": by.value, "history": orjson.Fragment(_HISTORY.dump_json(history))}


def _shown(day: date | None) -> str | None:
    """Write a day."""
    return None if day is None else day.isoformat()


def _how_far(progress: Progress | None) -> Body:
    """Say how far the log is counted; without a log there is nothing to count."""
    if progress is None:
        return {"counted_until": None, "counted_from": None, "pending": 0}
    return {
        "counted_until": _moment(progress.counted_until),
        "counted_from": _moment(progress.counted_from),
        "pending": progress.pending,
    }


def _moment(moment: datetime | None) -> str | None:
    """Write a moment (UTC)."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
