"""A window of loans: counted periods and their segments, from which longer ones are made."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import SECONDS_PER_DAY
from mlops_pipeline.src.monitoring.periods import PeriodTally, SegmentTally, Span, period_labels
from mlops_pipeline.src.monitoring.tally import Tally

_DAY = len("YYYY-MM-DD")


@dataclass(frozen=True, slots=True)
class Window:
    """Loans of a stated origin, counted by day (or, from a bundle, by month).

    Attributes:
        origin: where they come from, in words.
        parts: in order of time; over the grid, or all over its coarse grid.
        segments: the same loans by tipo_laboral and tipo_credito, over the coarse grid.
        rejected: rows of the whole file, or of the log, that cannot be used.

    """

    origin: str
    parts: tuple[PeriodTally, ...]
    segments: tuple[SegmentTally, ...] = ()
    rejected: int = 0

    @property
    def loans(self) -> int:
        """The number of loans."""
        return sum(part.tally.loans for part in self.parts)

    def segment(self, tipo_laboral: str | None, tipo_credito: str | None) -> Window:
        """Give the loans of a segment, over the coarse grid; None: whichever.

        Without any choice it is this window itself. What a bundle joined as «otros» is in no
        other segment.
        """
        if tipo_laboral is None and tipo_credito is None:
            return self
        chosen = tuple(
            one
            for one in self.segments
            if tipo_laboral in (None, one.tipo_laboral) and tipo_credito in (None, one.tipo_credito)
        )
        origin = messages.segment_window(self.origin, tipo_laboral, tipo_credito)
        parts = _summed((one.period, one.model_version, one.tally) for one in chosen)
        return replace(self, origin=origin, parts=parts, segments=chosen)

    def between(self, first: date | None, last: date | None) -> Window:
        """Give the periods that have a day from the first to the last one; None: open."""

        def touches(period: str) -> bool:
            return _touches(period, first or date.min, last or date.max)

        return replace(
            self,
            parts=tuple(one for one in self.parts if touches(one.period)),
            segments=tuple(one for one in self.segments if touches(one.period)),
        )


def joined(origin: str, windows: Sequence[Window]) -> Window:
    """Give several windows' loans as one; all are counted by day."""
    return Window(
        origin,
        by_span((part for one in windows for part in one.parts), Span.DAY),
        segments_by_span((part for one in windows for part in one.segments), Span.DAY),
        sum(one.rejected for one in windows),
    )


def _touches(period: str, first: date, last: date) -> bool:
    """Tell whether a period has a day in a range."""
    begins, ends = period_days(period)
    return begins <= last and ends >= first


def period_days(period: str) -> tuple[date, date]:
    """Give a period's first and last day.

    >>> period_days("2025-W01")[1], period_days("2025-02/2025-03")[1]
    (datetime.date(2025, 1, 5), datetime.date(2025, 3, 31))
    """
    begin, _, end = period.partition("/")
    return _days(begin)[0], _days(end or begin)[1]


def _days(period: str) -> tuple[date, date]:
    """Give the first and the last day of a period that is not joined."""
    if "W" in period:
        year, _, week = period.partition("-W")
        monday = date.fromisocalendar(int(year), int(week), 1)
        return monday, monday + timedelta(days=6)
    if len(period) == _DAY:
        day = date.fromisoformat(period)
        return day, day
    first = date.fromisoformat(f"{period}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def by_span(parts: Iterable[PeriodTally], span: Span) -> tuple[PeriodTally, ...]:
    """Add up days to longer periods, model by model; what is longer than a day stays as it is."""
    return _summed((_longer(p.period, span), p.model_version, p.tally) for p in parts)


def segments_by_span(parts: Iterable[SegmentTally], span: Span) -> tuple[SegmentTally, ...]:
    """Add up segments' days to longer periods, model by model."""
    found: dict[tuple[str, str, str, str], Tally] = {}
    for one in parts:
        key = (
            _longer(one.period, span),
            one.model_version or "",
            one.tipo_laboral,
            one.tipo_credito,
        )
        found[key] = found[key] + one.tally if key in found else one.tally
    return tuple(
        SegmentTally(period, work, credit, found[period, version, work, credit], version or None)
        for period, version, work, credit in sorted(found)
    )


def _longer(period: str, span: Span) -> str:
    """Give the longer period that a day is in, or that all of joined days are in."""
    begin, _, end = period.partition("/")
    if len(begin) != _DAY or span is Span.DAY:
        return period
    if end:
        first, last = _longer(begin, span), _longer(end, span)
        return first if first == last else period
    day = np.datetime64(period, "D").astype(np.int64) * SECONDS_PER_DAY
    return str(period_labels(np.array([day]), span)[0])


def _summed(parts: Iterable[tuple[str, str | None, Tally]]) -> tuple[PeriodTally, ...]:
    """Add up tallies by period and model, in order."""
    found: dict[tuple[str, str], Tally] = {}
    for period, version, tally in parts:
        key = (period, version or "")
        found[key] = found[key] + tally if key in found else tally
    return tuple(
        PeriodTally(period, found[period, version], version or None)
        for period, version in sorted(found)
    )
