"""Who waits for a commit without a future hears the same: once, in time, whatever others do."""

from __future__ import annotations

import asyncio
import threading

import pytest

from mlops_pipeline import messages
from mlops_pipeline.src.errors import LogUnavailableError, PredictionLogError
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from tests.src.monitoring.prediction_log.scripted import FULL, ScriptedStore, held, scripted, until
from tests.src.monitoring.prediction_log.support import record


class Told:
    """A waiter that notes what it hears, and on which thread; `defect`: raises it then."""

    def __init__(self, defect: Exception | None = None) -> None:
        self.heard: list[PredictionLogError | None] = []
        self.threads: set[threading.Thread] = set()
        self.defect = defect

    def done(self) -> bool:
        return False

    def set_result(self, result: None, /) -> None:
        self.hear(result)

    def set_exception(self, exception: PredictionLogError, /) -> None:
        self.hear(exception)

    def hear(self, came: PredictionLogError | None) -> None:
        self.heard.append(came)
        self.threads.add(threading.current_thread())
        if self.defect is not None:
            raise self.defect


def test_a_waiter_hears_of_the_commit_once_and_on_the_event_loop_s_thread() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        told = [Told(), Told()]
        for one in told:
            log.submit_for([record(), record()], one)
        assert log.pending == 5
        await asyncio.sleep(0.05)
        assert [one.heard for one in told] == [[], []]
        store.gate.set()
        await first
        await until(lambda: log.pending == 0)
        assert [one.heard for one in told] == [[None], [None]]
        assert told[0].threads == told[1].threads == {threading.current_thread()}
        assert [len(one) for one in store.transactions] == [1, 4]

    scripted(test)


def test_a_waiter_is_refused_at_once_or_hears_why_not_each_an_error_of_its_own() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        told = [Told(), Told()]
        for one in told:
            log.submit_for([record()], one)
        late = Told()
        with pytest.raises(LogUnavailableError, match=messages.LOG_QUEUE_FULL):
            log.submit_for([record()], late)
        store.failure = LogUnavailableError(FULL)
        store.gate.set()
        await asyncio.wait([first])
        await until(lambda: log.pending == 0)
        assert str(first.exception()) == FULL
        heard = [*told[0].heard, *told[1].heard]
        assert [(type(one), str(one)) for one in heard] == [(LogUnavailableError, FULL)] * 2
        assert heard[0] is not heard[1]
        with pytest.raises(LogUnavailableError, match="disco"):
            log.submit_for([record()], late)
        assert (late.heard, log.pending) == ([], 0)

    scripted(test, max_pending=3)


def test_a_waiter_that_was_refused_for_its_wait_is_not_written_later() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        hung = await held(log, store)
        told = Told()
        log.submit_for([record(inputs="tarde")], told)
        await until(lambda: bool(told.heard))
        assert str(told.heard[0]) == messages.log_stalled(0.4)
        store.gate.set()
        await until(lambda: log.writable)
        await log.submit([record()])
        assert [len(one) for one in store.transactions] == [1, 1]
        assert all(one.inputs != "tarde" for many in store.transactions for one in many)
        assert len(told.heard) == 1
        assert isinstance(hung.exception(), LogUnavailableError)

    scripted(test)


@pytest.mark.parametrize("failure", [None, LogUnavailableError(FULL)])
def test_a_waiter_s_defect_is_told_and_keeps_nobody_else_waiting(
    failure: LogUnavailableError | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        first = await held(log, store)
        broken, told = Told(ZeroDivisionError()), Told()
        for one in (broken, told):
            log.submit_for([record()], one)
        last = log.submit([record()])
        store.failure = failure
        store.gate.set()
        await asyncio.wait([first, last])
        assert str(last.exception()) == str(failure)
        assert [len(one.heard) for one in (broken, told)] == [1, 1]
        assert str(told.heard[0]) == str(failure)  # and not that it waited too long
        assert log.pending == 0
        store.failure = None

    scripted(test)
    told = [one for one in caplog.records if one.name == "asyncio"]
    assert [one.exc_info is not None and one.exc_info[0] for one in told] == [ZeroDivisionError]


def test_closing_tells_the_waiters() -> None:
    async def test(log: GroupCommit, store: ScriptedStore) -> None:
        hung = await held(log, store)
        told = Told()
        log.submit_for([record()], told)
        await log.close()
        assert [type(one) for one in told.heard] == [LogUnavailableError]
        assert isinstance(hung.exception(), LogUnavailableError)
        with pytest.raises(LogUnavailableError, match=messages.LOG_CLOSED):
            log.submit_for([record()], told)

    scripted(test)
