"""The thread that writes what waits, in one transaction after the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Protocol

from mlops_pipeline import messages
from mlops_pipeline.src.errors import (
    LogUnavailableError,
    PredictionLogError,
    UnknownLogSchemaError,
)
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore

_LOGGER = logging.getLogger(__name__)


class Waiter(Protocol):
    """Who waits for a commit, told on the event loop's thread; a future is one."""

    def done(self) -> bool:
        """Tell whether nobody waits any more; asked on any thread."""

    def set_result(self, result: None, /) -> None:
        """Hear that the records are committed."""

    def set_exception(self, exception: PredictionLogError, /) -> None:
        """Hear why they are not, or may not be."""


class Submission:
    """Records that are answered together; the event loop's thread alone settles it."""

    __slots__ = ("records", "settled", "since", "waiter")

    def __init__(self, records: Sequence[PredictionRecord], waiter: Waiter, since: float) -> None:
        self.records = records
        self.waiter = waiter
        self.since = since
        self.settled = False


# What the event loop hands over at once, after each of its turns.
Queue = SimpleQueue[list[Submission] | None]
Done = Callable[[Sequence[Submission], PredictionLogError | None], None]


class Committer:
    """Takes submissions from a queue until None comes.

    `done` is told the result of submissions, on this thread; `on_commit` the records and seconds
    of each transaction. `failure` says why the log is not writable, None where it is.
    """

    def __init__(
        self,
        store: PredictionStore,
        queue: Queue,
        done: Done,
        on_commit: Callable[[int, float], None],
        probe_seconds: float,
    ) -> None:
        self._store = store
        self._queue = queue
        self._done = done
        self._on_commit = on_commit
        self._probe_seconds = probe_seconds
        self._stopping = False
        self._permanent = False
        self.failure: str | None = messages.LOG_OPENING

    def work(self) -> None:
        """Write until told to stop and nothing waits."""
        try:
            self._recover()
            while not self._stopping:
                self._write(self._take())
                if self.failure is not None and not self._stopping:
                    self._recover()
        finally:
            self.failure = messages.LOG_CLOSED if self._stopping else messages.LOG_STOPPED

    def _take(self) -> list[Submission]:
        """Wait for submissions, and take all that are there and still wanted."""
        taken: list[list[Submission] | None] = []
        with suppress(Empty):
            probing = self.failure is not None and not self._permanent
            taken.append(self._queue.get(timeout=self._probe_seconds if probing else None))
            while True:
                taken.append(self._queue.get_nowait())
        self._stopping = self._stopping or None in taken
        submissions = [one for part in taken if part is not None for one in part]
        late: list[Submission] = []  # or the client is gone
        wanted: list[Submission] = []
        for one in submissions:
            (late if one.settled or one.waiter.done() else wanted).append(one)
        if late:
            self._done(late, None)
        return wanted

    def _write(self, batch: list[Submission]) -> None:
        """Make one transaction, or one for each submission where a value cannot be stored."""
        if self.failure is not None:
            self._done(batch, LogUnavailableError(self.failure))
            return
        try:
            self._commit(batch)
        except LogUnavailableError as error:
            self.failure = str(error)
            self._done(batch, error)
        except PredictionLogError as error:
            if len(batch) == 1:
                self._done(batch, error)
                return
            for one in batch:
                self._write([one])

    def _commit(self, batch: list[Submission]) -> None:
        """Write one transaction and tell who waits for it."""
        records = [*chain.from_iterable(one.records for one in batch)]
        began = time.perf_counter()
        self._store.write(records)
        seconds = time.perf_counter() - began
        self._done(batch, None)
        if records:
            self._on_commit(len(records), seconds)
            self._store.maintain()

    def _recover(self) -> None:
        """See whether the log can be written (again)."""
        if self._permanent:
            return
        try:
            self._store.open()
            self._store.probe()
        except UnknownLogSchemaError as error:
            self._permanent, self.failure = True, str(error)
            _LOGGER.error("prediction_log_refused")  # noqa: TRY400 - no trace of a client's data
        except PredictionLogError as error:
            self.failure = str(error)
        else:
            self.failure = None
            _LOGGER.info("prediction_log_writable")
