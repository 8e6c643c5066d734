"""How far the log is counted, as every answer says it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mlops_pipeline.monitor.asked import Source
from mlops_pipeline.src.monitoring.kept.records import Progress

_NOTHING = Progress(None, None, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class LogState:
    """How far the log is counted, and which window is watched by default.

    Attributes:
        progress: None: there is no log, or nothing is known of it.
        default: None: it depends on the log, whose database does not answer.

    """

    progress: Progress | None = None
    default: Source | None = Source.OUT_OF_TIME

    @property
    def told(self) -> dict[str, Any]:
        """The fields that tell it; without a log there is nothing to count."""
        progress = self.progress or _NOTHING
        return {
            "counted_until": _moment(progress.counted_until),
            "counted_from": _moment(progress.counted_from),
            "pending": None if self.default is None else progress.pending,
            "default_window": None if self.default is None else self.default.value,
        }


def _moment(moment: datetime | None) -> str | None:
    """Write a moment (UTC)."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
