"""Windows of real traffic from the kept counts; only what these lack is read of the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import COLOMBIA
from mlops_pipeline.src.monitoring.kept.records import Progress
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.levels import TRAFFIC_DAYS
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.windows import Window, joined
from mlops_pipeline.watching import Watch

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """Days of arrival in Colombia, the first and the last included."""

    first: date
    last: date

    @property
    def labels(self) -> tuple[str, str]:
        """The two ends as the counts name them."""
        return self.first.isoformat(), self.last.isoformat()


def recent_days(now: datetime) -> Days:
    """Give the days that tell whether there is enough real traffic; today is the last one."""
    return days_until(now.astimezone(COLOMBIA).date())


def days_until(last: date) -> Days:
    """Give as many days, the last of which is this one."""
    earlier = (TRAFFIC_DAYS - 1) * _DAY
    return Days(max(last, date.min + earlier) - earlier, last)


def counted_window(
    watch: Watch, counts: CountsStore, days: Days, *, segments: bool = True
) -> tuple[Window, Progress]:
    """Give what was counted of some days, and how far the counting is.

    Raises:
        LogUnavailableError: the database cannot be read now.
        WindowError: the counts are damaged.

    """
    kept = counts.read(watch.grid, days.labels, segments=segments)
    origin = messages.traffic_window(days.first, days.last)
    return Window(origin, kept.parts, kept.segments, kept.rejected), kept.progress


def logged_since(
    watch: Watch, log: PredictionStore, counts: CountsStore | None, since: datetime
) -> Window:
    """Give the loans that arrived since a moment (aware): counted ones where these are complete.

    Then only the part of the first day and what is not counted yet are read of the log; else
    everything is. The sums are the same.

    Raises:
        LogUnavailableError: the log cannot be read.
        WindowError: the counts are damaged.

    """
    if counts is None:
        return watch.log(log, since)
    midnight = _midnight(since)
    kept = counts.read(watch.grid, (midnight.date().isoformat(), None))
    progress = kept.progress
    late = progress.counted_from is not None and progress.counted_from > since
    if progress.counted_until is None or late:
        return watch.log(log, since)
    origin = messages.log_window(since)
    return joined(
        origin,
        (
            watch.log(log, since, until=midnight, rows=(0, progress.high)),
            Window(origin, kept.parts, kept.segments, kept.rejected),
            watch.log(log, since, rows=(progress.high, None)),
        ),
    )


def _midnight(moment: datetime) -> datetime:
    """Give the Colombian midnight that a moment is, or else the next one."""
    local = moment.astimezone(COLOMBIA)
    begun = datetime.combine(local.date(), time(), COLOMBIA)
    return begun if begun == local else begun + _DAY
