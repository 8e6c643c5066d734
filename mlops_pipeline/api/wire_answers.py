"""What goes over the wire: models of answers, for the OpenAPI document and the slower routes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mlops_pipeline import messages


class ValueWarning(BaseModel):
    """Un valor que se usó con reservas."""

    index: int = Field(description="Posición del préstamo, desde 0")
    field: str = Field(description="Campo")
    finding: str = Field(description="Hallazgo, código estable")
    message: str = Field(description="Hallazgo, en palabras")


ANSWER_EXAMPLE: dict[str, Any] = {
    "predictions": [1],
    "probability_class_1": [0.9634],
    "interpretation": [messages.interpretation(1)],
    "n_samples": 1,
    "model_version": "v20260223_120000",
    "timestamp": "2026-02-23T12:00:00Z",
    "warnings": [
        {
            "index": 0,
            "field": "edad_cliente",
            "finding": "outside_plausible_unknown",
            "message": messages.finding("outside_plausible_unknown", 121.0),
        }
    ],
    "prediction_id": ["019c8a4f-1f00-7d3a-9b1c-2f6e8a4d5c70"],
}


class PredictionResponse(BaseModel):
    """Predicciones en el orden de los préstamos."""

    model_config = ConfigDict(
        protected_namespaces=(), json_schema_extra={"examples": [ANSWER_EXAMPLE]}
    )

    predictions: list[int] = Field(description="1 paga a tiempo, 0 riesgo de mora")
    probability_class_1: list[float] | None = Field(
        description="Probabilidad de pagar a tiempo; null si no se pidió"
    )
    interpretation: list[str]
    n_samples: int
    model_version: str
    timestamp: str = Field(description="Hora de la respuesta, UTC")
    warnings: list[ValueWarning] = Field(
        description="Valores fuera de lo plausible o de los datos de entrenamiento"
    )
    prediction_id: list[str] = Field(
        description="Identificador de cada predicción en el registro, en el mismo orden"
    )


class LoggedWarning(BaseModel):
    """Un valor que se usó con reservas, según el registro."""

    field: str
    finding: str
    message: str


class LoggedPrediction(BaseModel):
    """Una predicción registrada."""

    model_config = ConfigDict(protected_namespaces=())

    prediction_id: str
    created_at: str = Field(description="Hora de la predicción, UTC")
    request_id: str = Field(description="X-Request-ID de la solicitud")
    model_version: str
    inputs: dict[str, float | str | None] = Field(
        description="El préstamo tal como llegó; si el texto registrado no es JSON, "
        "entero bajo el nombre «_texto»"
    )
    probability: float = Field(description="Probabilidad de pagar a tiempo")
    threshold: float = Field(description="Desde qué probabilidad se decidió 1")
    decision: int = Field(description="1 paga a tiempo, 0 riesgo de mora")
    warnings: list[LoggedWarning]


class PredictionPage(BaseModel):
    """Predicciones registradas, de la más antigua a la más nueva."""

    predictions: list[LoggedPrediction]
    next_cursor: str | None = Field(description="Para pedir las siguientes; null: no hay más")
    last_cursor: str | None = Field(
        description="El de la última predicción de esta página (si no trae ninguna, el que llegó): "
        "pide lo que se registre después"
    )


class Live(BaseModel):
    """El proceso responde."""

    status: str


class Ready(BaseModel):
    """Si se pueden atender predicciones."""

    ready: bool
    detail: list[str] = Field(description="Qué falta")


class Root(BaseModel):
    """Qué es este servicio."""

    api: str
    version: str
    status: str
    endpoints: dict[str, str]


class Health(BaseModel):
    """Estado del servicio; siempre se responde con 200."""

    model_config = ConfigDict(protected_namespaces=())

    status: str = Field(description="healthy o degraded")
    timestamp: str
    model_loaded: bool
    model_version: str | None
    detail: str | None = Field(description="Por qué no hay modelo")


class ErrorItem(BaseModel):
    """Un error de validación."""

    type: str = Field(description="Código estable")
    loc: list[str | int] = Field(description="Dónde: en un lote, con la posición del préstamo")
    msg: str = Field(description="Qué llegó y qué se admite")


class ValidationAnswer(BaseModel):
    """Respuesta 422: qué campos y por qué."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "detail": [
                        {
                            "type": "greater_than_equal",
                            "loc": ["body", "edad_cliente"],
                            "msg": "17 es menor que lo posible; el mínimo es 18",
                        }
                    ]
                }
            ]
        }
    )

    detail: list[ErrorItem]


class ErrorAnswer(BaseModel):
    """Respuesta de error con una sola explicación."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"detail": messages.NO_MODEL}]})

    detail: str
