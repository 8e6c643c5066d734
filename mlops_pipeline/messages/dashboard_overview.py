"""What the dashboard's first tab says: level, key figures, gauges, score and decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mlops_pipeline.messages.dashboard import UNKNOWN, level_name
from mlops_pipeline.messages.dates import day_name
from mlops_pipeline.messages.numbers import decimal, number, percent, signed

_SMALLEST = 0.001
_MANY = 100
_MOST_NAMED = 4

KPI_DRIFTING = "Variables con deriva"
KPI_DRIFTING_HELP = (
    "Con nivel amarillo o más, de las que tienen préstamos suficientes para decirlo; el score es "
    "una de ellas."
)
KPI_SHARE = "Proporción"
KPI_SHARE_HELP = "Variables con deriva sobre las que tienen préstamos suficientes para decirlo."
KPI_LOANS = "Préstamos"
KPI_MODEL = "Edad del modelo"
KPI_FRESHNESS = "Edad de los datos"
GAUGES = "Cuánto cambió una variable"
GAUGE_VARIABLE = "Variable de los medidores"
NO_FIGURE = "No se puede calcular: una categoría no tiene orden, o no hay valores."
SCORE_AND_DECISION = "Score y decisión"
GRANTED = "Sobre el umbral"
EXPECTED_COST = "Costo por préstamo"
EXPECTED_COST_WINDOW = "Costo de la ventana"


def no_scores(least: int) -> str:
    """Say that there are no scores to show; of the traffic, because few loans could be told."""
    return (
        "La ventana no tiene préstamos con score que se puedan mostrar: "
        f"del tráfico con menos de {least} préstamos solo se dice cuántos son."
    )


def banner(level: str, names: Sequence[str], cause: str) -> str:
    """Say the window's level and why, in one line."""
    if not names:
        return f"**{level_name(level)}.** {cause}"
    more = len(names) - _MOST_NAMED
    listed = ", ".join(names[:_MOST_NAMED]) + (f" y {more} más" if more > 0 else "")
    return f"**Nivel {level}** por {listed}."


def banner_details(count: int) -> str:
    """Name the list of causes."""
    return "La causa en cifras" if count == 1 else f"Las {count} causas en cifras"


def causes(named: Sequence[tuple[str, str]]) -> str:
    """List variables' causes."""
    return "\n".join(f"- **{name}**: {cause}" for name, cause in named)


def out_of(some: int, of: int) -> str:
    """Say how many of how many; of none, nothing can be said.

    >>> out_of(3, 32), out_of(0, 0)
    ('3 de 32', '—')
    """
    return f"{number(some)} de {number(of)}" if of else UNKNOWN


def share_of(some: int, of: int) -> str:
    """Say which share some are.

    >>> share_of(8, 32), share_of(0, 0)
    ('25,0 %', '—')
    """
    return percent(some / of) if of else UNKNOWN


def kpi_loans_help(reference: int) -> str:
    """Say what the window is compared with."""
    return f"En la ventana; el entrenamiento tuvo {number(reference)}."


def kpi_model_help(version: str, name: str, made: date) -> str:
    """Say which model this is."""
    return f"{version}, {name}, entrenado el {day_name(made)}."


def kpi_freshness_help(first: str | None, last: str | None) -> str:
    """Say from when to when the loans are."""
    if first is None or last is None:
        return "Sin préstamos."
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return f"Días desde el último préstamo; van del {day_name(begin)} al {day_name(end)}."


def days(count: int) -> str:
    """Write a number of days."""
    return "1 día" if count == 1 else f"{number(count)} días"


def gauges_explained(window: int, reference: int, chances: Sequence[float], *, enough: bool) -> str:
    """Say what the gauges' bands are, and how many loans they are about.

    Args:
        window, reference: values on each side.
        chances: shares of windows in which chance alone exceeds each of the KS' marks.
        enough: whether the window's are enough for a level.

    >>> said = gauges_explained(800, 1_440, (0.05, 0.01, 0.001), enough=True)
    >>> "en el 5 %, 1 % y 0,1 % de las ventanas" in said
    True

    """
    said = f"Ventana: {number(window)} valores; entrenamiento: {number(reference)}. "
    if not enough:
        return said + "Con tan pocos préstamos ninguna cifra tiene nivel: van sin colores."
    *some, last = (f"{number(100 * chance)} %" for chance in chances)
    return said + (
        "Decide el nivel el PSI sin el azar. Las marcas del KS son lo que el azar solo supera en "
        f"el {', '.join(some)} y {last} de las ventanas de este tamaño; las del JS, lo que "
        "equivale a las del PSI más lo que da el azar, que la distancia incluye."
    )


def score_explained(reference: int, window: int) -> str:
    """Say whose scores are drawn."""
    return (
        f"Ventana: {number(window)} préstamos con score. Entrenamiento: {number(reference)}, "
        "calculados fuera de su pliegue."
    )


def points(change: float) -> str:
    """Write a change of a share in points."""
    return f"{signed(100 * change, 1)} puntos"


def granted_help(before: float, doubt: float) -> str:
    """Explain the share above the threshold."""
    exact = f" (exacto a {percent(doubt)})" if doubt >= _SMALLEST else ""
    return f"Préstamos que se decide otorgar{exact}; en entrenamiento, {percent(before)}."


def cost(value: float, cost_reject: float, *, in_pesos: bool) -> str:
    """Write a cost in pesos; costs that were given as a ratio, beside what a refusal costs.

    >>> cost(251234.5, 100000, in_pesos=True), cost(0.5024, 2, in_pesos=False)
    ('$ 251.235', '0,251 veces')
    """
    if in_pesos:
        return f"$ {decimal(value, 0)}"
    times = value / cost_reject
    return f"{decimal(times, 3 if abs(times) < _MANY else 0)} veces"


def cost_change(value: float, cost_reject: float, *, in_pesos: bool) -> str:
    """Write a change of a cost."""
    return f"{signed(value, 0)} pesos" if in_pesos else f"{signed(value / cost_reject)} veces"


def cost_help(cost_late: float, cost_reject: float) -> str:
    """Explain the expected cost."""
    return (
        f"Costo esperado. Otorgar uno que cae en mora cuesta {number(cost_late)}; rechazar uno que "
        f"paga, {number(cost_reject)}. La probabilidad es la de cada celda."
    )


def cost_unit(cost_late: float, cost_reject: float) -> str:
    """Say what costs are measured in where they were given as a ratio."""
    return (
        "El costo va en veces el de rechazar un préstamo que se habría pagado: el modelo se "
        f"entrenó con la razón {number(cost_late)} a {number(cost_reject)}, no con pesos. Para "
        "verlo en pesos, entrene con `--costo-mora` y `--costo-rechazo` en pesos."
    )


def cost_window_help(loans: int) -> str:
    """Explain the window's expected cost."""
    return f"El costo esperado por préstamo, por los {number(loans)} préstamos con score."
