"""How far the log is counted, as a person is told: never further than it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mlops_pipeline.src.monitoring.kept.records import Position, progress_of
from mlops_pipeline.src.monitoring.prediction_log.store import DISORDER_MS

NOW = datetime(2026, 11, 28, 15, tzinfo=UTC)
NEWEST = NOW - timedelta(minutes=10)
OLDEST = NOW - timedelta(days=3)
DISORDER = timedelta(milliseconds=DISORDER_MS)


def position(high: int, low: int = 0, newest: datetime | None = NEWEST) -> Position:
    """Give a position of rows up to `high` and above `low`."""
    ends = (None, None) if newest is None else (newest, OLDEST)
    newest_ms, oldest_ms = (None if one is None else int(one.timestamp() * 1_000) for one in ends)
    return Position(high, low, newest_ms, oldest_ms, 7)


def test_where_no_row_waits_all_up_to_now_is_counted() -> None:
    found = progress_of(position(50), (1, 50), NOW)
    assert (found.counted_until, found.counted_from, found.pending) == (NOW, None, 0)
    assert (found.high, found.revision) == (50, 7)


@pytest.mark.parametrize(
    ("newest", "until"),
    [
        (NEWEST, NEWEST - DISORDER),
        (NOW + DISORDER / 2, NOW - DISORDER / 2),
        (NOW + timedelta(days=1), NOW),  # another machine's clock is ahead: never beyond now
    ],
)
def test_where_rows_wait_it_is_a_while_before_the_newest_counted_one(
    newest: datetime, until: datetime
) -> None:
    found = progress_of(position(50, newest=newest), (1, 53), NOW)
    assert found.counted_until == until
    assert found.pending == 3


def test_rows_that_wait_before_any_was_counted() -> None:
    found = progress_of(position(0, newest=None), (1, 4), NOW)
    assert (found.counted_until, found.pending) == (None, 4)
    unknown = progress_of(None, (3, 12), NOW)
    assert (unknown.counted_until, unknown.counted_from, unknown.pending) == (None, None, 10)
    assert progress_of(None, (None, None), NOW).pending == 0


def test_what_is_older_and_waits_is_said() -> None:
    found = progress_of(position(50, low=20), (5, 50), NOW)
    assert found.counted_until == NOW
    assert found.counted_from == OLDEST + DISORDER
    assert found.pending == 16
    begun = progress_of(position(50, low=50, newest=None), (1, 50), NOW)
    assert (begun.counted_from, begun.pending) == (NOW, 50)


def test_rows_that_are_gone_are_not_waited_for() -> None:
    assert progress_of(position(50, low=20), (21, 50), NOW).counted_from is None
    emptied = progress_of(position(50, low=20), (None, None), NOW)
    assert (emptied.counted_until, emptied.counted_from, emptied.pending) == (NOW, None, 0)
