"""Loans in the log, and what a recount of the log gives."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import orjson

from mlops_pipeline.src.monitoring.day_counts import DayCounts
from mlops_pipeline.src.monitoring.documents import PartDocument, SegmentDocument
from mlops_pipeline.src.monitoring.grid import Grid
from mlops_pipeline.src.monitoring.kept.records import Kept
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.logged_counts import Rejected, count_rows
from mlops_pipeline.src.monitoring.periods import PeriodTally, SegmentTally
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_ids
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.tally_document import part_document, segment_document
from tests.src.monitoring.prediction_log.support import all_rows
from tests.support import Value, random_documents

DAY_MS = 24 * 60 * 60 * 1_000
V1, V2 = "v20260101_000000", "v20260202_000000"

Documents = tuple[list[PartDocument], list[SegmentDocument], int]


def records(
    documents: Sequence[dict[str, Value]], ms: int, version: str = V1
) -> list[PredictionRecord]:
    """Give predictions of one moment."""
    ids = new_prediction_ids(ms, len(documents))
    return [
        PredictionRecord(
            one, "r", version, orjson.dumps(loan).decode(), 0.8 + k % 20 / 100, 0.5, 1, "[]"
        )
        for k, (one, loan) in enumerate(zip(ids, documents, strict=True))
    ]


def fill(log: PredictionStore, rows: int, seed: int, days_ago: float, version: str = V1) -> None:
    """Log random loans of a day."""
    ms = int(time.time() * 1_000 - days_ago * DAY_MS)
    log.write(records(random_documents(rows, seed), ms, version))


def documents_of(
    parts: Sequence[PeriodTally], segments: Sequence[SegmentTally], rejected: int
) -> Documents:
    """Give counts as what can be compared."""
    return [*map(part_document, parts)], [*map(segment_document, segments)], rejected


def recount(log: PredictionStore, grid: Grid) -> Documents:
    """Count the whole log at once, without what is kept."""
    days, rejected = DayCounts(grid), Rejected()
    rows = all_rows(log)
    if rows:
        count_rows(days, rejected, rows)
    return documents_of(*days.in_order(), sum(rejected.values()))


def kept(store: CountsStore, grid: Grid) -> tuple[Kept, Documents]:
    """Read all that is kept."""
    found = store.read(grid.fingerprint, (None, None))
    return found, documents_of(found.parts, found.segments, found.rejected)


@contextmanager
def counts(url: str) -> Iterator[CountsStore]:
    """Open the kept counts, and close them in the end."""
    store = CountsStore(url)
    try:
        store.open()
        yield store
    finally:
        store.close()
