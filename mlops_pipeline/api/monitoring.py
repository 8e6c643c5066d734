"""The routes about drift: a lane of their own answers, from the kept counts alone."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from mlops_pipeline import messages
from mlops_pipeline.api import documented, errors
from mlops_pipeline.api.dependencies import Current
from mlops_pipeline.api.state import State
from mlops_pipeline.api.wire_monitoring import (
    MonitoringCounts,
    MonitoringDrift,
    MonitoringHistory,
)
from mlops_pipeline.src.monitoring.levels import TRAFFIC_DAYS, TRAFFIC_LOANS

router = APIRouter(
    prefix="/monitoring",
    tags=[messages.TAG_MONITORING],
    dependencies=[documented.API_KEY],
    responses=documented.MONITORING,
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day(came: object) -> object:
    """Refuse what pydantic would take for a count of seconds."""
    if isinstance(came, str) and not _DAY.fullmatch(came):
        raise PydanticCustomError("date_parsing", "not YYYY-MM-DD")
    return came


Day = Annotated[date, BeforeValidator(_day)]
Since = Annotated[Day | None, Query(description=messages.query_since(TRAFFIC_DAYS))]
Until = Annotated[Day | None, Query(description=messages.QUERY_UNTIL)]
Kind = Annotated[
    Literal["auto", "out_of_time", "traffic"],
    Query(description=messages.query_window(TRAFFIC_LOANS, TRAFFIC_DAYS)),
]
Work = Annotated[str | None, Query(description=messages.QUERY_WORK, max_length=64)]
Credit = Annotated[str | None, Query(description=messages.QUERY_CREDIT, max_length=64)]
By = Annotated[Literal["day", "week", "month"], Query(description=messages.QUERY_BY)]


@router.get(
    "/drift",
    summary=messages.SUMMARY_DRIFT,
    description=messages.drift_route(TRAFFIC_DAYS),
    response_model=MonitoringDrift,
    openapi_extra=documented.OPTIONAL_KEY,
)
async def monitoring_drift(
    state: Current,
    window: Kind = "auto",
    since: Since = None,
    until: Until = None,
    tipo_laboral: Work = None,
    tipo_credito: Credit = None,
) -> Response:
    """Compare a window; the level, why, and what to do."""
    job = _job("drift", since, until, tipo_laboral, tipo_credito)
    return await _answer(state, {**job, "window": window})


@router.get(
    "/history",
    summary=messages.SUMMARY_HISTORY,
    response_model=MonitoringHistory,
    openapi_extra=documented.OPTIONAL_KEY,
)
async def monitoring_history(
    state: Current,
    window: Kind = "auto",
    since: Since = None,
    until: Until = None,
    tipo_laboral: Work = None,
    tipo_credito: Credit = None,
    by: By = "month",
) -> Response:
    """Compara cada período de una ventana; la prueba fuera de tiempo va siempre por meses."""
    job = _job("history", since, until, tipo_laboral, tipo_credito)
    return await _answer(state, {**job, "window": window, "by": by})


@router.get(
    "/counts",
    summary=messages.SUMMARY_COUNTS,
    response_model=MonitoringCounts,
    openapi_extra=documented.OPTIONAL_KEY,
)
async def monitoring_counts(
    state: Current, since: Since = None, until: Until = None, by: By = "day"
) -> Response:
    """Entrega los conteos guardados del tráfico, por período y por segmento: sin filas."""
    return await _answer(state, {**_job("counts", since, until, None, None), "by": by})


def _job(
    kind: str, since: date | None, until: date | None, work: str | None, credit: str | None
) -> dict[str, Any]:
    """Give the job of a question.

    Raises:
        Refused: the days are in the wrong order (422).

    """
    if since is not None and until is not None and since > until:
        raise errors.bad_order("until", until.isoformat(), since.isoformat())
    return {
        "kind": kind,
        "since": None if since is None else since.isoformat(),
        "until": None if until is None else until.isoformat(),
        "tipo_laboral": work,
        "tipo_credito": credit,
    }


async def _answer(state: State, job: dict[str, Any]) -> Response:
    """Let the lane answer.

    Raises:
        Refused: there is no model, or the lane cannot answer now (503).

    """
    files = state.serving.files
    async with state.monitoring.job() as lane:
        await lane.send(job, b"", files)
        header, body = await lane.receive()
    return Response(body, header["status"], header["headers"])
