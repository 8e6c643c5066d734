"""What the kept counts hold, and how far the log is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mlops_pipeline.src.monitoring.periods import PeriodTally, SegmentTally
from mlops_pipeline.src.monitoring.prediction_log.store import DISORDER_MS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """How far the log is counted over a grid: rows with `low` < seq <= `high` are.

    Attributes:
        newest_ms, oldest_ms: of the rows that were counted, ms since 1970 (UTC).
        revision: grows with each change.

    """

    high: int
    low: int
    newest_ms: int | None
    oldest_ms: int | None
    revision: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the counts go, as a person is told.

    Attributes:
        counted_until: all that was logged up to here is counted, as far as `counted_from` goes
            back; None: nothing is counted yet.
        counted_from: what was logged before is yet to be counted; None: nothing is left.
        pending: logged loans that are not counted, at the most (numbers of the log that were
            never used count too).
        high: the last row that was counted; rows behind it are yet to be.
        revision: grows with each change of the counts.

    """

    counted_until: datetime | None
    counted_from: datetime | None
    pending: int
    high: int
    revision: int


def progress_of(
    position: Position | None, ends: tuple[int | None, int | None], now: datetime
) -> Progress:
    """Tell how far the counts go; `ends`: the log's lowest and highest number, None: it is empty.

    Where no row waits, everything up to now is counted, which is a moment before the ends were
    read; else what came so much earlier than the newest counted row that none came after it.
    """
    lowest, highest = ends
    if position is None:
        pending = 0 if lowest is None or highest is None else highest - lowest + 1
        return Progress(None, None, pending, 0, 0)
    above = 0 if highest is None else max(highest - position.high, 0)
    below = 0 if lowest is None else max(position.low - lowest + 1, 0)
    return Progress(
        counted_until=_until(position, above, now),
        counted_from=_from(position, now) if below else None,
        pending=above + below,
        high=position.high,
        revision=position.revision,
    )


def _until(position: Position, above: int, now: datetime) -> datetime | None:
    """Give the moment up to which what came is counted."""
    if not above:
        return now
    if position.newest_ms is None:
        return None
    return min(now, _moment(position.newest_ms) - timedelta(milliseconds=DISORDER_MS))


def _from(position: Position, now: datetime) -> datetime:
    """Give the moment from which on all is counted."""
    return (
        now
        if position.oldest_ms is None
        else _moment(position.oldest_ms) + timedelta(milliseconds=DISORDER_MS)
    )


def _moment(ms: int) -> datetime:
    """Give a moment of ms since 1970."""
    return _EPOCH + timedelta(milliseconds=ms)


@dataclass(frozen=True, slots=True)
class Kept:
    """The kept counts of some days, in order, as of one moment."""

    progress: Progress
    parts: tuple[PeriodTally, ...]
    segments: tuple[SegmentTally, ...]
    rejected: int
