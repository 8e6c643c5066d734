"""The routes that the framework answers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

import mlops_pipeline
from mlops_pipeline import messages
from mlops_pipeline.api import documented, errors
from mlops_pipeline.api.dependencies import Current, current_state
from mlops_pipeline.api.http import JSON
from mlops_pipeline.api.logged import empty_page_json, page_json, prediction_json
from mlops_pipeline.api.metrics import CONTENT_TYPE
from mlops_pipeline.api.wire_answers import (
    Health,
    Live,
    LoggedPrediction,
    PredictionPage,
    Ready,
    Root,
)
from mlops_pipeline.src.errors import (
    LogUnavailableError,
    PredictionLogError,
    UnknownLogSchemaError,
)
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.scoring.bundle import Metadata

router = APIRouter()


def readable_log(request: Request) -> PredictionStore:
    """Give the log, for those who may read it.

    Raises:
        Refused: the service asks nobody for a key (403), or keeps no log (503).

    """
    state = current_state(request)
    if not state.keys:
        raise errors.no_keys_configured()
    if state.log is None:
        raise errors.unavailable(messages.LOG_IS_OFF)
    return state.log.store


def _iso(came: object) -> object:
    """Refuse what pydantic would take for a count of seconds."""
    if isinstance(came, str) and not _YEAR_FIRST.match(came):
        raise PydanticCustomError("datetime_parsing", "not ISO 8601")
    return came


_YEAR_FIRST = re.compile(r"[0-9]{4}-")

Since = Annotated[datetime, BeforeValidator(_iso)]
Log = Annotated[PredictionStore, Depends(readable_log)]


def utc_now() -> str:
    """Give the time as answers show it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@router.get("/", tags=[messages.TAG_STATE], summary="Qué es este servicio")
async def root() -> Root:
    """Give the service's name, version and endpoints."""
    return Root(
        api=messages.API_TITLE,
        version=mlops_pipeline.__version__,
        status="running",
        endpoints=messages.ENDPOINTS,
    )


@router.get("/health", tags=[messages.TAG_STATE], summary="Estado del servicio")
async def health(state: Current) -> Health:
    """Tell whether all is well; always 200."""
    detail = " ".join([*state.missing(), *state.complaints()])
    return Health(
        status="degraded" if detail else "healthy",
        timestamp=utc_now(),
        model_loaded=state.serving.deployment is not None,
        model_version=state.serving.version,
        detail=detail or None,
    )


@router.get("/livez", tags=[messages.TAG_STATE], summary="El proceso responde")
async def livez() -> Live:
    """Tell that the process answers."""
    return Live(status="alive")


@router.get(
    "/readyz",
    tags=[messages.TAG_STATE],
    summary="Se pueden atender predicciones",
    responses={503: documented.NOT_READY},
)
async def readyz(state: Current, response: Response) -> Ready:
    """Tell whether there are a verified model and a writable log: 200, else 503."""
    missing = state.missing()
    if missing:
        response.status_code = 503
        response.headers["Retry-After"] = str(errors.RETRY_SECONDS)
    return Ready(ready=not missing, detail=missing)


@router.get(
    "/metrics",
    tags=[messages.TAG_STATE],
    summary="Métricas para Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(state: Current) -> Response:
    """Write the counts of all workers."""
    state.note()
    return Response(state.metrics.exposition(), headers={"content-type": CONTENT_TYPE})


@router.get(
    "/model/info",
    tags=[messages.TAG_MODEL],
    summary="Qué modelo decide",
    responses=documented.PROTECTED | documented.UNAVAILABLE,
    dependencies=[documented.API_KEY],
    openapi_extra=documented.OPTIONAL_KEY,
)
async def model_info(state: Current) -> Metadata:
    """Give the metadata of the model in service."""
    return state.serving.model.metadata


@router.get(
    "/predictions",
    tags=[messages.TAG_LOG],
    summary="Predicciones registradas",
    response_model=PredictionPage,
    responses=documented.LOG,
    dependencies=[documented.API_KEY],
    openapi_extra=documented.OPTIONAL_KEY,
)
async def predictions(
    log: Log,
    since: Annotated[
        Since | None, Query(description="Desde cuándo, ISO 8601 (sin zona: UTC)")
    ] = None,
    model_version: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    cursor: Annotated[
        int | None,
        Query(ge=0, lt=1 << 63, description="next_cursor o last_cursor de la respuesta anterior"),
    ] = None,
) -> Response:
    """Give logged predictions, oldest first, page by page."""
    moment = None if since is None else _milliseconds(since)
    try:
        page = await run_in_threadpool(page_json, log, moment, model_version, cursor, limit)
    except (LogUnavailableError, UnknownLogSchemaError) as error:
        raise errors.unavailable(str(error)) from None
    except PredictionLogError:  # a text that no database can hold
        page = empty_page_json(cursor)
    return Response(page, media_type=JSON)


@router.get(
    "/predictions/{prediction_id}",
    tags=[messages.TAG_LOG],
    summary="Una predicción registrada",
    response_model=LoggedPrediction,
    responses=documented.LOG | documented.NOT_FOUND,
    dependencies=[documented.API_KEY],
    openapi_extra=documented.OPTIONAL_KEY,
)
async def prediction(log: Log, prediction_id: str) -> Response:
    """Give one logged prediction; ids are in small letters, whoever asks."""
    try:
        found = await run_in_threadpool(prediction_json, log, prediction_id.lower())
    except (LogUnavailableError, UnknownLogSchemaError) as error:
        raise errors.unavailable(str(error)) from None
    except PredictionLogError:  # a text that no database can hold
        found = None
    if found is None:
        raise errors.unknown_prediction(prediction_id)
    return Response(found, media_type=JSON)


def _milliseconds(moment: datetime) -> int:
    """Give a moment in milliseconds since 1970, UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0, int(aware.timestamp() * 1_000))
