"""Records to log, stores to log them in, and processes that log without end."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.monitoring.prediction_log.records import LoggedPrediction, PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore

NOW_MS = 1_795_000_000_000  # some day of 2026


def now_ms() -> int:
    """Give the moment, in ms since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def record(ms: int | None = None, **changes: object) -> PredictionRecord:
    """Give a record of a moment, with the size of a real one."""
    plain = PredictionRecord(
        prediction_id=new_prediction_id(now_ms() if ms is None else ms),
        request_id="petición-1",
        model_version="v20261123_101500",
        inputs='{"edad_cliente": 42, "tipo_laboral": "Empleado"}' * 16,
        probability=0.1 + 0.2,
        threshold=0.5,
        decision=1,
        warnings="[]",
    )
    return plain._replace(**changes)  # type: ignore[arg-type]


def as_record(row: LoggedPrediction) -> PredictionRecord:
    """Give the record that was logged."""
    return PredictionRecord._make(tuple(row)[1:])


def all_rows(store: PredictionStore) -> list[LoggedPrediction]:
    """Read the whole log by its cursor."""
    rows: list[LoggedPrediction] = []
    cursor: int | None = None
    while True:
        page = store.page(None, None, cursor, 5_000)
        rows += page.rows
        if page.next_cursor is None:
            return rows
        cursor = page.next_cursor


@contextmanager
def opened(url: str) -> Iterator[PredictionStore]:
    """Open a store, and close it in the end."""
    store = PredictionStore(url)
    try:
        store.open()
        yield store
    finally:
        store.close()


def logging_process(url: str, records: int, clients: int) -> subprocess.Popen[str]:
    """Start a process that logs, and prints each id once it is acknowledged."""
    module = "tests.src.monitoring.prediction_log.load"
    return subprocess.Popen(
        [sys.executable, "-m", module, url, str(records), str(clients)],
        stdout=subprocess.PIPE,
        text=True,
    )
