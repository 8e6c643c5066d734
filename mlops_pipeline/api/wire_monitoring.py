"""What the routes about drift answer, for the OpenAPI document (`monitor.answers` writes it)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from mlops_pipeline import messages
from mlops_pipeline.src.monitoring.actions import Action
from mlops_pipeline.src.monitoring.documents import PartDocument, SegmentDocument
from mlops_pipeline.src.monitoring.history import History
from mlops_pipeline.src.monitoring.levels import MIN_LOANS, Level
from mlops_pipeline.src.monitoring.report import DriftReport
from mlops_pipeline.src.monitoring.tally import CHECKS, Tally
from mlops_pipeline.src.monitoring.tally_document import to_document

_WINDOW: dict[str, Any] = {
    "origin": messages.without_traffic(messages.OUT_OF_TIME_WINDOW),
    "window": "out_of_time",
    "model_version": "v20261123_101500",
    "since": None,
    "until": None,
    "tipo_laboral": None,
    "tipo_credito": None,
    "loans": 0,
    "rejected": 0,
    "counted_until": "2026-11-28T12:00:00.000Z",
    "counted_from": None,
    "pending": 0,
    "default_window": "out_of_time",
}


_FACTS: dict[str, Any] = {
    "loans": 0,
    "scored": 0,
    "first": None,
    "last": None,
    "outcomes": 0,
    "late": 0,
    "late_rate": None,
    "immature": 0,
    "future": 0,
}

_DRIFT: dict[str, Any] = {
    **_WINDOW,
    "report": {
        "level": Level.INSUFFICIENT.value,
        "cause": messages.window_too_small(0, MIN_LOANS),
        "window": _FACTS,
        "reference": _FACTS | {"loans": 8610, "first": "2024-11-26", "last": "2025-05-31"},
        "variables": [],
        "shown": [],
        "findings": [],
    },
    "plan": [],
}

# Of twelve loans over a grid that has one cell.
_TALLY = to_document(
    Tally(
        grid="2f6c8b34e9327fdf",
        counts=np.array([12], dtype=np.int64),
        checks=np.zeros(len(CHECKS), dtype=np.int64),
        loans=12,
    )
)

_COUNTS: dict[str, Any] = {
    "origin": messages.traffic_window(date(2026, 10, 30), date(2026, 11, 28)),
    "model_version": "v20261123_101500",
    "grid": _TALLY.grid,
    "by": "day",
    "since": "2026-10-30",
    "until": "2026-11-28",
    "counted_until": "2026-11-28T12:00:00.000Z",
    "counted_from": None,
    "pending": 0,
    "default_window": "out_of_time",
    "rejected": 0,
    "revision": 1,
    "parts": [
        {
            "period": "2026-11-27/2026-11-28",
            "tally": asdict(_TALLY),
            "model_version": "v20261123_101500",
        }
    ],
    "segments": [],
}


class _Window(BaseModel):
    """De qué ventana se habla y hasta dónde está contado el registro."""

    model_config = ConfigDict(protected_namespaces=())

    origin: str = Field(description=messages.FIELD_ORIGIN)
    window: Literal["out_of_time", "traffic"] = Field(description=messages.FIELD_WINDOW)
    model_version: str
    since: date | None = Field(description=messages.FIELD_SINCE)
    until: date | None = Field(description=messages.FIELD_UNTIL)
    tipo_laboral: str | None
    tipo_credito: str | None
    loans: int = Field(description=messages.FIELD_LOANS)
    rejected: int = Field(description=messages.FIELD_REJECTED)
    counted_until: datetime | None = Field(description=messages.FIELD_COUNTED_UNTIL)
    counted_from: datetime | None = Field(description=messages.FIELD_COUNTED_FROM)
    pending: int | None = Field(description=messages.FIELD_PENDING)
    default_window: Literal["out_of_time", "traffic"] | None = Field(
        description=messages.FIELD_DEFAULT_WINDOW
    )


class MonitoringDrift(_Window):
    """La deriva de una ventana y qué hacer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DRIFT]})

    report: DriftReport = Field(description=messages.FIELD_REPORT)
    plan: list[Action] = Field(description=messages.FIELD_PLAN)


class MonitoringHistory(_Window):
    """La deriva de cada período de una ventana."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_WINDOW,
                    "by": "month",
                    "history": {"points": [], "note": messages.empty_history()},
                }
            ]
        }
    )

    by: Literal["day", "week", "month"] = Field(description=messages.FIELD_BY)
    history: History = Field(description=messages.FIELD_HISTORY)


class MonitoringCounts(BaseModel):
    """Los conteos guardados del tráfico, por día de llegada en Colombia."""

    model_config = ConfigDict(protected_namespaces=(), json_schema_extra={"examples": [_COUNTS]})

    origin: str = Field(description=messages.FIELD_ORIGIN)
    model_version: str
    grid: str = Field(description=messages.FIELD_GRID)
    by: Literal["day", "week", "month"] = Field(description=messages.FIELD_BY)
    since: date | None = Field(description=messages.FIELD_SINCE)
    until: date | None = Field(description=messages.FIELD_UNTIL)
    counted_until: datetime | None = Field(description=messages.FIELD_COUNTED_UNTIL)
    counted_from: datetime | None = Field(description=messages.FIELD_COUNTED_FROM)
    pending: int = Field(description=messages.FIELD_PENDING)
    default_window: Literal["out_of_time", "traffic"] = Field(
        description=messages.FIELD_DEFAULT_WINDOW
    )
    rejected: int = Field(description=messages.FIELD_REJECTED)
    revision: int = Field(description=messages.FIELD_REVISION)
    parts: list[PartDocument] = Field(description=messages.FIELD_PARTS)
    segments: list[SegmentDocument] = Field(description=messages.FIELD_SEGMENTS)
