"""Group commit: many requests, one transaction; each is answered once its records are committed.

One thread writes. It takes all that waits, writes it in one transaction and hands all the results
to the event loop in one call; what arrives meanwhile is the next transaction. While it waits for
the disk, the event loop goes on.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from mlops_pipeline import messages
from mlops_pipeline.src.errors import LogUnavailableError, PredictionLogError
from mlops_pipeline.src.monitoring.prediction_log.committer import (
    Committer,
    Queue,
    Submission,
    Waiter,
)
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore

_WATCHES = 10  # that the watchdog makes in the time that a database may take


def _ignore(_records: int, _seconds: float) -> None:
    """Tell nobody of a commit."""


class GroupCommit:
    """The writer of one process.

    `max_pending`: records that may wait; a submission is refused once so many do.
    `stall_seconds`: how long a submission may wait for the database.
    `on_commit(records, seconds)`: called on the writing thread after each transaction.
    `clock`: seconds, growing.
    """

    def __init__(
        self,
        store: PredictionStore,
        *,
        max_pending: int = 2_000,
        stall_seconds: float = 5.0,
        probe_seconds: float = 1.0,
        on_commit: Callable[[int, float], None] = _ignore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._queue: Queue = SimpleQueue()
        self._committer = Committer(
            store, self._queue, self._report, on_commit, probe_seconds=probe_seconds
        )
        self._max_pending = max_pending
        self._stall_seconds = stall_seconds
        self._clock = clock
        self._gathered: list[Submission] = []
        self._waiting: deque[Submission] = deque()
        self._pending = 0
        self._stalled = False
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Future[None] | None = None
        self._watching: asyncio.TimerHandle | None = None

    @property
    def pending(self) -> int:
        """Give the number of records that wait for their commit."""
        return self._pending

    @property
    def writable(self) -> bool:
        """Tell whether the log takes records now."""
        return self.reason is None

    @property
    def reason(self) -> str | None:
        """Say (in Spanish) why the log is not writable; None where it is."""
        if self._closed:
            return messages.LOG_CLOSED
        failure = self._committer.failure
        if failure is not None:
            return failure
        return messages.log_stalled(self._stall_seconds) if self._stalled else None

    # --- on the event loop's thread ----------------------------------------------------------

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the thread, which opens the store; a database that is away is tried again."""
        self._loop = loop
        self._stopped = loop.create_future()
        threading.Thread(
            target=self._work, args=(loop, self._stopped), name="prediction-log", daemon=True
        ).start()
        self._watch(loop)

    def submit(self, records: Sequence[PredictionRecord]) -> asyncio.Future[None]:
        """Give a future that is done once the records are committed.

        The future raises LogUnavailableError where the database could not take them (they may
        be stored or not), PredictionLogError where a value of theirs cannot be stored.

        Raises:
            LogUnavailableError: the log is not writable, or too many records wait.

        """
        if self._loop is None:
            raise LogUnavailableError(messages.LOG_CLOSED)
        future: asyncio.Future[None] = self._loop.create_future()
        self.submit_for(records, future)
        return future

    def submit_for(self, records: Sequence[PredictionRecord], waiter: Waiter) -> None:
        """Let `waiter` hear what `submit`'s future would, without the cost of one.

        Raises:
            LogUnavailableError: as `submit`.

        """
        loop = self._loop
        reason = self.reason
        if loop is None or reason is not None:
            raise LogUnavailableError(reason or messages.LOG_CLOSED)
        if self._pending >= self._max_pending:
            raise LogUnavailableError(messages.LOG_QUEUE_FULL)
        submission = Submission(records, waiter, self._clock())
        self._pending += len(records)
        self._waiting.append(submission)
        if not self._gathered:
            loop.call_soon(self._hand_over)
        self._gathered.append(submission)

    def _hand_over(self) -> None:
        """Give the thread what came in this turn of the event loop.

        Woken by the first of many requests that are ready together, it would write that one alone
        and let the others wait for a transaction more.
        """
        if self._gathered:
            self._queue.put(self._gathered)
            self._gathered = []

    async def close(self) -> None:
        """Refuse what comes, write what waits, stop the thread; the store stays the caller's.

        Where the database is stalled, it gives up after `stall_seconds`.
        """
        if self._stopped is None or self._closed:
            return
        self._closed = True
        self._hand_over()
        self._queue.put(None)
        await asyncio.wait([self._stopped], timeout=self._stall_seconds)
        if self._watching is not None:
            self._watching.cancel()
        self._settle(list(self._waiting), LogUnavailableError(messages.LOG_CLOSED))
        await asyncio.sleep(0)  # whoever waited has heard when this returns

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Fail what has waited too long, even while the thread hangs in the database."""
        limit = self._clock() - self._stall_seconds
        while self._waiting and self._waiting[0].since < limit:
            self._stalled = True
            error = LogUnavailableError(messages.log_stalled(self._stall_seconds))
            self._settle([self._waiting[0]], error)
        self._watching = loop.call_later(self._stall_seconds / _WATCHES, self._watch, loop)

    def _settle(self, batch: Sequence[Submission], error: PredictionLogError | None) -> None:
        """Give the submissions their result; each waiter an error and a call of its own.

        So the event loop keeps a waiter's defect from the others, and tells of it.
        """
        tell = asyncio.get_running_loop().call_soon
        for submission in batch:
            if submission.settled:
                continue
            submission.settled = True
            self._pending -= len(submission.records)
            tell(_tell, submission.waiter, error)
        while self._waiting and self._waiting[0].settled:
            self._waiting.popleft()

    def _answered(self, batch: Sequence[Submission], error: PredictionLogError | None) -> None:
        """Settle what the thread has dealt with; it does not hang any more."""
        self._stalled = False
        self._settle(batch, error)

    # --- on the writing thread ---------------------------------------------------------------

    def _report(self, batch: Sequence[Submission], error: PredictionLogError | None) -> None:
        """Hand results to the event loop."""
        if self._loop is None:
            raise RuntimeError("the writer's thread runs, but it was not started")
        self._loop.call_soon_threadsafe(self._answered, batch, error)

    def _work(self, loop: asyncio.AbstractEventLoop, stopped: asyncio.Future[None]) -> None:
        """Write until closed, or until the event loop is gone."""
        try:
            self._committer.work()
        except RuntimeError:
            if not loop.is_closed():
                raise
        finally:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_finish, stopped)


def _tell(waiter: Waiter, error: PredictionLogError | None) -> None:
    """Tell a result, unless nobody waits any more: the client is gone."""
    if waiter.done():
        return
    if error is None:
        waiter.set_result(None)
    else:
        waiter.set_exception(type(error)(*error.args))


def _finish(stopped: asyncio.Future[None]) -> None:
    """Tell who closes the writer, unless nobody waits any more."""
    if not stopped.done():
        stopped.set_result(None)
