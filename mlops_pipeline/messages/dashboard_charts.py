"""Titles, axes and pointers of the dashboard's charts."""

from __future__ import annotations

from mlops_pipeline.messages.dashboard import level_name
from mlops_pipeline.messages.dates import period_name
from mlops_pipeline.messages.numbers import decimal, number, percent

TRAINING_LOANS = "Entrenamiento"
WINDOW_LOANS = "Ventana"
TRAINING_ALL = "Entrenamiento (todos)"
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
SCORE_TIME_AXIS = "Probabilidad mediana"
MATURE_LOANS = "Plazo cumplido"
IMMATURE_LOANS = "Inmaduros"
LATE_AXIS = "Préstamos en mora (%)"

GAUGE_TITLES = {
    "PSI": "PSI sin el azar",
    "KS": "KS",
    "JS": "Distancia de Jensen–Shannon",
}


def threshold_at(threshold: float) -> str:
    """Label the threshold's line."""
    return f"umbral {decimal(threshold)}"


def variable_axis(name: str, unit: str) -> str:
    """Give a variable's axis title with its unit."""
    return f"{name} ({unit})" if unit else name


def segment_chart(by: str) -> str:
    """Title the chart of segments."""
    return f"La ventana por {by.lower()}"


def time_axis(*, by_arrival: bool) -> str:
    """Title the axis of time: a loan's day is that of its arrival at the service, or its own.

    Short: two charts stand side by side on a tablet.
    """
    return "Fecha de llegada" if by_arrival else "Cosecha"


def _by_period(*, by_arrival: bool) -> str:
    """Say by which periods."""
    return "por llegada" if by_arrival else "por cosecha"


def volume_chart(*, by_arrival: bool) -> str:
    """Title the numbers of loans over time."""
    return f"Préstamos {_by_period(by_arrival=by_arrival)}"


def late_chart(confidence: float, *, by_arrival: bool) -> str:
    """Title the late rates over time."""
    return f"Mora {_by_period(by_arrival=by_arrival)}, con intervalo del {percent(confidence, 0)}"


def score_time_chart(*, by_arrival: bool) -> str:
    """Title the median scores over time."""
    return f"Mediana del score {_by_period(by_arrival=by_arrival)}"


def history_chart(measure: str, name: str, *, by_arrival: bool) -> str:
    """Title a figure over time."""
    return f"{measure} de {name} {_by_period(by_arrival=by_arrival)}"


def period_of_model(period: str, version: str | None) -> str:
    """Name the part of a period in which a model scored, where models shared the period."""
    return f"{period_name(period)}, {new_model(version)}"


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


def with_unit(value: float, unit: str) -> str:
    """Write a value of a variable with its unit.

    >>> with_unit(36.0, "meses"), with_unit(0.12345678, "razón")
    ('36 meses', '0,1235 razón')
    """
    return f"{number(round(value, 4))} {unit}"


def history_hover(period: str, value: str, loans: int) -> str:
    """Say a figure, which is written, of a period."""
    return f"{period_name(period)}<br>{value}<br>{number(loans)} préstamos"


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
