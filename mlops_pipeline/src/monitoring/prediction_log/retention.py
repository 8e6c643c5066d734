"""Predictions are kept for so many days, and no longer."""

from __future__ import annotations

from typing import NamedTuple

from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore

_DAY_MS = 24 * 60 * 60 * 1000
_STEP_ROWS = 500  # a few ms: the writer waits no longer than that for its turn


class Expired(NamedTuple):
    """How many predictions were deleted; `done`: none that is too old was left."""

    deleted: int
    done: bool


def delete_expired(
    store: PredictionStore, days: float, now_ms: int, max_steps: int = 200
) -> Expired:
    """Delete the predictions older than so many days, the oldest first.

    `now_ms`: ms since 1970, UTC. It stops after `max_steps` small transactions; what is left
    then goes with the next call.

    Raises:
        LogUnavailableError: the database cannot be written now.
        UnknownLogSchemaError: the database holds other tables than this program's.

    """
    limit = now_ms - round(days * _DAY_MS)
    deleted = 0
    for _ in range(max_steps):
        rows = store.delete_before(limit, _STEP_ROWS)
        deleted += rows
        if rows < _STEP_ROWS:
            return Expired(deleted, done=True)
    return Expired(deleted, done=False)
