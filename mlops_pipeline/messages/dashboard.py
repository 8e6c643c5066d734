"""What the dashboard's page, its sidebar and its empty states say."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_pipeline.messages.numbers import decimal, number, percent, shown

PAGE_TITLE = "Vigilancia del modelo de pago a tiempo"
TAB_OVERVIEW = "Dashboard General"
TAB_FEATURES = "Análisis de Features"
TAB_DISTRIBUTIONS = "Distribuciones"
TAB_TIME = "Análisis Temporal"
TAB_PLAN = "Recomendaciones"
TAB_PREDICTION = "Predicción API"
TABS = (
    TAB_OVERVIEW,
    TAB_FEATURES,
    TAB_DISTRIBUTIONS,
    TAB_TIME,
    TAB_PLAN,
    TAB_PREDICTION,
)

SIDEBAR_SERVICE = "Servicio"
SIDEBAR_WINDOW = "Préstamos que se miran"
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
NO_MODEL_SHORT = "Sin modelo publicado en esta máquina."

SOURCE = "Ventana"
SOURCES = {
    "automatica": "Automática",
    "prueba": "Prueba fuera de tiempo",
    "trafico": "Tráfico real",
    "archivo": "Archivo CSV o Parquet",
}
UPLOAD = "Cartera que se compara"
UPLOAD_HELP = (
    "Las columnas del préstamo, con o sin Pago_atiempo. El archivo se cuenta y se descarta."
)
SINCE = "Desde"
UNTIL = "Hasta"
TIPO_LABORAL = "Tipo laboral"
TIPO_CREDITO = "Tipo de crédito"
ALL_SEGMENTS = "Todos"
LIMITS_IN_USE = "Umbrales en uso"

UNDERSTOOD = "Entendido"
UNKNOWN = "—"
NO_LEVEL = "Sin nivel"
LEVEL_ICONS = {
    "insuficiente": ":material/help:",
    "verde": ":material/check_circle:",
    "amarillo": ":material/visibility:",
    "naranja": ":material/warning:",
    "rojo": ":material/error:",
}


def source_help(days: int) -> str:
    """Explain the windows."""
    return (
        "Automática: el tráfico real cuando ya hay suficiente; mientras tanto, el período de "
        "prueba fuera de tiempo que viaja con el modelo. Sin fechas, el tráfico es el de los "
        f"últimos {number(days)} días. El período de prueba está contado por meses: con fechas se "
        "toman los meses completos que tocan."
    )


def segment_help(least: int) -> str:
    """Explain segments."""
    return (
        f"Los segmentos se cuentan con tramos gruesos; los de menos de {number(least)} préstamos "
        "van en «otros»."
    )


def service_up(version: str) -> str:
    """Say that the service predicts."""
    return f"Predice con el modelo {version}."


def service_degraded(why: str) -> str:
    """Say that the service answers but does not predict."""
    return f"Responde, pero no puede predecir: {why}"


def service_down(why: str) -> str:
    """Say that the service does not answer."""
    return f"{why} Levántelo con `python api_main.py` o `make run`; esta luz se actualiza sola."


def other_model_served(version: str) -> str:
    """Say that the service predicts with another model than this machine's."""
    return f"El servicio predice con otro modelo: {version}."


def wrong_address_value(name: str, value: str) -> str:
    """Say that a value of the page's address is ignored."""
    return f"La dirección pedía {name}={shown(value)}, que no existe aquí; se ignora."


def limits(
    threshold: float,
    psi: Sequence[float],
    missing: Sequence[float],
    strange: Sequence[float],
    sure: tuple[float, float],
    least: int,
) -> str:
    """List the limits in use; `sure`: adjusted p-values up to which a level is yellow, and more."""

    def row(name: str, ends: Sequence[float], *, shares: bool) -> str:
        said = [percent(end, 0) if shares else decimal(end, 2) for end in ends]
        return f"| {name} | {' | '.join(said)} |"

    return "\n".join(
        [
            f"Decisión: paga a tiempo desde una probabilidad de {decimal(threshold)}.",
            "",
            "| Desde | amarillo | naranja | rojo |",
            "|---|---|---|---|",
            row("PSI sin el azar", psi, shares=False),
            row("Cambio de faltantes", missing, shares=True),
            row("Fuera de rango o no visto", strange, shares=True),
            "",
            f"Un nivel pide además evidencia: p ajustada ≤ {decimal(sure[0], 2)} (amarillo) o ≤ "
            f"{decimal(sure[1], 2)}. Con menos de {number(least)} préstamos no se dice nada.",
        ]
    )


def level_name(level: str) -> str:
    """Name a level."""
    return level.capitalize()


def variable_name(name: str) -> str:
    """Name a variable in a list: as in the data, the score by its other name too."""
    return "probabilidad (score)" if name == "probabilidad" else name
