"""The questions about drift."""

from __future__ import annotations

from datetime import date
from typing import Literal

from mlops_pipeline.client.answers import MonitoringDrift, MonitoringHistory
from mlops_pipeline.client.calls import Call, reader, traced
from mlops_pipeline.src.monitoring.documents import CountsDocument

WindowName = Literal["auto", "out_of_time", "traffic"]
SpanName = Literal["day", "week", "month"]

_drift = traced(MonitoringDrift)
_history = traced(MonitoringHistory)
_counts = reader(CountsDocument)


def drift(
    window: WindowName,
    since: date | None,
    until: date | None,
    tipo_laboral: str | None,
    tipo_credito: str | None,
) -> Call[MonitoringDrift]:
    """Ask for a window's drift."""
    query = _query(since, until, tipo_laboral=tipo_laboral, tipo_credito=tipo_credito)
    return Call("GET", "/monitoring/drift", _drift, {**query, "window": window})


def history(
    window: WindowName,
    since: date | None,
    until: date | None,
    tipo_laboral: str | None,
    tipo_credito: str | None,
    by: SpanName,
) -> Call[MonitoringHistory]:
    """Ask for a window's drift over time."""
    query = _query(since, until, tipo_laboral=tipo_laboral, tipo_credito=tipo_credito)
    return Call("GET", "/monitoring/history", _history, {**query, "window": window, "by": by})


def counts(since: date | None, until: date | None, by: SpanName) -> Call[CountsDocument]:
    """Ask for the kept counts."""
    return Call("GET", "/monitoring/counts", _counts, {**_query(since, until), "by": by})


def _query(since: date | None, until: date | None, **names: str | None) -> dict[str, str]:
    """Give the parameters that were said."""
    days = {
        name: None if day is None else f"{day:%Y-%m-%d}"
        for name, day in (("since", since), ("until", until))
    }
    return {name: value for name, value in (days | names).items() if value is not None}
