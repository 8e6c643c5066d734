"""The service's routes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool

import mlops_pipeline
from mlops_pipeline import messages
from mlops_pipeline.api.errors import EmptyBatchError
from mlops_pipeline.api.service import Serving, answer_many, answer_one
from mlops_pipeline.api.wire import (
    BatchRequest,
    ErrorAnswer,
    Health,
    LoanApplication,
    PredictionResponse,
    Root,
    ValidationAnswer,
)
from mlops_pipeline.src.scoring.bundle import Metadata

router = APIRouter()

_UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: {"model": ErrorAnswer, "description": "No hay un modelo publicado y verificado"}
}
_INVALID: dict[int | str, dict[str, Any]] = {
    422: {"model": ValidationAnswer, "description": "Campo y motivo de cada error"}
}
_EMPTY: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorAnswer, "description": "El lote no tiene préstamos"}
}


def current_serving(request: Request) -> Serving:
    """Give what the service answers with."""
    serving: Serving = request.app.state.serving
    return serving


Current = Annotated[Serving, Depends(current_serving)]


def utc_now() -> str:
    """Give the time as answers show it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@router.get("/", summary="Qué es este servicio")
async def root() -> Root:
    """Give the service's name, version and endpoints."""
    return Root(
        api=messages.API_TITLE,
        version=mlops_pipeline.__version__,
        status="running",
        endpoints=messages.ENDPOINTS,
    )


@router.get("/health", summary="Estado del servicio")
async def health(serving: Current) -> Health:
    """Tell whether predictions can be made; always 200."""
    loaded = serving.deployment
    return Health(
        status="degraded" if loaded is None else "healthy",
        timestamp=utc_now(),
        model_loaded=loaded is not None,
        model_version=None if loaded is None else loaded.metadata.version,
        detail=serving.reason,
    )


@router.get("/model/info", summary="Qué modelo decide", responses=_UNAVAILABLE)
async def model_info(serving: Current) -> Metadata:
    """Give the published model's metadata."""
    return serving.model.metadata


@router.post("/predict", summary="Predice un préstamo", responses={**_UNAVAILABLE, **_INVALID})
async def predict(
    application: LoanApplication,
    serving: Current,
    return_probabilities: bool = False,
) -> PredictionResponse:
    """Predict one loan."""
    return answer_one(
        serving.model, application, probabilities=return_probabilities, timestamp=utc_now()
    )


@router.post(
    "/predict/batch",
    summary="Predice varios préstamos, todos o ninguno",
    responses={**_UNAVAILABLE, **_INVALID, **_EMPTY},
)
async def predict_batch(request: BatchRequest, serving: Current) -> PredictionResponse:
    """Predict many loans, in a thread beside the event loop."""
    if not request.data:
        raise EmptyBatchError
    return await run_in_threadpool(
        answer_many,
        serving.model,
        request.data,
        probabilities=request.return_probabilities,
        timestamp=utc_now(),
    )
