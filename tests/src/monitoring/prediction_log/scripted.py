"""Group commit over a store without a database: what happens is told by the test."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence

from mlops_pipeline import messages
from mlops_pipeline.src.errors import LogUnavailableError, PredictionLogError
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from tests.src.monitoring.prediction_log.support import record

FULL = messages.log_unavailable(messages.DISK_FULL)


class ScriptedStore(PredictionStore):
    """A store without a database: what it does is told by the test."""

    def __init__(self) -> None:
        super().__init__("sqlite:////nowhere/at/all.db")
        self.transactions: list[list[PredictionRecord]] = []
        self.opening: PredictionLogError | None = None
        self.failure: PredictionLogError | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def open(self) -> None:
        if self.opening is not None:
            raise self.opening

    def probe(self) -> None:
        if isinstance(self.failure, LogUnavailableError):
            raise self.failure

    def write(self, records: Sequence[PredictionRecord]) -> None:
        if not records:
            return
        self.entered.set()
        assert self.gate.wait(10)
        if self.failure is not None:
            raise self.failure
        if any(one.inputs == "malo" for one in records):
            raise PredictionLogError(messages.LOG_UNSTORABLE)
        self.transactions.append(list(records))

    def maintain(self) -> None:
        """There is nothing to keep up."""


async def until(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until something is true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.005)


def scripted(
    test: Callable[[GroupCommit, ScriptedStore], Awaitable[None]],
    *,
    store: ScriptedStore | None = None,
    max_pending: int = 2_000,
    on_commit: Callable[[int, float], None] = lambda _records, _seconds: None,
) -> None:
    """Run a test with a writer over a scripted store."""

    async def main() -> None:
        found = store or ScriptedStore()
        log = GroupCommit(
            found,
            max_pending=max_pending,
            stall_seconds=0.4,
            probe_seconds=0.05,
            on_commit=on_commit,
        )
        log.start(asyncio.get_running_loop())
        if found.opening is None:
            await until(lambda: log.writable)
        try:
            await test(log, found)
        finally:
            found.gate.set()
            await log.close()
            for thread in threading.enumerate():
                if thread.name == "prediction-log":
                    await asyncio.to_thread(thread.join, 5)

    asyncio.run(main())


async def held(log: GroupCommit, store: ScriptedStore) -> asyncio.Future[None]:
    """Submit a record on which the thread then hangs."""
    store.gate.clear()
    store.entered.clear()
    future = log.submit([record()])
    await until(store.entered.is_set)
    return future
