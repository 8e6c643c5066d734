"""What the log keeps of a prediction, and what it gives back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from mlops_pipeline.src.monitoring.prediction_log.ids import moment_ms

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PredictionRecord(NamedTuple):
    """One answered prediction; the fields stand in the order of the table's columns."""

    prediction_id: str
    request_id: str
    model_version: str
    inputs: str  # the loan as received, JSON
    probability: float  # of paying on time, [0, 1]
    threshold: float  # [0, 1]
    decision: int  # 1 pays on time, 0 risk of paying late
    warnings: str  # a JSON list


class LoggedPrediction(NamedTuple):
    """A record as it stands in the log; `seq` grows in the order of the commits."""

    seq: int
    prediction_id: str
    request_id: str
    model_version: str
    inputs: str
    probability: float
    threshold: float
    decision: int
    warnings: str

    @property
    def created_ms(self) -> int:
        """Give the moment of the prediction (ms since 1970, UTC), which its id contains."""
        return moment_ms(self.prediction_id)

    @property
    def created_at(self) -> datetime:
        """Give that moment as one (UTC, ms)."""
        return _EPOCH + timedelta(milliseconds=self.created_ms)


class Page(NamedTuple):
    """Some logged predictions in the order of `seq`.

    `next_cursor` is the `after_seq` of the next page, None when this was the last one. Who
    follows the log as it grows goes on from the last row's `seq`.
    """

    rows: list[LoggedPrediction]
    next_cursor: int | None
