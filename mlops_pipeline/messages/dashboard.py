"""What the dashboard's page and sidebar say."""

from __future__ import annotations

PAGE_TITLE = "Vigilancia del modelo de pago a tiempo"
TAB_OVERVIEW = "Dashboard General"
TAB_FEATURES = "Análisis de Features"
TAB_DISTRIBUTIONS = "Distribuciones"
TAB_TIME = "Análisis Temporal"
TAB_PLAN = "Recomendaciones"
TAB_PREDICTION = "Predicción API"

SIDEBAR_SERVICE = "Servicio"
SIDEBAR_MODEL = "Modelo"
API_ADDRESS = "Dirección de la API"
API_ADDRESS_HELP = (
    "Por omisión, la de API_URL. La clave de API (API_KEY) se envía solo a esa dirección; "
    "si la cambia aquí, se consulta sin clave."
)
LIGHTS = {
    "up": "Servicio en línea",
    "degraded": "Servicio sin modelo o sin registro",
    "down": "Servicio sin respuesta",
    "wrong_address": "Dirección no válida",
}
NO_MODEL_SHORT = "Sin modelo publicado en esta máquina"


def service_up(version: str) -> str:
    """Say that the service predicts."""
    return f"Predice con el modelo {version}."


def service_degraded(why: str) -> str:
    """Say that the service answers but does not predict."""
    return f"Responde, pero no puede predecir: {why}"


def service_down(why: str) -> str:
    """Say that the service does not answer."""
    return f"{why} Levántelo con `python api_main.py` o `make run`; esta luz se actualiza sola."
