"""The form's fields, derived from the loan's definition: texts to values and back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.data import values
from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS, DATE, MAX_TEXT, Column, Kind

Value = float | int | str | None
Document = Mapping[str, Value]

# Which columns stand together, in the form's order; the titles are in `messages.FIELD_GROUPS`.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "loan": ("tipo_credito", DATE, "plazo_meses", "capital_prestado"),
    "customer": ("edad_cliente", "tipo_laboral", "puntaje"),
    "money": (
        "salario_cliente",
        "promedio_ingresos_datacredito",
        "total_otros_prestamos",
        "cuota_pactada",
    ),
    "bureau": ("puntaje_datacredito", "huella_consulta", "tendencia_ingresos"),
    "credits": (
        "cant_creditosvigentes",
        "creditos_sectorFinanciero",
        "creditos_sectorCooperativo",
        "creditos_sectorReal",
    ),
    "balances": ("saldo_total", "saldo_principal", "saldo_mora", "saldo_mora_codeudor"),
}

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+(\d{1,2}:\d{2}(?::\d{2})?))?")


def label(name: str) -> str:
    """Give a column's label with its unit; a name that is no column's stays as it is."""
    column = BY_NAME.get(name)
    return name if column is None else messages.field_label(name, column.unit)


def help_text(column: Column) -> str:
    """Explain a column: what it is, what is usual and what is admitted."""
    possible, plausible = column.possible, column.plausible
    return messages.field_help(
        column.name,
        column.description,
        None if possible is None else (possible.low, possible.high),
        None if plausible is None else (plausible.low, plausible.high),
        nullable=column.nullable,
    )


def field_text(column: Column, value: Value) -> str | None:
    """Write a value as its field shows it; None leaves the field empty."""
    if value is None:
        return None
    if column.kind is Kind.MOMENT:
        return messages.spanish_moment(datetime.fromtimestamp(parse_moment(str(value)), UTC))
    if isinstance(value, str):
        return value
    return f"{value:g}" if column.is_text else messages.exact_number(value)


def read_field(column: Column, text: str | None) -> Value:
    """Give the value that a field's text says, as the service wants it.

    Raises:
        ValueError: it says none that the loan's definition admits; the text is Spanish.

    """
    text = (text or "").strip()
    if not text:
        if not column.nullable:
            raise ValueError(messages.required_value())
        return None
    if column.kind is Kind.MOMENT:
        return iso_moment(text)
    if column.is_text:
        if len(text) > MAX_TEXT:
            raise ValueError(messages.too_long(len(text), MAX_TEXT))
        return text
    return _number(column, text)


def _number(column: Column, text: str) -> float | int:
    """Read a number written in Spanish and check it against the column's possible band."""
    bare = text.replace("\N{NO-BREAK SPACE}", " ").removeprefix("$").strip()
    if not (bare.isascii() and _NUMBER.fullmatch(bare)):
        raise ValueError(messages.not_a_spanish_number(text))
    value = float(bare.replace(".", "").replace(",", "."))
    reasons = values.Reasons()
    values.check_numbers(column, np.array([value]), reasons)
    if not math.isfinite(value) or reasons.by_row:
        raise ValueError("; ".join(reasons.by_row[0]).removeprefix(f"{column.name}: "))
    return int(value) if value.is_integer() else value


def iso_moment(text: str) -> str:
    """Read a date written in Spanish, or in ISO 8601, to ISO 8601.

    >>> iso_moment("23/2/2026 10:30"), iso_moment("2026-02-23")
    ('2026-02-23 10:30:00', '2026-02-23')

    Raises:
        ValueError: it is none; the text is Spanish.

    """
    found = _DATE.fullmatch(text)
    if found is None:
        if "/" in text or not text.isascii():
            raise ValueError(messages.not_a_spanish_date(text))
        iso = text
    else:
        day, month, year, time_of_day = found.groups()
        iso = f"{year}-{int(month):02d}-{int(day):02d}"
        if time_of_day:
            hour, _, rest = time_of_day.partition(":")
            iso += f" {int(hour):02d}:{rest}" + ("" if ":" in rest else ":00")
    try:
        datetime.fromisoformat(iso)
    except ValueError:
        raise ValueError(messages.not_a_spanish_date(text)) from None
    parse_moment(iso)
    return iso


def read_form(texts: Mapping[str, str | None]) -> tuple[dict[str, Value], dict[str, str]]:
    """Give the loan that the fields say, and why each of the others says nothing usable."""
    document: dict[str, Value] = {}
    reasons: dict[str, str] = {}
    for column in COLUMNS:
        try:
            document[column.name] = read_field(column, texts.get(column.name))
        except ValueError as error:
            reasons[column.name] = str(error)
    return document, reasons
