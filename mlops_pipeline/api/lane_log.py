"""The prediction log as a lane uses it: synchronous, in groups that let others in between.

Whoever holds the log's turn must not be kept from the processor, or all who log wait for that: the
lane works at a low priority, and its transactions at the usual one, on a thread of their own (on
Linux each thread has its own priority).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from mlops_pipeline.api import errors
from mlops_pipeline.src.errors import PredictionLogError
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore

# Records of one transaction: single predictions wait no longer than for one of these.
GROUP = 256


class LaneLog:
    """Stores a job's predictions; without a database it keeps nothing."""

    def __init__(self, database_url: str | None, told: Callable[[int, float], None]) -> None:
        """Take the database's address, and who is told of each group stored and in which time.

        The thread that writes is started now, at the priority of the one that calls.
        """
        self._url = database_url
        self._told = told
        self._store: PredictionStore | None = None
        self._beside = ThreadPoolExecutor(1, "prediction-log")
        if database_url is not None:
            self._beside.submit(int).result()

    def __bool__(self) -> bool:
        """Tell whether predictions are stored."""
        return self._url is not None

    def write(self, records: Sequence[PredictionRecord]) -> None:
        """Store all of them, or refuse.

        Raises:
            Refused: the log cannot take them now (503); some may be stored, none is answered.

        """
        if self._url is None:
            return
        try:
            store = self._beside.submit(self._opened, self._url).result()
            for group in _groups(records):
                self._told(len(group), self._beside.submit(_write, store, group).result())
        except PredictionLogError as error:
            raise errors.unavailable(str(error)) from error

    def _opened(self, url: str) -> PredictionStore:
        """Give the store, opened; it is tried anew until it opens."""
        if self._store is None:
            store = PredictionStore(url)
            store.open()
            self._store = store
        return self._store


def _write(store: PredictionStore, group: Sequence[PredictionRecord]) -> float:
    """Store a group; give the seconds until it was stored."""
    began = time.perf_counter()
    store.write(group)
    seconds = time.perf_counter() - began
    store.maintain()
    return seconds


def _groups(records: Sequence[PredictionRecord]) -> Iterator[Sequence[PredictionRecord]]:
    """Give the records of each transaction."""
    for start in range(0, len(records), GROUP):
        yield records[start : start + GROUP]
