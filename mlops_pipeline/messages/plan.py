"""Monitoring: what to do about what drifts, why, and with which command."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from mlops_pipeline.messages.dates import period_name
from mlops_pipeline.messages.monitoring import MOST_NAMED, named, short_number, unseen_names
from mlops_pipeline.messages.numbers import percent

FIX_DATES = "Corrija el reloj o el formato de fecha del sistema de origen."
CHECK_MISSING = "Revise en el origen por qué cambió la parte de valores desconocidos."
MAP_CATEGORIES = (
    "Averigüe qué son las categorías nuevas; corríjalas en el origen si son errores, o "
    "reentrene cuando haya préstamos suficientes con ellas."
)
CHECK_UNITS = "Revise la unidad y los límites de los valores fuera del rango de entrenamiento."
CHECK_VALUES = {
    "implausible": "Revise en el origen los valores inverosímiles (centinelas, unidades, dedazos).",
    "no_bureau_record": "Revise la consulta a la central: llegan más clientes sin registro.",
}
VERIFY_MODEL = (
    "Compruebe el modelo publicado: la probabilidad cambió sin que cambiara ninguna variable."
)
REVIEW_THRESHOLD = "Revise el umbral y la parte de aprobados antes de seguir decidiendo igual."
RETRAIN = "Reentrene con préstamos recientes; el programa compara y promueve solo si no empeora."
ASK_BUSINESS = "Pregunte al negocio qué cambió (producto, precio, canal); el modelo casi no lo usa."
WATCH = "Vigile el próximo período: el cambio es seguro, pero pequeño."
NOTHING = "Nada que hacer; repita la revisión en el próximo período."
VERIFY_COMMAND = "python -m mlops_pipeline models verify"
TRAIN_COMMAND = "python run_pipeline.py --data ARCHIVO"


def drift_command(since: str | None, by: str) -> str:
    """Give the command that shows logged loans by period."""
    return f"python -m mlops_pipeline drift --since {since or 'AAAA-MM-DD'} --by {by}"


def file_drift_command(by: str, path: str | None) -> str:
    """Give the command that shows a file's loans by period."""
    file = "ARCHIVO" if path is None else shlex.quote(path)
    return f"python -m mlops_pipeline drift --window {file} --by {by}"


def plain_drift_command(by: str) -> str:
    """Give the command that shows what is watched by default, by period."""
    return f"python -m mlops_pipeline drift --by {by}"


def widen_window(least: int) -> str:
    """Say that more loans are needed."""
    return (
        f"Amplíe la ventana hasta reunir al menos {least} préstamos; con menos no se decide nada."
    )


def reasons(causes: Sequence[tuple[str, str, str | None]]) -> str:
    """List variables, what happened to each, and since which period."""
    told = [
        named(name, cause) + (f" (desde {period_name(since)})" if since else "")
        for name, cause, since in causes[:MOST_NAMED]
    ]
    rest = len(causes) - MOST_NAMED
    return "; ".join(told) + (f"; y {rest} más" if rest > 0 else "")


def unseen_why(name: str, share: float, names: Sequence[str]) -> str:
    """Say how many loans have unseen categories, and some of these."""
    return (
        f"{name}: {percent(share)} de los préstamos con categorías no vistas: {unseen_names(names)}"
    )


def outside_why(below: float, above: float, usual_high: tuple[float, float] | None) -> str:
    """Say how many values lie outside the training range, and where it mostly lay.

    Args:
        below, above: shares of the loans.
        usual_high: a share of the training loans and the value that it does not exceed.

    >>> outside_why(0.0, 0.1, (0.95, 36.0))
    '0,0 % por debajo y 10,0 % por encima del rango; el 95 % del entrenamiento no pasa de 36'

    """
    usual = ""
    if usual_high is not None:
        share, high = usual_high
        usual = f"; el {percent(share, 0)} del entrenamiento no pasa de {short_number(high)}"
    return f"{percent(below)} por debajo y {percent(above)} por encima del rango{usual}"
