"""The catalogue of the 35 features: each one a pure function of one loan's columns.

A function's arguments are named like the columns that it reads, so its signature *is* its
lineage: nothing is declared twice. `xp` is the number system (`features.numbers`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS, DATE, Kind
from mlops_pipeline.src.features.numbers import D, Numbers, V, month_of

# Raised whenever a definition below changes: a bundle trained on other definitions is refused.
FEATURE_SET_VERSION = 1

# The credit bureau reports balances in thousands of COP.
BUREAU_UNIT = 1_000.0


class Role(StrEnum):
    """How a feature's values are to be read."""

    NUMERIC = "numeric"
    CATEGORY = "category"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature.

    Attributes:
        sources: the loan's columns that it is made from.
        compute: `compute(xp, *sources)` for a derived feature; None for a column taken as it is.

    """

    name: str
    role: Role
    unit: str
    description: str
    sources: tuple[str, ...]
    compute: Callable[..., Any] | None = None


def ratio_cuota_salario(xp: Numbers[V], cuota_pactada: V, salario_cliente: V) -> V:
    """Cuota mensual sobre ingreso declarado."""
    return xp.ratio(cuota_pactada, salario_cliente)


def ratio_deuda_ingreso(xp: Numbers[V], total_otros_prestamos: V, salario_cliente: V) -> V:
    """Otros préstamos declarados sobre ingreso declarado."""
    return xp.ratio(total_otros_prestamos, salario_cliente)


def ratio_capital_salario(xp: Numbers[V], capital_prestado: V, salario_cliente: V) -> V:
    """Monto prestado sobre ingreso declarado."""
    return xp.ratio(capital_prestado, salario_cliente)


def tiene_mora(xp: Numbers[V], saldo_mora: V) -> V:
    """1 si la central de riesgo reporta saldo en mora."""
    return xp.positive(saldo_mora)


def tiene_codeudor_mora(xp: Numbers[V], saldo_mora_codeudor: V) -> V:
    """1 si la central de riesgo reporta saldo en mora como codeudor."""
    return xp.positive(saldo_mora_codeudor)


def nivel_endeudamiento(xp: Numbers[V], saldo_total: V, salario_cliente: V) -> V:
    """Deuda total en la central de riesgo, en meses de ingreso declarado."""
    return xp.ratio(saldo_total * BUREAU_UNIT, salario_cliente)


def total_creditos_sector(
    xp: Numbers[V],  # noqa: ARG001 - one signature for all
    creditos_sectorFinanciero: V,
    creditos_sectorCooperativo: V,
    creditos_sectorReal: V,
) -> V:
    """Créditos vigentes en los tres sectores."""
    return creditos_sectorFinanciero + creditos_sectorCooperativo + creditos_sectorReal


def ratio_financiero(
    xp: Numbers[V],
    creditos_sectorFinanciero: V,
    creditos_sectorCooperativo: V,
    creditos_sectorReal: V,
) -> V:
    """Parte de los créditos vigentes que es del sector financiero."""
    return xp.ratio(
        creditos_sectorFinanciero,
        creditos_sectorFinanciero + creditos_sectorCooperativo + creditos_sectorReal,
    )


def ingreso_disponible(
    xp: Numbers[V],  # noqa: ARG001 - one signature for all
    salario_cliente: V,
    cuota_pactada: V,
    total_otros_prestamos: V,
) -> V:
    """Ingreso declarado menos la cuota y los otros préstamos declarados."""
    return salario_cliente - cuota_pactada - total_otros_prestamos


def ratio_puntajes(xp: Numbers[V], puntaje: V, puntaje_datacredito: V) -> V:
    """Puntaje interno sobre puntaje de la central de riesgo."""
    return xp.ratio(puntaje, puntaje_datacredito)


def mes_prestamo(days: D) -> D:
    """Mes del desembolso, 1 a 12."""
    return month_of(days)


def dia_semana(days: D) -> D:
    """Día de la semana del desembolso, 0 (lunes) a 6 (domingo)."""
    return (days + 3) % 7  # 1970-01-01 was a Thursday


def trimestre(days: D) -> D:
    """Trimestre del desembolso, 1 a 4."""
    return (month_of(days) - 1) // 3 + 1


def dias_desde_epoca(days: D) -> D:
    """Días desde el 1 de enero de 1970."""
    return days


_CALENDAR = ((mes_prestamo, ""), (dia_semana, ""), (trimestre, ""), (dias_desde_epoca, "días"))
_FINANCIAL = (
    (ratio_cuota_salario, "razón"),
    (ratio_deuda_ingreso, "razón"),
    (ratio_capital_salario, "razón"),
    (tiene_mora, "0/1"),
    (tiene_codeudor_mora, "0/1"),
    (nivel_endeudamiento, "meses de ingreso"),
    (total_creditos_sector, "conteo"),
    (ratio_financiero, "razón"),
    (ingreso_disponible, "COP"),
    (ratio_puntajes, "razón"),
)


def _taken(name: str) -> Feature:
    """Give the feature that is a column as it stands; a text becomes its category's code."""
    column = BY_NAME[name]
    role = Role.CATEGORY if column.kind in (Kind.CODE, Kind.CATEGORY) else Role.NUMERIC
    return Feature(name, role, column.unit, column.description, (name,))


def _financial(function: Callable[..., Any], unit: str) -> Feature:
    """Give a derived feature; its sources are the names of its function's arguments."""
    sources = tuple(inspect.signature(function).parameters)[1:]
    role = Role.NUMERIC
    return Feature(function.__name__, role, unit, function.__doc__ or "", sources, function)


def _calendar(function: Callable[..., Any], unit: str) -> Feature:
    """Give a feature of the loan's date."""
    return Feature(
        function.__name__, Role.CALENDAR, unit, function.__doc__ or "", (DATE,), function
    )


CATALOGUE: tuple[Feature, ...] = (
    *(_taken(c.name) for c in COLUMNS if c.kind in (Kind.AMOUNT, Kind.INTEGER, Kind.CODE)),
    *(_taken(c.name) for c in COLUMNS if c.is_text),
    *(_calendar(function, unit) for function, unit in _CALENDAR),
    *(_financial(function, unit) for function, unit in _FINANCIAL),
)
FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in CATALOGUE)
BY_FEATURE = {feature.name: feature for feature in CATALOGUE}


def columns_of(features: Iterable[str]) -> frozenset[str]:
    """Give the loan's columns that these features are made from."""
    return frozenset(source for name in features for source in BY_FEATURE[name].sources)
