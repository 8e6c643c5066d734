"""The routes about drift: a lane of their own answers, from the kept counts alone."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response
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


@dataclass(frozen=True, slots=True)
class _Window:
    """The query of a window."""

    window: Kind = "auto"
    since: Since = None
    until: Until = None
    tipo_laboral: Work = None
    tipo_credito: Credit = None


@dataclass(frozen=True, slots=True)
class _Course(_Window):
    """The query of a window by periods."""

    by: By = "month"


@dataclass(frozen=True, slots=True)
class _Days:
    """The query of counts."""

    since: Since = None
    until: Until = None
    by: By = "day"


@router.get(
    "/drift",
    summary=messages.SUMMARY_DRIFT,
    description=messages.drift_route(TRAFFIC_DAYS),
    response_model=MonitoringDrift,
    openapi_extra=documented.OPTIONAL_KEY,
)
async def monitoring_drift(state: Current, asked: Annotated[_Window, Depends()]) -> Response:
    """Compare a window; the level, why, and what to do."""
    return await _answer(state, "drift", asked)


@router.get(
    "/history",
    summary=messages.SUMMARY_HISTORY,
    response_model=MonitoringHistory,
    openapi_extra=documented.OPTIONAL_KEY,
)
async def monitoring_history(state: Current, asked: Annotated[_Course, Depends()]) -> Response:
    """Compara cada período de una ventana; la prueba fuera de tiempo va siempre por meses."""
    return await _answer(state, "history", asked)


@router.get(
    "/counts",
    summary=messages.SUMMARY_COUNTS,
    response_model=MonitoringCounts,
    openapi_extra=documented.OPTIONAL_KEY,
)
async def monitoring_counts(state: Current, asked: Annotated[_Days, Depends()]) -> Response:
    """Entrega los conteos guardados del tráfico, por período y por segmento: sin filas."""
    return await _answer(state, "counts", asked)


async def _answer(state: State, kind: str, asked: _Window | _Days) -> Response:
    """Let the lane answer.

    Raises:
        Refused: the days are in the wrong order (422); there is no model, or the lane cannot
            answer now (503).

    """
    since, until = asked.since, asked.until
    if since is not None and until is not None and since > until:
        raise errors.bad_order("until", until.isoformat(), since.isoformat())
    files = state.serving.files
    async with state.monitoring.job() as lane:
        await lane.send({"kind": kind, **asdict(asked)}, b"", files)
        header, body = await lane.receive()
    return Response(body, header["status"], header["headers"])
