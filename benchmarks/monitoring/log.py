"""A log of many loans, written through the log's own statements."""

from __future__ import annotations

import time
from itertools import islice, repeat
from pathlib import Path

import orjson

from mlops_pipeline.src.data.samples import sample_documents
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_ids
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore

DATABASE = "predictions.sqlite3"
GROUP = 4_096
DAYS = 29
DISTINCT = 20_000  # loans that are generated; the log repeats them
_DAY_MS = 24 * 60 * 60 * 1_000


def address(folder: Path) -> str:
    """Give the log's address."""
    return f"sqlite:///{folder / DATABASE}"


def fill(folder: Path, loans: int, version: str) -> float:
    """Log so many loans, spread over the last days, oldest first; give the seconds."""
    texts = [orjson.dumps(one).decode() for one in sample_documents(min(loans, DISTINCT), seed=3)]
    endless = (text for again in repeat(texts) for text in again)
    store = PredictionStore(address(folder))
    store.open()
    began, first = time.perf_counter(), int(time.time() * 1_000) - DAYS * _DAY_MS
    for start in range(0, loans, GROUP):
        size = min(GROUP, loans - start)
        ids = new_prediction_ids(first + DAYS * _DAY_MS * start // loans, size)
        store.write(
            [
                PredictionRecord(one, "carga", version, text, 0.7 + k % 300 / 1_000, 0.5, 1, "[]")
                for k, (one, text) in enumerate(zip(ids, islice(endless, size), strict=True))
            ]
        )
        store.maintain()
    store.close()
    return time.perf_counter() - began
