"""All that a running service works with, made when it starts and ended when it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from mlops_pipeline import messages
from mlops_pipeline.api.counting import Counting
from mlops_pipeline.api.keys import Keys
from mlops_pipeline.api.lanes import Lane, Words
from mlops_pipeline.api.metrics import Metrics
from mlops_pipeline.api.orphans import end_with_parent
from mlops_pipeline.api.reload import watch
from mlops_pipeline.api.service import Loading, Serving
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.errors import PredictionLogError
from mlops_pipeline.src.monitoring.kept.turn import counting_turn
from mlops_pipeline.src.monitoring.prediction_log.retention import delete_expired
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit

logger = logging.getLogger(__name__)

MONITOR = "mlops_pipeline.monitor.process"
_MONITORING = Words(messages.MONITOR_STALLED, messages.MONITOR_ENDED)
NOTE_SECONDS = 1.0
OPEN_SECONDS = 2.0

# Until the next look for expired predictions: all are gone; more of them wait; the log is away.
RETENTION_SECONDS = 3_600.0
BACKLOG_SECONDS = 1.0
RETRY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Log:
    """The prediction log: who writes it and where it is."""

    writer: GroupCommit
    store: PredictionStore


@dataclass(frozen=True, slots=True)
class State:
    """The service's parts; without `log` no prediction is stored.

    `stopped`: the names of the background tasks that died of a defect.
    """

    serving: Serving
    log: Log | None
    metrics: Metrics
    keys: Keys
    batches: Lane
    files: Lane
    monitoring: Lane
    stopped: list[str] = field(default_factory=list)

    def missing(self) -> list[str]:
        """Say what stands between the service and a prediction."""
        found = []
        if self.serving.deployment is None:
            found.append(self.serving.reason or messages.NO_MODEL)
        if self.log is not None and not self.log.writer.writable:
            found.append(self.log.writer.reason or messages.LOG_NOT_WRITABLE)
        return found

    def complaints(self) -> list[str]:
        """Say what is wrong although predictions are made."""
        found = [messages.task_stopped(name) for name in self.stopped]
        if self.serving.deployment is not None and self.serving.reason:
            found.insert(0, self.serving.reason)
        return found

    def note(self) -> None:
        """Let the metrics know the present state."""
        writer = None if self.log is None else self.log.writer
        self.metrics.state(
            self.serving.version,
            0 if writer is None else writer.pending,
            writable=writer is None or writer.writable,
        )


@asynccontextmanager
async def running(settings: Settings, metrics: Metrics, keys: Keys) -> AsyncIterator[State]:
    """Start the service's parts; end them at the end."""
    serving = Serving(await run_in_threadpool(Loading.attempt, settings.models_dir))
    url = settings.database_url if settings.prediction_log == "durable" else None
    config = {"database_url": url, "log_level": settings.log_level}
    log = None
    if url is not None:
        store = PredictionStore(url)
        log = Log(GroupCommit(store, on_commit=metrics.committed), store)
        log.writer.start(asyncio.get_running_loop())
        await _opened(log.writer)

    def complaint() -> str | None:
        return None if log is None else log.writer.reason

    batches = Lane("batches", config, complaint, metrics.committed)
    files = Lane("files", config, complaint, metrics.committed)
    monitoring, counter = (
        Lane(name, config, _nothing, metrics.committed, MONITOR, _MONITORING)
        for name in ("monitoring", "counter")
    )
    state = State(serving, log, metrics, keys, batches, files, monitoring)
    logger.info("service_started", extra={"version": serving.version, "reason": serving.reason})
    watching = watch(serving, settings.models_dir, settings.model_poll_seconds, metrics.reloaded)
    tasks = [
        _supervised("watch", watching, state.stopped),
        _supervised("metrics", _note(state), state.stopped),
        _supervised("retention", _retain(state, settings.prediction_log_days), state.stopped),
        _supervised("parent", end_with_parent(), state.stopped),
    ]
    if url is not None:
        counting = Counting(counter, serving, counting_turn(url), metrics.drift)
        work = counting.run(settings.monitoring_seconds, settings.monitoring_metrics_seconds)
        tasks.append(_supervised("counting", work, state.stopped))
    try:
        yield state
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        lanes = (state.batches, state.files, state.monitoring, counter)
        await asyncio.gather(*(lane.close() for lane in lanes))
        if log is not None:
            await log.writer.close()
            log.store.close()
        metrics.flush()
        logger.info("service_stopped")


def _nothing() -> None:
    """Complain of nothing: what is counted is read where it can be, and else says why not."""


async def _opened(writer: GroupCommit) -> None:
    """Wait until the log is open or known to be away: the first requests need not be refused."""
    with suppress(TimeoutError):
        async with asyncio.timeout(OPEN_SECONDS):
            while writer.reason == messages.LOG_OPENING:
                await asyncio.sleep(0.002)


async def _note(state: State) -> None:
    """Keep the metrics' view of the present state fresh, for the other workers' sake."""
    while True:
        state.note()
        await asyncio.sleep(NOTE_SECONDS)


async def _retain(state: State, days: int | None) -> None:
    """Delete expired predictions, where they expire at all."""
    if state.log is None or days is None:
        return
    while True:
        await asyncio.sleep(await _expire(state.log.store, days))


async def _expire(store: PredictionStore, days: int) -> float:
    """Delete as much as goes at once of what expired; give the seconds until the next time."""
    now = time.time_ns() // 1_000_000
    try:
        expired = await run_in_threadpool(delete_expired, store, days, now)
    except PredictionLogError:  # why it is away or refused is told where it is opened
        return RETRY_SECONDS
    logger.info("predictions_expired", extra={"deleted": expired.deleted, "days": days})
    return RETENTION_SECONDS if expired.done else BACKLOG_SECONDS


def _supervised(
    name: str, work: Coroutine[None, None, None], stopped: list[str]
) -> asyncio.Task[None]:
    """Start a task of the background; should it die of a defect, say so for good."""

    def ended(task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            stopped.append(name)
            logger.critical("background_task_stopped", extra={"task": name}, exc_info=error)

    task = asyncio.create_task(work, name=name)
    task.add_done_callback(ended)
    return task
