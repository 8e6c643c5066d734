"""A batch of loans: checked, scored, stored and answered, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlops_pipeline.api.answers import (
    Clock,
    Warnings,
    logged_warnings,
    prediction_json,
    warnings_of_many,
)
from mlops_pipeline.api.batch_body import read_batch
from mlops_pipeline.api.batch_wire import as_received
from mlops_pipeline.api.counted import counted
from mlops_pipeline.api.lane_log import LaneLog
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_ids
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord

_CLOCK = Clock()


def answer(
    job: dict[str, Any], body: bytes, model: ModelDeployment, log: LaneLog
) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Give the answer to a batch in one part, with what the metrics count of it.

    Raises:
        Refused: the body is no batch (422), it is empty (400) or too large (413), or the log
            cannot take it (503).

    """
    loans, wanted = read_batch(body, job["max_loans"])
    scores = model.predict(loans)
    warnings = warnings_of_many(loans, scores)
    milliseconds, timestamp = _CLOCK.now()
    ids = new_prediction_ids(milliseconds, len(loans))
    decisions: list[int] = scores.decision.tolist()
    probabilities: list[float] = scores.probability.tolist()
    if log:
        threshold = model.threshold
        version = model.metadata.version
        texts = _by_loan(warnings)
        inputs = as_received(body)
        log.write(
            [
                PredictionRecord(
                    ids[row],
                    job["request_id"],
                    version,
                    inputs[row],
                    probabilities[row],
                    threshold,
                    decisions[row],
                    texts.get(row, "[]"),
                )
                for row in range(len(ids))
            ]
        )
    written = prediction_json(
        decisions,
        probabilities if wanted else None,
        ids,
        model.metadata.version,
        timestamp,
        warnings,
    )
    yield (
        {"status": 200, "headers": {"content-type": "application/json"}, **counted(scores)},
        written,
    )


def _by_loan(warnings: Warnings) -> dict[int, str]:
    """Give each loan's warnings as the log keeps them; most loans have none."""
    found: dict[int, Warnings] = {}
    for warning in warnings:
        found.setdefault(warning["index"], []).append(warning)
    return {row: logged_warnings(some) for row, some in found.items()}
