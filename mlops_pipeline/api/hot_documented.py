"""The documentation of the routes that `hot` answers: their OpenAPI entries come from here.

The framework reaches these functions only before the service has started or after it has ended.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response

from mlops_pipeline import messages
from mlops_pipeline.api import documented, errors
from mlops_pipeline.api.wire import BatchRequest, LoanApplication
from mlops_pipeline.api.wire_answers import PredictionResponse

router = APIRouter(tags=[messages.TAG_PREDICTING], dependencies=[documented.API_KEY])


@router.post(
    "/predict",
    summary="Predice un préstamo",
    responses=documented.PREDICTING,
    openapi_extra=documented.OPTIONAL_KEY,
)
async def predict(
    application: LoanApplication,
    return_probabilities: bool = False,
) -> PredictionResponse:
    """Predice si se pagará a tiempo un préstamo; la predicción queda registrada."""
    raise errors.unavailable(messages.NO_MODEL)


@router.post(
    "/predict/batch",
    summary="Predice varios préstamos, todos o ninguno",
    responses=documented.PREDICTING | documented.EMPTY,
    openapi_extra=documented.OPTIONAL_KEY,
)
async def predict_batch(request: BatchRequest) -> PredictionResponse:
    """Predice un lote; si un préstamo no se puede usar, no se responde ninguno."""
    raise errors.unavailable(messages.NO_MODEL)


@router.post(
    "/predict/file",
    summary="Predice un archivo CSV o Parquet, fila por fila",
    response_class=Response,
    responses=documented.PREDICTING | documented.FILE_ANSWER,
    openapi_extra=documented.OPTIONAL_KEY | {"requestBody": documented.FILE_BODY},
)
async def predict_file(output: Literal["csv", "ndjson"] = "csv") -> Response:
    """Predice cada fila de un archivo; las que no se pueden usar dicen por qué.

    Las columnas son las de la cartera. La respuesta llega por partes, en el orden del archivo.
    """
    raise errors.unavailable(messages.NO_MODEL)
