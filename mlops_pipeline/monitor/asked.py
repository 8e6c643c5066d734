"""What is asked about: which window, which days, which segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from mlops_pipeline.api import errors
from mlops_pipeline.src.monitoring.aggregates import SEGMENT_BY
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.traffic import Days, recent_days
from mlops_pipeline.watching import Watch


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
        """Give the days of arrival that are meant; without any they are the last 30."""
        recent = recent_days(now or datetime.now(UTC))
        last = self.until or max(recent.last, self.since or recent.last)
        return Days(self.since or min(recent.first, last), last)


def _date(text: str | None) -> date | None:
    """Read a day."""
    return None if text is None else date.fromisoformat(text)
