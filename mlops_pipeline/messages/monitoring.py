"""Monitoring: what drifts, how surely, what is wrong with a window."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_pipeline.messages.numbers import decimal, number, percent, shown

RATIO = "razón"
FEE_OVER_PRINCIPAL = "Cuota mensual sobre monto prestado (solo para vigilancia)"
PAID_OVER_PRINCIPAL = "Cuota por plazo sobre monto prestado: lo que cuesta el préstamo (vigilancia)"
SCORE_DESCRIPTION = "Probabilidad calibrada de pagar a tiempo"
UNSEEN = "no vista"
UNKNOWN_VALUE = "desconocido"
SHOWN_CALENDAR = "Se muestra sin nivel: el calendario siempre se mueve."
SHOWN_AFTERWARDS = "Se muestra sin nivel: solo se conoce después de otorgar el préstamo."
SHOWN_RAW = "Se muestra sin nivel: es la columna antes de limpiarla."

_SMALLEST_P = 0.001
MOST_NAMED = 5


def window_lacks_columns(missing: Sequence[str]) -> str:
    """Name the columns that a window lacks."""
    return f"A la ventana le faltan columnas del préstamo: {', '.join(missing)}."


def bad_probabilities(loans: int) -> str:
    """Say what scores are expected."""
    return f"Se esperaban {number(loans)} probabilidades entre 0 y 1, una por préstamo."


def other_grid() -> str:
    """Say that two sets of counts do not belong together."""
    return (
        "Estos conteos se hicieron con los tramos de otro modelo; "
        "hay que volver a contar los préstamos con la referencia actual."
    )


def unreadable_tally() -> str:
    """Say that kept counts are damaged."""
    return "Los conteos guardados de una ventana no se pueden leer."


def unreadable_reference() -> str:
    """Say that a reference profile is damaged or of another version."""
    return "El perfil de referencia no se puede leer o es de otra versión del programa."


def reference_too_small(loans: int, least: int) -> str:
    """Say that a reference needs more loans."""
    return f"Con {number(loans)} préstamos no se puede hacer un perfil: hacen falta {least}."


def bin_label(low: float | None, high: float | None) -> str:
    """Name a bin of numbers.

    >>> bin_label(None, 12.0), bin_label(12.0, 36.0), bin_label(36.0, None), bin_label(None, None)
    ('≤ 12', '> 12 a 36', '> 36', 'cualquiera')
    """
    if low is None:
        return "cualquiera" if high is None else f"≤ {short_number(high)}"
    return (
        f"> {short_number(low)}"
        if high is None
        else f"> {short_number(low)} a {short_number(high)}"
    )


def short_number(value: float) -> str:
    """Write a number with four significant digits, whole ones in full."""
    if value == round(value):
        return number(value)
    return number(float(f"{value:.4g}"))


def p_value(value: float) -> str:
    """Write a p-value.

    >>> p_value(0.0321), p_value(0.00001)
    ('p 0,032', 'p < 0,001')
    """
    return f"p < {number(_SMALLEST_P)}" if value < _SMALLEST_P else f"p {decimal(value)}"


def _loans(count: int) -> str:
    """Count loans."""
    return "1 préstamo" if count == 1 else f"{number(count)} préstamos"


def too_few_to_compare(loans: int) -> str:
    """Say that nothing can be told of a variable."""
    return f"No alcanza para comparar: {_loans(loans)}."


def missing_changed(before: float, now: float) -> str:
    """Say how the share of unknown values changed."""
    return f"valores desconocidos: de {percent(before)} a {percent(now)}"


def strange_values(outside: int, unseen: int, loans: int) -> str:
    """Say that values came which training had not: of a category, else of a number."""
    found = unseen or outside
    what = "categorías no vistas" if unseen else "fuera del rango de entrenamiento"
    return f"{what}: {_loans(found)} ({percent(found / loans)})"


def distribution_changed(psi: float, excess: float, sureness: float) -> str:
    """Say how much a distribution changed and how sure that is."""
    return f"PSI {decimal(psi, 2)} ({decimal(excess, 2)} sin el azar; {p_value(sureness)} ajustada)"


def no_change_shown() -> str:
    """Say that a variable is green."""
    return "sin cambio demostrado, o demasiado pequeño para importar"


def named(name: str, cause: str) -> str:
    """Say of which variable a cause is."""
    return f"{name}: {cause}"


def window_too_small(loans: int, least: int) -> str:
    """Say that a window says nothing."""
    if not loans:
        return "La ventana no tiene préstamos: no hay nada que comparar."
    return f"La ventana tiene {_loans(loans)}; con menos de {least} no se puede decir nada."


def window_green(loans: int, watched: Sequence[str]) -> str:
    """Say that a window is like the training loans."""
    text = f"Los {number(loans)} préstamos se parecen a los del entrenamiento"
    if watched:
        return f"{text}; cambió algo que el modelo casi no usa: {_listed(watched)}."
    return f"{text}: ningún cambio demostrado que importe."


def window_drifts(level: str, causes: Sequence[tuple[str, str]]) -> str:
    """Say what gave a window its level."""
    told = "; ".join(named(name, cause) for name, cause in causes[:MOST_NAMED])
    rest = len(causes) - MOST_NAMED
    more = f"; y {rest} más" if rest > 0 else ""
    return f"Nivel {level} por {told}{more}."


def _listed(names: Sequence[str]) -> str:
    """List some names."""
    rest = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" y {rest} más" if rest > 0 else "")


def future_dates(loans: int) -> str:
    """Say that loans are dated after now."""
    return f"{_loans(loans)} con fecha futura: revise el reloj o el formato de fecha del origen."


_FOUND = {
    "outside_plausible_kept": "valores inverosímiles",
    "outside_plausible_unknown": "valores inverosímiles, tomados como desconocidos",
    "zero_without_bureau_record": "ceros sin registro en la central de riesgo",
    "unknown_category": "textos que la definición del préstamo no conoce",
}


def cleaning_found(column: str, finding: str, before: float, now: float) -> str:
    """Say what cleaning finds more often than before."""
    return f"{column}: {_FOUND[finding]}, de {percent(before)} a {percent(now)}"


def unseen_names(names: Sequence[str]) -> str:
    """Quote unseen categories."""
    rest = len(names) - MOST_NAMED
    told = ", ".join(shown(name) for name in names[:MOST_NAMED])
    return told + (f" y {rest} más" if rest > 0 else "")


OTHER_SEGMENTS = "otros"


def empty_history() -> str:
    """Say that there is no period to show."""
    return "Todavía no hay historia: ningún período tiene préstamos."
