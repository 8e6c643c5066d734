"""What is asked about: which window, which days, which segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from mlops_pipeline.api import errors
from mlops_pipeline.src.monitoring.aggregates import SEGMENT_BY
from mlops_pipeline.src.monitoring.looks import (
    Look,
    look_at_default,
    look_at_log_from,
    look_nowhere,
)
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.traffic import Days, days_until, recent_days
from mlops_pipeline.watching import Watch

# A comparison takes about 40 ms: a year of days is answered in a quarter of a minute.
MOST_PERIODS = 400
_LEAST_DAYS = {Span.DAY: 1, Span.WEEK: 7, Span.MONTH: 28}


class Source(StrEnum):
    """Where a window's loans come from."""

    OUT_OF_TIME = "out_of_time"
    TRAFFIC = "traffic"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; None: not said.

    Attributes:
        source: None: whichever is the default.

    """

    source: Source | None
    since: date | None
    until: date | None
    tipo_laboral: str | None
    tipo_credito: str | None
    by: Span

    @staticmethod
    def of(job: Mapping[str, Any]) -> Asked:
        """Read a job of the service, which has checked it."""
        window = job.get("window", "auto")
        return Asked(
            source=None if window == "auto" else Source(window),
            since=_date(job.get("since")),
            until=_date(job.get("until")),
            tipo_laboral=job.get("tipo_laboral"),
            tipo_credito=job.get("tipo_credito"),
            by=Span(job.get("by", Span.MONTH)),
        )

    def check(self, watch: Watch) -> None:
        """Check that the segment exists.

        Raises:
            Refused: it does not (422).

        """
        for name, came in zip(SEGMENT_BY, (self.tipo_laboral, self.tipo_credito), strict=True):
            allowed = watch.categories(name)
            if came is not None and came not in allowed:
                raise errors.bad_choice(name, came, allowed)

    def traffic_days(self, now: datetime | None = None) -> Days:
        """Give the days of arrival that are meant: up to today, and 30 of them, if not said."""
        today = recent_days(now or datetime.now(UTC)).last
        last = self.until or max(today, self.since or today)
        return Days(self.since or days_until(last).first, last)

    def check_periods(self, days: Days) -> None:
        """Check that a course over these days ends in time.

        Raises:
            Refused: it would have too many periods (422).

        """
        number = (days.last - days.first).days + 1
        if number > MOST_PERIODS * _LEAST_DAYS[self.by]:
            raise errors.history_too_long(number, self.by.value, MOST_PERIODS)


@dataclass(frozen=True, slots=True)
class Meant:
    """A question of which nothing is left open.

    Attributes:
        days: of traffic, the days of arrival; None: it is asked for the out-of-time period.
        is_default: whether that period is what is watched by default: there is too little traffic.

    """

    asked: Asked
    source: Source
    days: Days | None
    is_default: bool

    @staticmethod
    def of(asked: Asked, default: Source | None) -> Meant:
        """Say what is meant where such a window is the default (None: that is not known)."""
        source = asked.source or default or Source.OUT_OF_TIME
        days = asked.traffic_days() if source is Source.TRAFFIC else None
        return Meant(asked, source, days, is_default=source is default is Source.OUT_OF_TIME)

    @property
    def stands_in(self) -> bool:
        """Tell whether out-of-time is shown although nobody asked for it by name."""
        return self.is_default and self.asked.source is None

    @property
    def look(self) -> Look:
        """The commands that show these loans; there is none for a part of them."""
        asked = self.asked
        if (asked.tipo_laboral, asked.tipo_credito, asked.until) != (None, None, None):
            return look_nowhere
        if self.days is not None:
            return look_at_log_from(self.days.labels[0])
        return look_at_default if self.is_default and asked.since is None else look_nowhere

    @property
    def ends(self) -> tuple[str | None, str | None]:
        """The first and the last day as they are written; None: open."""
        if self.days is not None:
            return self.days.labels
        return _shown(self.asked.since), _shown(self.asked.until)


def _shown(day: date | None) -> str | None:
    """Write a day."""
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    """Read a day."""
    return None if text is None else date.fromisoformat(text)
