"""What the OpenAPI document says of errors and keys."""

from __future__ import annotations

from typing import Any

from fastapi import Security
from fastapi.security import APIKeyHeader

from mlops_pipeline.api.wire_answers import ErrorAnswer, Ready, ValidationAnswer

Responses = dict[int | str, dict[str, Any]]

API_KEY = Security(
    APIKeyHeader(
        name="X-API-Key",
        auto_error=False,
        description="Clave de API; se pide solo si el servicio se configuró con API_KEYS",
    )
)

# Beside what `API_KEY` says: without API_KEYS nobody is asked for one.
OPTIONAL_KEY: dict[str, Any] = {"security": [{}]}

_RETRY = {
    "Retry-After": {
        "description": "Segundos que conviene esperar",
        "schema": {"type": "integer"},
    }
}


def _error(status: int, description: str, model: Any = ErrorAnswer) -> Responses:
    """Give the documentation of one error."""
    said = {"model": model, "description": description}
    return {status: {**said, "headers": _RETRY} if status == 503 else said}  # noqa: PLR2004


EMPTY = _error(400, "El lote no tiene préstamos")
PROTECTED = _error(401, "Falta una clave de API válida")
NOT_FOUND = _error(404, "No hay tal predicción")
UNAVAILABLE = _error(
    503,
    "No hay un modelo verificado, o el registro no puede guardar, o hay "
    "demasiadas solicitudes a la vez",
)
NOT_READY = _error(
    503, "Falta un modelo verificado o un registro en el que se pueda escribir", Ready
)[503]
PREDICTING = (
    PROTECTED
    | _error(413, "El cuerpo o el lote es demasiado grande")
    | _error(415, "El cuerpo no es de un tipo admitido")
    | _error(422, "Campo y motivo de cada error", ValidationAnswer)
    | UNAVAILABLE
)
LOG = (
    PROTECTED
    | _error(403, "El servicio no pide claves: no entrega datos de clientes")
    | _error(422, "Parámetro y motivo de cada error", ValidationAnswer)
    | UNAVAILABLE
)

MONITORING = (
    PROTECTED
    | _error(422, "Parámetro y motivo de cada error", ValidationAnswer)
    | _error(503, "No hay un modelo verificado, o el registro no se puede leer ahora")
)

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TEXT = {"schema": {"type": "string"}}
FILE_BODY = {
    "required": True,
    "description": "Archivo con las columnas de la cartera; la columna Pago_atiempo no hace falta",
    "content": {"text/csv": _BINARY, "application/vnd.apache.parquet": _BINARY},
}
FILE_ANSWER: Responses = _error(408, "El archivo dejó de llegar antes de su final") | {
    200: {
        "description": "Una fila por cada fila del archivo",
        "content": {"text/csv": _TEXT, "application/x-ndjson": _TEXT},
    },
    422: {
        "description": "No es un archivo de préstamos, o un parámetro no se admite",
        "content": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/ErrorAnswer"},
                        {"$ref": "#/components/schemas/ValidationAnswer"},
                    ]
                }
            }
        },
    },
}
