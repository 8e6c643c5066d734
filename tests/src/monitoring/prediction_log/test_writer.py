"""Group commit: nothing is acknowledged that is not committed, and nobody waits without end."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from mlops_pipeline import messages
from mlops_pipeline.src.errors import (
    LogUnavailableError,
    PredictionLogError,
    UnknownLogSchemaError,
)
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from tests.src.monitoring.prediction_log.scripted import FULL, ScriptedStore, held, scripted, until
from tests.src.monitoring.prediction_log.support import all_rows, opened, record


def test_what_comes_during_a_transaction_is_the_next_one() -> None:
    seen: list[int] = []

    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        others = [log.submit([record(), record()]) for _ in range(10)]
        assert log.pending == 21
        store.gate.set()
        await asyncio.gather(first, *others)
        assert [len(one) for one in store.transactions] == [1, 20]
        assert log.pending == 0
        await until(lambda: seen == [1, 20])

    scripted(test, on_commit=lambda records, _seconds: seen.append(records))


def test_a_result_comes_only_after_the_commit() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        future = await held(log, store)
        await asyncio.sleep(0.1)
        assert not future.done()
        store.gate.set()
        await future
        assert len(store.transactions) == 1

    scripted(test)


def test_a_full_queue_refuses_at_once() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        second = log.submit([record() for _ in range(5)])
        with pytest.raises(LogUnavailableError) as caught:
            log.submit([record()])
        assert str(caught.value) == messages.LOG_QUEUE_FULL
        store.gate.set()
        await asyncio.gather(first, second)
        await log.submit([record()])

    scripted(test, max_pending=6)


def test_a_failed_transaction_fails_all_of_its_futures_and_then_it_recovers_by_itself() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        others = [log.submit([record()]) for _ in range(3)]
        store.failure = LogUnavailableError(FULL)
        store.gate.set()
        results = await asyncio.gather(first, *others, return_exceptions=True)
        assert [(type(one), str(one)) for one in results] == [(LogUnavailableError, FULL)] * 4
        assert len({id(one) for one in results}) == 4
        assert (log.writable, log.reason, log.pending) == (False, FULL, 0)
        with pytest.raises(LogUnavailableError) as caught:
            log.submit([record()])
        assert str(caught.value) == FULL
        store.failure = None
        await until(lambda: log.writable)
        await log.submit([record()])

    scripted(test)


def test_a_hung_database_fails_what_waits_and_then_everything_at_once() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        began = time.monotonic()
        first = await held(log, store)
        second = log.submit([record()])
        for future in (first, second):
            with pytest.raises(LogUnavailableError) as caught:
                await future
            assert str(caught.value) == messages.log_stalled(0.4)
        assert 0.35 < time.monotonic() - began < 2
        assert (log.writable, log.reason, log.pending) == (False, messages.log_stalled(0.4), 0)
        with pytest.raises(LogUnavailableError):
            log.submit([record()])
        store.gate.set()
        await until(lambda: log.writable)
        await log.submit([record()])
        # The one that hung was written in the end; the one that only waited was not.
        assert [len(one) for one in store.transactions] == [1, 1]

    scripted(test)


def test_a_client_that_is_gone_breaks_nothing() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        gone, stays = log.submit([record()]), log.submit([record()])
        first.cancel()
        gone.cancel()
        store.gate.set()
        await stays
        assert [len(one) for one in store.transactions] == [1, 1]
        assert (log.pending, log.writable) == (0, True)
        await asyncio.sleep(0.5)
        assert log.writable

    scripted(test)


def test_a_record_that_cannot_be_stored_fails_alone() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        good = log.submit([record()])
        bad = log.submit([record(), record(inputs="malo")])
        other = log.submit([record()])
        store.gate.set()
        await asyncio.gather(first, good, other)
        with pytest.raises(PredictionLogError) as caught:
            await bad
        assert str(caught.value) == messages.LOG_UNSTORABLE
        assert not isinstance(caught.value, LogUnavailableError)
        assert [len(one) for one in store.transactions] == [1, 1, 1]
        assert log.writable

    scripted(test)


def test_closing_writes_what_waits_and_refuses_what_comes() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        others = [log.submit([record() for _ in range(600)]) for _ in range(3)]
        closing = asyncio.ensure_future(log.close())
        await asyncio.sleep(0)
        with pytest.raises(LogUnavailableError) as caught:
            log.submit([record()])
        assert str(caught.value) == log.reason == messages.LOG_CLOSED
        store.gate.set()
        await closing
        await asyncio.gather(first, *others)
        assert sum(len(one) for one in store.transactions) == 1_801
        await log.close()

    scripted(test)


def test_closing_gives_up_a_hung_database() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        future = await held(log, store)
        await log.close()
        with pytest.raises(LogUnavailableError):
            await future

    scripted(test)


def test_a_writer_that_was_not_started_refuses() -> None:
    async def main() -> None:
        log = GroupCommit(ScriptedStore())
        assert log.reason == messages.LOG_OPENING
        with pytest.raises(LogUnavailableError):
            log.submit([record()])
        await log.close()

    asyncio.run(main())


def test_a_thread_without_an_event_loop_is_a_defect_under_any_option() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        GroupCommit(ScriptedStore())._report([], None)


def test_a_database_that_is_away_at_the_start_is_opened_later() -> None:
    store = ScriptedStore()
    store.opening = LogUnavailableError(FULL)

    async def test(log: GroupCommit, _store: ScriptedStore) -> None:
        await until(lambda: log.reason == FULL)
        store.opening = None
        await until(lambda: log.writable)
        await log.submit([record()])

    scripted(test, store=store)


def test_tables_that_it_does_not_know_are_a_reason_for_good() -> None:
    store = ScriptedStore()
    store.opening = UnknownLogSchemaError("otra versión")

    async def test(log: GroupCommit, _store: ScriptedStore) -> None:
        await until(lambda: log.reason == "otra versión")
        store.opening = None
        await asyncio.sleep(0.2)
        assert (log.writable, log.reason) == (False, "otra versión")
        with pytest.raises(LogUnavailableError):
            log.submit([record()])

    scripted(test, store=store)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_of_a_defect_is_noticed() -> None:
    class BrokenStore(ScriptedStore):
        def maintain(self) -> None:
            raise ZeroDivisionError

    async def test(log: GroupCommit, _store: ScriptedStore) -> None:
        await log.submit([record()])
        await until(lambda: log.reason == messages.LOG_STOPPED)

    scripted(test, store=BrokenStore())


def test_an_event_loop_that_ended_without_closing_ends_the_thread() -> None:
    store = ScriptedStore()
    log = GroupCommit(store)
    before = set(threading.enumerate())

    async def main() -> None:
        log.start(asyncio.get_running_loop())
        await until(lambda: log.writable)
        await held(log, store)

    asyncio.run(main())
    (thread,) = set(threading.enumerate()) - before
    store.gate.set()
    thread.join(5)
    assert not thread.is_alive()


def test_many_clients_over_a_real_database(url: str) -> None:
    acknowledged: list[str] = []

    async def main(store: PredictionStore) -> None:
        log = GroupCommit(store)
        log.start(asyncio.get_running_loop())
        await until(lambda: log.writable)

        async def client() -> None:
            for size in (1, 3, 1, 70, 1):
                records = [record() for _ in range(size)]
                await log.submit(records)
                acknowledged.extend(one.prediction_id for one in records)

        await asyncio.gather(*(client() for _ in range(20)))
        await log.close()

    with opened(url) as store:
        asyncio.run(main(store))
        stored = [row.prediction_id for row in all_rows(store)]
    assert sorted(stored) == sorted(acknowledged)
    assert len(stored) == 20 * 76
