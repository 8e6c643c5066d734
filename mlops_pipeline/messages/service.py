"""What the HTTP service says."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from mlops_pipeline.messages.numbers import number, shown

PAYS_ON_TIME = "✅ Cliente pagará a tiempo (bajo riesgo)"
LATE_PAYMENT_EXPECTED = "⚠️ Cliente con riesgo de mora (no pagará a tiempo)"


def interpretation(decision: int) -> str:
    """Say a decision in words: 1 pays on time, 0 at risk of arrears."""
    return PAYS_ON_TIME if decision == 1 else LATE_PAYMENT_EXPECTED


API_TITLE = "API de predicción de pago a tiempo"

API_DESCRIPTION = (
    "Predice si un cliente pagará su préstamo a tiempo. Cada respuesta nombra la versión del "
    "modelo que decidió y los valores que se usaron con reservas."
)

TAG_STATE = "Estado"
TAG_MODEL = "Modelo"
TAG_PREDICTING = "Predicciones"
TAG_LOG = "Registro"

ENDPOINTS = {
    "GET /health": "estado del servicio",
    "GET /model/info": "qué modelo decide, con qué datos y qué tan bueno es",
    "POST /predict": "predicción de un préstamo",
    "POST /predict/batch": "predicción de varios préstamos, todos o ninguno",
    "POST /predict/file": "predicción de un archivo CSV o Parquet, fila por fila",
    "GET /monitoring/drift": "deriva de una ventana de préstamos, y qué hacer",
    "GET /monitoring/history": "deriva por día, semana o mes",
    "GET /monitoring/counts": "conteos guardados del tráfico (sin filas)",
    "GET /predictions": "predicciones registradas (con clave de API)",
    "GET /predictions/{prediction_id}": "una predicción registrada (con clave de API)",
    "GET /livez": "el proceso responde",
    "GET /readyz": "hay un modelo verificado y un registro en el que se puede escribir",
    "GET /metrics": "métricas para Prometheus",
    "GET /docs": "documentación interactiva (Swagger)",
}
EMPTY_BATCH = "El lote está vacío: «data» debe tener al menos un préstamo."
NO_MODEL = "No hay un modelo cargado."
REPEATED_FIELD = "el campo está repetido; debe estar una sola vez"
NO_API_KEY = "Falta una clave de API válida en el encabezado X-API-Key."
KEYS_NOT_CONFIGURED = (
    "Las predicciones registradas son datos de clientes: solo se entregan si el servicio "
    "pide claves de API (API_KEYS)."
)
OVERLOADED = "El servicio está atendiendo todas las solicitudes que puede; reintente en un momento."
LOG_NOT_WRITABLE = "El registro de predicciones no se puede escribir."
LOG_IS_OFF = "El registro de predicciones está apagado (PREDICTION_LOG=off)."
UPLOADED = "recibido"
LANE_ENDED = "El proceso que atiende lotes y archivos terminó antes de responder; reintente."

_HTTP = {
    400: "El cuerpo de la solicitud no se puede leer como JSON en UTF-8.",
    404: "No existe esa ruta; vea GET / o /docs.",
    405: "Esa ruta no acepta ese método; vea /docs.",
}


def bad_choice(came: str, allowed: Sequence[str]) -> str:
    """Say that a value is none of those that there are."""
    return f"{shown(came)} no se admite; se espera {' o '.join(allowed)}"


def more_errors(shown_errors: int) -> str:
    """Say that not all errors are listed."""
    return f"hay más errores; se muestran los primeros {number(shown_errors)}"


def body_too_large(limit: int) -> str:
    """Say that a body has too many bytes."""
    return f"El cuerpo de la solicitud es demasiado grande; se aceptan hasta {number(limit)} bytes."


def batch_too_large(found: int, limit: int) -> str:
    """Say that a batch has too many loans."""
    return (
        f"El lote tiene {number(found)} préstamos; se aceptan hasta {number(limit)}. "
        "Divídalo, o use POST /predict/file."
    )


def wrong_media_type(came: str, allowed: Sequence[str]) -> str:
    """Say that a body is of another type."""
    what = shown(came) if came else "ninguno"
    return f"Tipo de contenido no admitido: {what}; se acepta {' o '.join(allowed)}."


def unknown_prediction(prediction_id: str) -> str:
    """Say that there is no such prediction."""
    return f"No hay una predicción registrada con el identificador {shown(prediction_id)}."


def reload_refused(version: str | None, reason: str) -> str:
    """Say that a new model was refused and the old one serves on."""
    return f"No se cargó {version or 'lo publicado'}: {reason} Sigue en servicio el anterior."


_TASKS = {
    "watch": "la vigilancia del modelo publicado",
    "metrics": "la puesta al día de las métricas",
    "retention": "el borrado de las predicciones vencidas",
    "counting": "el conteo del registro para la vigilancia",
    "parent": "la vigilancia del proceso principal",
}


def task_stopped(task: str) -> str:
    """Say that one of the service's own tasks died of a defect."""
    return f"Se detuvo por un error interno {_TASKS.get(task, task)}; reinicie el servicio."


def http(status: int) -> str:
    """Say an HTTP status in words."""
    return _HTTP.get(status, f"La solicitud no se pudo atender (HTTP {status}).")


_VALIDATION = {
    "missing": "falta el campo y es obligatorio",
    "json_invalid": "el cuerpo no es JSON válido",
    "float_type": "{came} no es un número",
    "float_parsing": "{came} no es un número",
    "finite_number": "debe ser un número finito",
    "multiple_of": "{came} debe ser un número entero",
    "greater_than_equal": "{came} es menor que lo posible; el mínimo es {ge}",
    "less_than_equal": "{came} es mayor que lo posible; el máximo es {le}",
    "string_type": "{came} no es un texto",
    "string_too_short": "el texto está vacío; use null si no se conoce y el campo lo permite",
    "string_too_long": "el texto tiene más de {max_length} caracteres",
    "value_error": "{error}",
    "int_parsing": "{came} no es un número entero",
    "int_parsing_size": "el número es demasiado grande",
    "int_type": "{came} no es un número entero",
    "less_than": "{came} es mayor que lo posible; debe ser menor que {lt}",
    "datetime_parsing": "{came} no es una fecha; se espera ISO 8601",
    "datetime_from_date_parsing": "{came} no es una fecha; se espera ISO 8601",
    "date_parsing": "{came} no es una fecha; se espera AAAA-MM-DD",
    "date_from_datetime_parsing": "{came} no es una fecha; se espera AAAA-MM-DD",
    "literal_error": "{came} no se admite; se espera {expected}",
    "bool_type": "{came} no es true ni false",
    "bool_parsing": "{came} no es true ni false",
    "list_type": "se espera una lista de préstamos",
    "model_attributes_type": "se espera un objeto con los campos del préstamo",
    "model_type": "se espera un objeto con los campos del préstamo",
    "dict_type": "se espera un objeto con los campos del préstamo",
}


def validation(
    kind: str, came: object, context: Mapping[str, object], field: str, known: Sequence[str]
) -> str:
    """Say one of pydantic's error types, with what came and what is allowed."""
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(field, known, n=1, cutoff=0.5)
        return "campo desconocido" + (f"; ¿quiso decir «{near[0]}»?" if near else "")
    words = {name: _value(value) for name, value in context.items()}
    template = _VALIDATION.get(kind, "valor no admitido ({kind})")
    return template.format(**{"kind": kind, "came": _value(came), "error": "", **words})


def _value(value: object) -> str:
    """Show any value that came from outside."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return shown(value)
    return (
        str(value)
        if isinstance(value, Exception)
        else f"un valor de tipo {_JSON_TYPES.get(type(value), 'no admitido')}"
    )


_JSON_TYPES: dict[type, str] = {list: "lista", dict: "objeto"}
