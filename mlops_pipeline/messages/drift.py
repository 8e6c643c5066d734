"""What the command `drift` says."""

from __future__ import annotations

from datetime import date, datetime

from mlops_pipeline.messages.dates import day_name
from mlops_pipeline.messages.numbers import number, percent

CLI_DRIFT = "Compara préstamos con los de entrenamiento; el código de salida dice el nivel."
CLI_DRIFT_WINDOW = "CSV o Parquet con los préstamos que se comparan"
CLI_DRIFT_SINCE = (
    "compara las predicciones registradas desde esa fecha (ISO 8601; sin zona, hora de Colombia)"
)
CLI_DRIFT_BY = "day, week o month: períodos de la historia (por omisión month)"
CLI_DRIFT_JSON = "escribe todo en JSON"
OUT_OF_TIME_WINDOW = "Período de prueba fuera de tiempo del modelo"
NO_LOG_TO_READ = "No hay un registro de predicciones que leer (PREDICTION_LOG, DATABASE_URL)."
DRIFT_HISTORY = "\nHistoria"
DRIFT_PLAN = "\nPlan"


def file_window(name: str) -> str:
    """Name a window that is a file."""
    return f"Archivo {name}"


def without_traffic(origin: str) -> str:
    """Say of the first window that it stands in for real traffic."""
    return f"{origin} (aún no hay suficiente tráfico real)"


def log_window(since: datetime) -> str:
    """Name a window of logged predictions."""
    return f"Tráfico real desde el {day_name(since.date())}, {since:%H:%M} ({since:%Z})"


def traffic_window(first: date, last: date) -> str:
    """Name a window of counted traffic.

    >>> traffic_window(date(2026, 10, 30), date(2026, 11, 28))
    'Tráfico real que llegó del 30 oct 2026 al 28 nov 2026'
    """
    return f"Tráfico real que llegó del {day_name(first)} al {day_name(last)}"


def segment_window(origin: str, tipo_laboral: str | None, tipo_credito: str | None) -> str:
    """Name a segment of a window.

    >>> segment_window("Archivo a.csv", "Empleado", None)
    'Archivo a.csv (tipo_laboral «Empleado»)'
    """
    chosen = {"tipo_laboral": tipo_laboral, "tipo_credito": tipo_credito}
    told = [f"{name} «{value}»" for name, value in chosen.items() if value is not None]
    return f"{origin} ({', '.join(told)})"


def drift_told(origin: str, cause: str) -> str:
    """Say a window's level and its cause."""
    return f"{origin}. {cause}"


def drift_window(loans: int, rejected: int) -> str:
    """Say how many loans a window has."""
    lost = f"; {number(rejected)} filas que no se pueden usar" if rejected else ""
    return f"Préstamos: {number(loans)}{lost}."


def drift_variable(name: str, level: str, cause: str) -> str:
    """Give one line of what drifts."""
    return f"  {level:<10}{name}: {cause}"


def drift_period(period: str, level: str, loans: int, late_rate: float | None) -> str:
    """Give one line of the history."""
    late = "" if late_rate is None else f", mora {percent(late_rate)}"
    return f"  {period:<18}{level:<13}{number(loans)} préstamos{late}"


def drift_action(urgency: str, what: str, why: str, command: str) -> str:
    """Give one entry of the plan."""
    how = f"\n      {command}" if command else ""
    return f"  [{urgency}] {what}\n      {why}{how}"
