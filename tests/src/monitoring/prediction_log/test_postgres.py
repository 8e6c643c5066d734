"""The log on a server that stops, hangs and comes back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from mlops_pipeline import messages
from mlops_pipeline.src.errors import LogUnavailableError
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from tests.postgres import Cluster
from tests.src.monitoring.prediction_log.scripted import until
from tests.src.monitoring.prediction_log.support import all_rows, opened, record

pytestmark = pytest.mark.e2e


async def log_until(log: GroupCommit, acknowledged: list[str], ended: threading.Event) -> int:
    """Log from 16 clients until told to end; count what was refused."""
    refused = 0

    async def client() -> None:
        nonlocal refused
        while not ended.is_set():
            new = record()
            try:
                await log.submit([new])
            except LogUnavailableError:
                refused += 1
                await asyncio.sleep(0.01)
            else:
                acknowledged.append(new.prediction_id)

    await asyncio.gather(*(client() for _ in range(16)))
    return refused


def outage(url: str, break_it: Callable[[], None]) -> None:
    """Break the server under load; nothing acknowledged is lost, and the log recovers."""
    acknowledged: list[str] = []
    ended = threading.Event()

    async def main(store: PredictionStore) -> None:
        loop = asyncio.get_running_loop()
        log = GroupCommit(store, stall_seconds=1.0, probe_seconds=0.1)
        log.start(loop)
        await until(lambda: log.writable)
        load = asyncio.ensure_future(log_until(log, acknowledged, ended))
        await until(lambda: len(acknowledged) > 500)
        with ThreadPoolExecutor(1) as pool:
            await loop.run_in_executor(pool, break_it)
        await until(lambda: log.writable, 15)
        before = len(acknowledged)
        await until(lambda: len(acknowledged) > before + 500)
        ended.set()
        assert await load > 0
        await log.close()

    with opened(url) as store:
        asyncio.run(main(store))
        stored = [row.prediction_id for row in all_rows(store)]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_a_server_stopped_and_started_under_load_loses_nothing(
    cluster: Cluster, postgres_url: str, mode: str
) -> None:
    def break_it() -> None:
        cluster.stop(mode)
        cluster.start()

    outage(postgres_url, break_it)


def test_a_server_that_hangs_under_load_loses_nothing(cluster: Cluster, postgres_url: str) -> None:
    def break_it() -> None:
        with cluster.frozen():
            threading.Event().wait(2)

    outage(postgres_url, break_it)


def test_a_server_that_hangs_fails_what_waits_in_time(cluster: Cluster, postgres_url: str) -> None:
    async def main(store: PredictionStore) -> None:
        log = GroupCommit(store, stall_seconds=0.5, probe_seconds=0.1)
        log.start(asyncio.get_running_loop())
        await until(lambda: log.writable)
        with cluster.frozen():
            with pytest.raises(LogUnavailableError) as caught:
                await asyncio.wait_for(log.submit([record()]), 1.5)
            assert str(caught.value) == log.reason == messages.log_stalled(0.5)
        await until(lambda: log.writable)
        await log.submit([record()])
        await log.close()

    with opened(postgres_url) as store:
        asyncio.run(main(store))


def test_a_server_that_is_away_at_the_start_is_used_once_it_comes(
    cluster: Cluster, postgres_url: str
) -> None:
    cluster.stop()

    async def main() -> None:
        store = PredictionStore(postgres_url)
        log = GroupCommit(store, probe_seconds=0.1)
        log.start(asyncio.get_running_loop())
        away = messages.log_unavailable(messages.DATABASE_UNREACHABLE)
        try:
            await until(lambda: log.reason == away)
        finally:
            await asyncio.to_thread(cluster.start)
        await until(lambda: log.writable)
        await log.submit([record()])
        await log.close()
        store.close()

    asyncio.run(main())


def test_a_connection_that_was_cut_is_made_again_without_a_failure(
    cluster: Cluster, postgres_url: str
) -> None:
    with opened(postgres_url) as store:
        store.write([record()])
        assert len(all_rows(store)) == 1
        cluster.stop("fast")
        cluster.start()
        store.write([record()])
        assert len(all_rows(store)) == 2


@pytest.mark.parametrize(
    "change",
    [("/postgres?", "/ninguna?"), ("postgres@", "nadie@"), ("host=/", "host=/ninguna")],
    ids=["no such base", "no such user", "no server"],
)
def test_a_server_that_refuses_is_a_reason_and_the_logs_say_why(
    postgres_url: str, change: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    store = PredictionStore(postgres_url.replace(*change))
    with pytest.raises(LogUnavailableError) as caught:
        store.open()
    store.close()
    assert str(caught.value) == messages.log_unavailable(messages.DATABASE_UNREACHABLE)
    (line,) = [one for one in caplog.records if one.msg == "prediction_log_unreachable"]
    assert "failed" in line.__dict__["detail"]


def test_a_reader_cannot_write(postgres_url: str) -> None:
    with (
        opened(postgres_url) as store,
        store._backend.reader.connect() as connection,
        pytest.raises(Exception, match="read-only"),
    ):
        connection.exec_driver_sql("DELETE FROM predictions")


def test_every_commit_is_synced_and_has_an_end(postgres_url: str) -> None:
    with opened(postgres_url) as store, store._backend.engine.connect() as connection:
        shown = [
            connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("synchronous_commit", "statement_timeout")
        ]
    assert shown == ["on", "5s"]
