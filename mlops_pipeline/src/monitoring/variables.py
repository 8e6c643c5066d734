"""What is watched of a loan: every feature, what cleaning hides, two ratios of price, the score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data.cleaning import Flag, clean
from mlops_pipeline.src.data.schema import (
    BUREAU_COUNTS,
    BY_NAME,
    COLUMNS,
    DATE,
    NUMERIC,
    TEXTS,
    KnownAt,
    Outside,
)
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.features.catalogue import CATALOGUE, Feature, Role
from mlops_pipeline.src.features.numbers import ARRAYS, Array
from mlops_pipeline.src.ft_engineering import build_features

Values = NDArray[np.float32] | NDArray[np.float64] | NDArray[np.object_]

SCORE = "probabilidad"


class Place(StrEnum):
    """Why a variable is watched; only the first three have a level."""

    FEATURE = "feature"
    DERIVED = "derived"  # made for monitoring only; the catalogue has nothing that says it
    SCORE = "score"
    CALENDAR = "calendar"  # always moves
    AFTERWARDS = "afterwards"  # known only after the loan, so that no application has it
    RAW = "raw"  # a column before cleaning, where cleaning may change it


LEVELLED = frozenset({Place.FEATURE, Place.DERIVED, Place.SCORE})


@dataclass(frozen=True, slots=True)
class Variable:
    """One watched variable.

    Attributes:
        sources: the loan's columns that it is made from.
        is_category: whether its values name categories.

    """

    name: str
    place: Place
    description: str
    unit: str
    sources: tuple[str, ...]
    is_category: bool = False


@dataclass(frozen=True, slots=True)
class _Derived:
    """A ratio that only monitoring looks at."""

    variable: Variable
    compute: Callable[[Mapping[str, Array]], Array]


def _fee_over_principal(numbers: Mapping[str, Array]) -> Array:
    """Give the monthly fee over the amount lent."""
    return ARRAYS.ratio(numbers["cuota_pactada"], numbers["capital_prestado"])


def _paid_over_principal(numbers: Mapping[str, Array]) -> Array:
    """Give all agreed fees over the amount lent: the loan's price, whatever its term."""
    paid = numbers["cuota_pactada"] * numbers["plazo_meses"]
    return ARRAYS.ratio(paid, numbers["capital_prestado"])


def _derived(
    name: str, description: str, sources: tuple[str, ...], compute: Callable[..., Array]
) -> _Derived:
    """Describe a ratio."""
    return _Derived(Variable(name, Place.DERIVED, description, messages.RATIO, sources), compute)


_DERIVED = (
    _derived(
        "cuota_sobre_capital",
        messages.FEE_OVER_PRINCIPAL,
        ("cuota_pactada", "capital_prestado"),
        _fee_over_principal,
    ),
    _derived(
        "pagos_sobre_capital",
        messages.PAID_OVER_PRINCIPAL,
        ("cuota_pactada", "plazo_meses", "capital_prestado"),
        _paid_over_principal,
    ),
)

_AFTERWARDS = {c.name for c in COLUMNS if c.known_at is KnownAt.AFTER_THE_LOAN}
_CHANGED_BY_CLEANING = tuple(
    c for c in NUMERIC if c.outside is Outside.UNKNOWN or c.name in BUREAU_COUNTS
)
_RAW_SUFFIX = "_sin_limpiar"


def _watched(feature: Feature) -> Variable:
    """Give a feature's place."""
    if feature.role is Role.CALENDAR:
        place = Place.CALENDAR
    else:
        place = Place.AFTERWARDS if _AFTERWARDS & {*feature.sources} else Place.FEATURE
    is_category = feature.role is Role.CATEGORY
    return Variable(
        feature.name, place, feature.description, feature.unit, feature.sources, is_category
    )


VARIABLES: tuple[Variable, ...] = (
    *map(_watched, CATALOGUE),
    *(one.variable for one in _DERIVED),
    *(
        Variable(c.name + _RAW_SUFFIX, Place.RAW, c.description, c.unit, (c.name,))
        for c in _CHANGED_BY_CLEANING
    ),
    Variable(SCORE, Place.SCORE, messages.SCORE_DESCRIPTION, "", ()),
)
BY_VARIABLE: Mapping[str, Variable] = {variable.name: variable for variable in VARIABLES}


def require_columns(loans: LoanTable) -> None:
    """Check that a table has every column of the loan.

    Raises:
        WindowError: it lacks some.

    """
    missing = [name for name in BY_NAME if name not in {*loans.numbers, *loans.texts, DATE}]
    if missing:
        raise WindowError(messages.window_lacks_columns(missing))


def watch(
    loans: LoanTable, probability: NDArray[np.float64]
) -> tuple[Mapping[str, Values], tuple[Flag, ...]]:
    """Give every watched variable of n loans as they came, shapes (n,), and cleaning's findings.

    A raw infinity stays one; a ratio over nothing is NaN, like any unknown value.
    """
    cleaned, flags = clean(loans)
    features = build_features(cleaned)
    values: dict[str, Values] = {name: features.column(name) for name in features.names}
    values.update({column.name: loans.texts[column.name] for column in TEXTS})
    with np.errstate(over="ignore", invalid="ignore"):
        values.update({one.variable.name: one.compute(cleaned.numbers) for one in _DERIVED})
    raw = {c.name + _RAW_SUFFIX: loans.numbers[c.name] for c in _CHANGED_BY_CLEANING}
    return {**values, **raw, SCORE: probability}, flags
