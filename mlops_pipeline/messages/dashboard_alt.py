"""What the dashboard's charts show, in words and figures, for who cannot see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlops_pipeline.messages.numbers import decimal, number, percent

_MOST_NAMED = 8

NOTHING_DRAWN = "No hay ningún valor que mostrar."


def chart_told(title: str, x: str, y: str, figures: str) -> str:
    """Say what a chart shows.

    >>> chart_told("Préstamos por período", "Llegada", "Préstamos", "1 período.")
    'Préstamos por período. Horizontal: Llegada. Vertical: Préstamos. 1 período.'
    >>> chart_told("KS", "", "", "0,123.")
    'KS. 0,123.'
    """
    axes = [f" Horizontal: {x}." if x else "", f" Vertical: {y}." if y else ""]
    return f"{title}.{''.join(axes)} {figures}"


def dial_told(value: float, bands: Sequence[float]) -> str:
    """Say a gauge's figure and where its levels begin.

    >>> dial_told(0.3, (0.02, 0.1, 0.25)), dial_told(0.3, ())
    ('0,300; amarillo desde 0,020, naranja desde 0,100 y rojo desde 0,250.', '0,300, sin niveles.')
    """
    if not bands:
        return f"{decimal(value)}, sin niveles."
    yellow, orange, red = (decimal(one) for one in bands)
    return f"{decimal(value)}; amarillo desde {yellow}, naranja desde {orange} y rojo desde {red}."


def score_told(peaks: Mapping[str, tuple[float, float, float]], threshold: float) -> str:
    """Say, for each side, where most loans' score lies, and the threshold.

    Args:
        peaks: for each side the ends of its fullest range, and its share of the loans.
        threshold: from which on a loan is granted.

    """
    said = [
        f"{name}: el intervalo con más préstamos va de {decimal(low)} a {decimal(high)} "
        f"({percent(share)})"
        for name, (low, high, share) in peaks.items()
    ]
    return f"{'. '.join(said)}. Umbral: {decimal(threshold)}."


def levels_told(counted: Mapping[str, int]) -> str:
    """Say how many of each level there are, but for those of which there are none.

    >>> levels_told({"verde": 1, "amarillo": 0, "rojo": 1200})
    '1 verde, 1.200 rojo'
    """
    return ", ".join(f"{number(count)} {level}" for level, count in counted.items() if count)


def quadrant_told(counted: Mapping[str, int], first: Sequence[tuple[str, float, float]]) -> str:
    """Say how many variables have each level, and which ones drift most: PSI and importance."""
    said = [
        f"{name}, PSI {decimal(excess)} e importancia {percent(weight)}"
        for name, excess, weight in first
    ]
    more = f" Las que más derivan: {'; '.join(said)}." if said else ""
    return f"Variables: {levels_told(counted)}.{more}"


def shares_told(changes: Sequence[tuple[str, float, float]]) -> str:
    """Say how bins' shares of the loans differ, from the training loans' to the window's.

    >>> shares_told([("> 12 a 36", 0.2, 0.35)])
    'Entrenamiento y ventana difieren más en «> 12 a 36»: de 20,0 % a 35,0 %.'
    """
    said = [f"«{name}»: de {percent(old)} a {percent(new)}" for name, old, new in changes]
    return f"Entrenamiento y ventana difieren más en {'; '.join(said)}." if said else NOTHING_DRAWN


def parts_told(total: float | None, parts: Sequence[tuple[str, float]]) -> str:
    """Say a PSI and the bins that add most to it."""
    if total is None:
        return NOTHING_DRAWN
    said = [f"«{name}» {decimal(part)}" for name, part in parts]
    return f"PSI {decimal(total)}; lo que más aporta: {'; '.join(said)}."


def quantiles_told(sides: Mapping[str, Sequence[tuple[float, float | None]]], unit: str) -> str:
    """Say quantiles (share, value) of both sides.

    >>> quantiles_told({"Ventana": [(0.5, 36.0), (0.95, None)]}, "meses")
    'Ventana: 50 % hasta 36, 95 % hasta — (meses).'
    """
    said = [
        f"{name}: "
        + ", ".join(
            f"{percent(share, 0)} hasta {'—' if value is None else number(round(value, 4))}"
            for share, value in quantiles
        )
        for name, quantiles in sides.items()
    ]
    return f"{'. '.join(said)}{f' ({unit})' if unit else ''}."


def segments_told(segments: Sequence[tuple[str, int, str, float]]) -> str:
    """Say of each segment its loans and its fullest bin, with that one's share."""
    said = [
        f"{name}, {number(loans)} préstamos: lo más frecuente es «{label}», {percent(share)}"
        for name, loans, label, share in segments
    ]
    return f"{'. '.join(said)}." if said else NOTHING_DRAWN


def course_told(said: Sequence[tuple[str, str]], lowest: int, highest: int) -> str:
    """Say the course of a figure: first and last, lowest and highest period.

    Args:
        said: the names of the periods in order, each with its figure, which is written.
        lowest, highest: where in them the lowest and the highest one is.

    >>> course_told([("jun 2025", "3"), ("jul 2025", "1"), ("ago 2025", "2")], 1, 0)
    '3 períodos, de jun 2025 (3) a ago 2025 (2); el menor, jul 2025 (1); el mayor, jun 2025 (3).'
    >>> course_told([("jun 2025", "3")], 0, 0)
    '1 período, jun 2025: 3.'
    """
    if not said:
        return NOTHING_DRAWN
    named = [f"{period} ({figure})" for period, figure in said]
    if len(said) == 1:
        return f"1 período, {said[0][0]}: {said[0][1]}."
    return (
        f"{number(len(said))} períodos, de {named[0]} a {named[-1]}; el menor, {named[lowest]}; "
        f"el mayor, {named[highest]}."
    )


def volume_told(course: str, loans: int, immature: int) -> str:
    """Say how many loans there are in all, and how many of them are immature."""
    return f"{number(loans)} préstamos, de ellos {number(immature)} inmaduros. {course}"


def heat_told(
    variables: int, counted: Mapping[str, int], last: str, alarming: Sequence[tuple[str, str]]
) -> str:
    """Say how many cells have each level, and what stands out in the last period.

    >>> heat_told(2, {"verde": 5, "rojo": 1}, "ago 2025", [("plazo_meses", "rojo")])
    '2 variables; celdas: 5 verde, 1 rojo. En ago 2025 destacan: plazo_meses (rojo).'
    >>> heat_told(2, {"verde": 6}, "ago 2025", [])
    '2 variables; celdas: 6 verde. En ago 2025 no destaca ninguna.'
    """
    named = ", ".join(f"{name} ({level})" for name, level in alarming[:_MOST_NAMED])
    rest = len(alarming) - _MOST_NAMED
    named += f" y {number(rest)} más" if rest > 0 else ""
    stands = f"destacan: {named}" if named else "no destaca ninguna"
    said = f"{number(variables)} variables; celdas: {levels_told(counted)}."
    return f"{said} En {last} {stands}."
