"""Titles, axes and pointers of the dashboard's charts."""

from __future__ import annotations

from mlops_pipeline.messages.dashboard import level_name
from mlops_pipeline.messages.dates import period_name
from mlops_pipeline.messages.numbers import decimal, number, percent

TRAINING_LOANS = "Entrenamiento"
WINDOW_LOANS = "Ventana"
TRAINING_ALL = "Entrenamiento (todos)"
PERIOD_AXIS = "Período"
VINTAGE_AXIS = "Período del préstamo (cosecha)"
PERIOD_LOANS_AXIS = "Préstamos"
SHARE_AXIS = "Parte de los préstamos (%)"

DENSITY_AXIS = "Préstamos por centésima de score (%)"
WINDOW_SCORE_CHART = "Distribución del score: ventana y entrenamiento"
SCORE_AXIS = "Probabilidad de pagar a tiempo"
QUADRANT_CHART = "Deriva e importancia de cada variable"
QUADRANT_X = "Parte de la importancia total para el modelo (%)"
QUADRANT_Y = "PSI sin el azar"
BINS_CHART = "Parte de los préstamos en cada tramo"
PSI_PARTS_CHART = "Lo que cada tramo aporta al PSI"
PSI_PARTS_AXIS = "Aporte al PSI"
ECDF_CHART = "Distribución acumulada de los valores conocidos"
ECDF_AXIS = "Préstamos con ese valor o menos (%)"
HEAT_CHART = "Nivel de cada variable en cada período"
VOLUME_CHART = "Préstamos por período"
MATURE_LOANS = "Plazo cumplido"
IMMATURE_LOANS = "Inmaduros"
LATE_CHART = "Mora por cosecha, con intervalo del 95 %"
LATE_AXIS = "Préstamos en mora (%)"
SCORE_TIME_CHART = "Mediana del score por cosecha"

GAUGE_TITLES = {
    "PSI": "PSI sin el azar",
    "KS": "KS",
    "JS": "Distancia de Jensen–Shannon",
}


def chart_told(title: str, x: str, y: str) -> str:
    """Say what a chart shows, for who cannot see it.

    >>> chart_told("Préstamos por período", "Período", "Préstamos"), chart_told("KS", "", "")
    ('Préstamos por período. Horizontal: Período. Vertical: Préstamos.', 'KS.')
    """
    axes = [f" Horizontal: {x}." if x else "", f" Vertical: {y}." if y else ""]
    return f"{title}.{''.join(axes)}"


def threshold_at(threshold: float) -> str:
    """Label the threshold's line."""
    return f"umbral {decimal(threshold)}"


def variable_axis(name: str, unit: str) -> str:
    """Give a variable's axis title with its unit."""
    return f"{name} ({unit})" if unit else name


def segment_chart(by: str) -> str:
    """Title the chart of segments."""
    return f"La ventana por {by.lower()}"


def history_chart(measure: str, name: str) -> str:
    """Title a figure over time."""
    return f"{measure} de {name} por período"


def new_model(version: str | None) -> str:
    """Label the line where another model begins."""
    return f"modelo {version or 'desconocido'}"


def score_range_hover(name: str, low: float, high: float, share: float) -> str:
    """Say a range of the score."""
    return f"{name}<br>de {decimal(low)} a {decimal(high)}: {percent(share)}"


def quadrant_hover(name: str, excess: float | None, weight: float) -> str:
    """Say a variable's drift and importance."""
    drift = "—" if excess is None else decimal(excess)
    return f"<b>{name}</b><br>PSI sin el azar {drift}<br>importancia {percent(weight)}"


def history_hover(period: str, value: float, loans: int) -> str:
    """Say a figure of a period."""
    return f"{period_name(period)}<br>{decimal(value)}<br>{number(loans)} préstamos"


def heat_hover(name: str, period: str, psi: float | None, level: str | None) -> str:
    """Say a variable's level in a period."""
    said = level_name(level) if level else "Sin nivel"
    figure = "—" if psi is None else decimal(psi)
    return f"<b>{name}</b><br>{period_name(period)}<br>{said}, PSI {figure}"


def late_hover(period: str, rate: float, low: float, high: float, loans: int) -> str:
    """Say a vintage's late rate."""
    return (
        f"{period_name(period)}<br>{percent(rate)} [{percent(low)}; {percent(high)}]"
        f"<br>{number(loans)} préstamos con desenlace"
    )


def score_hover(period: str, value: float | None) -> str:
    """Say a vintage's median score."""
    return f"{period_name(period)}<br>{'—' if value is None else decimal(value)}"
