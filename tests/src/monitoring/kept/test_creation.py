"""Two programs that begin to count at the same moment: one creates, the other finds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from mlops_pipeline.src.monitoring.kept import store as stores
from mlops_pipeline.src.monitoring.kept.counter import LogCounter
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.kept.tables import META, POSITIONS, SCHEMA
from mlops_pipeline.src.monitoring.prediction_log.schema import Schema
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from tests.src.monitoring.kept.support import counts, fill, kept, recount
from tests.src.monitoring.support import reference

OPENERS = 3
GRID = reference().grid


def together(look: Callable[..., Any]) -> tuple[Callable[..., Any], list[Any]]:
    """Let each thread wait, once it has looked the first time, until all have looked.

    Gives the function to use in place of `look`, and what the threads saw then.
    """
    barrier, own, seen = threading.Barrier(OPENERS, timeout=30), threading.local(), []

    def looked(*args: Any) -> Any:
        found = look(*args)
        if not hasattr(own, "waited"):
            own.waited = True
            seen.append(found)
            barrier.wait()
        return found

    return looked, seen


def rows(store: CountsStore, table: Any) -> int:
    """Count a table's rows."""
    with store._backend.reader.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def test_all_find_the_tables_missing_and_one_creates_them(
    url: str, log: PredictionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Schema.seems_known
    looked, seen = together(lambda connection: look(SCHEMA, connection))
    monkeypatch.setattr(Schema, "seems_known", lambda _, connection: looked(connection))
    several = [CountsStore(url) for _ in range(OPENERS)]
    with ThreadPoolExecutor(OPENERS) as pool:
        assert [*pool.map(CountsStore.open, several)] == [True] * OPENERS
    assert seen == [False] * OPENERS
    assert rows(several[0], META) == 1
    for store in several:
        store.close()


def test_all_find_no_position_and_go_on_from_one(
    url: str, log: PredictionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log, 30, 1, days_ago=2)
    looked, seen = together(stores._position)
    with counts(url) as one, counts(url) as two, counts(url) as three:
        several = (one, two, three)
        with monkeypatch.context() as patch, ThreadPoolExecutor(OPENERS) as pool:
            patch.setattr(stores, "_position", looked)
            found = [*pool.map(lambda store: store.begin(GRID.fingerprint), several)]
        assert seen == [None] * OPENERS
        assert len(set(found)) == 1
        assert rows(one, POSITIONS) == 1
        counters = [LogCounter(store, GRID) for store in several]
        while sum(counter.step(20).more for counter in counters):
            pass
        assert kept(one, GRID)[1] == recount(log, GRID)
