"""The log's rows as JSON, written on the thread that reads them.

The models of `wire_answers` document these answers and do not write them: building and checking a
page of 1,000 rows with them takes a tenth of a second, and would take it from the event loop.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from mlops_pipeline.src.monitoring.prediction_log.records import LoggedPrediction
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.texts import read_inputs, read_warnings


def prediction_json(log: PredictionStore, prediction_id: str) -> bytes | None:
    """Give one prediction (`wire_answers.LoggedPrediction`), None where it is not in the log.

    Raises:
        PredictionLogError: see `PredictionStore.get`.

    """
    row = log.get(prediction_id)
    return None if row is None else orjson.dumps(_shown(row))


def page_json(
    log: PredictionStore,
    since_ms: int | None,
    model_version: str | None,
    cursor: int | None,
    limit: int,
) -> bytes:
    """Give a page (`wire_answers.PredictionPage`).

    Raises:
        PredictionLogError: see `PredictionStore.page`.

    """
    page = log.page(since_ms, model_version, cursor, limit)
    last = page.rows[-1].seq if page.rows else cursor
    return _page([_shown(row) for row in page.rows], page.next_cursor, last)


def empty_page_json(cursor: int | None) -> bytes:
    """Give the page of who asks for what no database can hold."""
    return _page([], None, cursor)


def _page(rows: list[Mapping[str, object]], following: int | None, last: int | None) -> bytes:
    """Write a page; cursors are texts, as JavaScript's numbers have 53 bits."""
    return orjson.dumps(
        {"predictions": rows, "next_cursor": _cursor(following), "last_cursor": _cursor(last)}
    )


def _cursor(seq: int | None) -> str | None:
    """Give a cursor as the wire shows it."""
    return None if seq is None else str(seq)


def _shown(row: LoggedPrediction) -> Mapping[str, object]:
    """Give a row of the log as the wire shows it."""
    return {
        "prediction_id": row.prediction_id,
        "created_at": row.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "request_id": row.request_id,
        "model_version": row.model_version,
        "inputs": read_inputs(row.inputs),
        "probability": row.probability,
        "threshold": row.threshold,
        "decision": row.decision,
        "warnings": read_warnings(row.warnings),
    }
