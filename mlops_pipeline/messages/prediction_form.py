"""What the dashboard says when it asks for a prediction: fields, result, the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from mlops_pipeline.messages.numbers import decimal, number, percent, shown

# --- the form: one label for each column of the loan's definition ----------------------------

FIELD_LABELS: Mapping[str, str] = {
    "tipo_credito": "Línea de crédito",
    "fecha_prestamo": "Fecha de desembolso",
    "capital_prestado": "Monto prestado",
    "plazo_meses": "Plazo",
    "edad_cliente": "Edad",
    "tipo_laboral": "Vinculación laboral",
    "salario_cliente": "Ingreso mensual",
    "total_otros_prestamos": "Otros préstamos",
    "cuota_pactada": "Cuota mensual",
    "puntaje": "Puntaje interno",
    "puntaje_datacredito": "Puntaje de la central",
    "cant_creditosvigentes": "Créditos vigentes",
    "huella_consulta": "Consultas recientes",
    "saldo_mora": "Saldo en mora",
    "saldo_total": "Saldo total",
    "saldo_principal": "Saldo principal",
    "saldo_mora_codeudor": "Mora de codeudor",
    "creditos_sectorFinanciero": "Sector financiero",
    "creditos_sectorCooperativo": "Sector cooperativo",
    "creditos_sectorReal": "Sector real",
    "promedio_ingresos_datacredito": "Ingreso según la central",
    "tendencia_ingresos": "Tendencia de ingresos",
}
FIELD_GROUPS: Mapping[str, str] = {
    "loan": "El préstamo",
    "customer": "El cliente",
    "money": "Ingresos y obligaciones",
    "bureau": "Central de riesgo",
    "credits": "Créditos vigentes, según la central de riesgo",
    "balances": "Saldos, según la central de riesgo",
}
UNKNOWN_FIELD = "Desconocido"
CHOOSE = "Elija o escriba"
DATE_PLACEHOLDER = "DD/MM/AAAA HH:MM"
FORM_INTRO = (
    "Escriba los números como 3.000.000 o 95,23. Un campo que dice «Desconocido» puede quedar "
    "vacío: se envía sin dato."
)
USE_EXAMPLE = "Usar el préstamo de ejemplo"
CLEAR_FORM = "Vaciar el formulario"
PREDICT = "Predecir"
ASKING = "Consultando a la API…"
ONE_LOAN = "Un préstamo"
MANY_LOANS = "Lote o archivo"
EARLIER_PREDICTION = "Buscar una predicción"
PREDICTION_WAYS = "Qué quiere hacer"
TAB_PREDICTION_INTRO = (
    "Cada predicción la hace la API, con su modelo en servicio, y queda en su registro si lo lleva."
)


def field_label(name: str, unit: str) -> str:
    """Name a field with its unit; counts need none."""
    return FIELD_LABELS[name] if unit in ("", "conteo") else f"{FIELD_LABELS[name]} ({unit})"


def field_help(
    name: str,
    description: str,
    possible: tuple[float, float] | None,
    plausible: tuple[float, float] | None,
    *,
    nullable: bool,
) -> str:
    """Explain a field: what it is, what is usual, what is admitted, whether it may be unknown."""
    parts = [f"{description}."]
    if plausible is not None:
        parts.append(f"Usual: {number(plausible[0])} a {number(plausible[1])}.")
    if possible is not None:
        parts.append(f"Se admite: {number(possible[0])} a {number(possible[1])}.")
    if nullable:
        parts.append("Puede quedar vacío (desconocido).")
    parts.append(f"Campo `{name}` de la API.")
    return " ".join(parts)


def marked_label(label: str) -> str:
    """Mark the label of a field that must be mended."""
    return f":red[:material/error: {label}]"


def field_reason(reason: str) -> str:
    """Say under a field what is wrong with it."""
    return f":small[:red[{reason[:1].upper()}{reason[1:]}.]]"


def not_a_spanish_number(text: str) -> str:
    """Say that a text of the form is no number."""
    return (
        f"{shown(text)} no es un número; escriba 3.000.000 o 95,23 (coma para los decimales, "
        "punto solo para los miles)"
    )


def not_a_spanish_date(text: str) -> str:
    """Say that a text of the form is no date."""
    return f"{shown(text)} no es una fecha; escriba DD/MM/AAAA o DD/MM/AAAA HH:MM"


def exact_number(value: float) -> str:
    """Write a number in Spanish with all of its digits.

    >>> exact_number(3000000), exact_number(95.227787123), exact_number(-0.5), exact_number(1e10)
    ('3.000.000', '95,227787123', '-0,5', '10.000.000.000')
    """
    text = f"{Decimal(repr(value)):,f}"
    whole, point, fraction = text.partition(".")
    kept = f"{whole}.{fraction.rstrip('0')}".rstrip(".") if point else whole
    return kept.translate(str.maketrans(",.", ".,"))


def spanish_moment(moment: datetime) -> str:
    """Write a date, with its time of day unless that is midnight.

    >>> spanish_moment(datetime(2026, 2, 23)), spanish_moment(datetime(2026, 2, 23, 10, 30, 5))
    ('23/02/2026', '23/02/2026 10:30:05')
    """
    if not (moment.hour or moment.minute or moment.second):
        return f"{moment:%d/%m/%Y}"
    return f"{moment:%d/%m/%Y %H:%M:%S}" if moment.second else f"{moment:%d/%m/%Y %H:%M}"


def fields_to_mend(labels: Sequence[str]) -> str:
    """Say which fields must be mended before anything is sent."""
    what = "1 campo" if len(labels) == 1 else f"{len(labels)} campos"
    return f"No se envió: hay {what} por corregir ({', '.join(labels)}). Están marcados en rojo."


# --- one loan's result -----------------------------------------------------------------------

RESULT = "Resultado"
PROBABILITY_AXIS = "Probabilidad de pagar a tiempo (%)"
LOANS_AXIS = "Préstamos"
PROBABILITY_NAME = "Probabilidad"
PREDICTED_ON_TIME = "Paga a tiempo"
PREDICTED_RISK = "Riesgo de mora"
NO_THRESHOLD = "La API no dijo el umbral de este modelo; la decisión es la de la API."
VALUES_IN_DOUBT = "Valores usados con reservas"
NO_VALUE_IN_DOUBT = "Ningún valor se usó con reservas."
MODEL_VERSION = "Modelo"
PREDICTION_ID = "Identificador de la predicción"
REQUEST_ID_NAME = "Identificador de la solicitud"
ANSWERED_AT = "Respondida"
THE_REQUEST = "La solicitud, para repetirla desde otro programa"
SNIPPET_NOTE = "SU_CLAVE_DE_API es un marcador: ponga su clave, que aquí nunca se muestra."
KEY_PLACEHOLDER = "SU_CLAVE_DE_API"
SNIPPET_CURL = "curl"
SNIPPET_PYTHON = "Python"


def threshold_name(threshold: float) -> str:
    """Name the threshold's mark in a chart."""
    return f"Umbral {percent(threshold, 2)}"


def compared_with_threshold(probability: float, threshold: float | None) -> str:
    """Say a probability beside the threshold."""
    said = f"Probabilidad de pagar a tiempo: **{percent(probability, 2)}**."
    if threshold is None:
        return said
    points = decimal(100 * abs(probability - threshold), 2)
    where = "por encima" if probability >= threshold else "por debajo"
    return f"{said} Umbral de decisión: {percent(threshold, 2)}; está {points} puntos {where}."


def sent_unknown(labels: Sequence[str]) -> str:
    """Name the fields that were sent without a value."""
    return f"Enviados sin dato: {', '.join(labels)}."


def value_in_doubt(label: str, message: str) -> str:
    """Say what the service found about a field's value."""
    return f"**{label}**: {message}."


def bar_in_words(probability: float, threshold: float | None) -> str:
    """Describe the probability's bar to those who do not see it."""
    beside = "" if threshold is None else f", umbral {percent(threshold, 2)}"
    return f"Barra: probabilidad de pagar a tiempo {percent(probability, 2)}{beside}"


# --- an earlier prediction -------------------------------------------------------------------

LOOK_UP = "Buscar"
LOOK_UP_LABEL = "Identificador (prediction_id)"
LOOK_UP_HELP = "Por ejemplo, 019c8a4f-1f00-7d3a-9b1c-2f6e8a4d5c70."
NO_ID = "Escriba el identificador de la predicción."
FILL_FORM = "Llevar estos datos al formulario"
LOGGED_FIELD = "Campo"
LOGGED_VALUE = "Valor recibido"
LOGGED_AT = "Registrada"


def moment_in_colombia(moment: datetime) -> str:
    """Write a moment of Colombian time.

    >>> moment_in_colombia(datetime(2026, 2, 23, 7, 5, 9))
    '23/02/2026 07:05:09 (hora de Colombia)'
    """
    return f"{moment:%d/%m/%Y %H:%M:%S} (hora de Colombia)"
