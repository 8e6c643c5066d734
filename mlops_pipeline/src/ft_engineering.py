"""Door: loans to features. The same definitions serve one loan and a million."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.moments import SECONDS_PER_DAY
from mlops_pipeline.src.data.schema import BY_NAME, DATE, TEXTS
from mlops_pipeline.src.data.table import Loan, LoanTable
from mlops_pipeline.src.features.catalogue import (
    BY_FEATURE,
    CATALOGUE,
    FEATURE_NAMES,
    Feature,
    Role,
)
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.features.numbers import ARRAYS, FLOAT32_OVERFLOW, SCALARS

# Rows computed at a time: small enough for the columns to stay in the processor's cache.
BLOCK_ROWS = 16_384

CODES: Mapping[str, Mapping[str, float]] = {
    column.name: {text: float(code) for code, text in enumerate(column.categories)}
    for column in TEXTS
}


def build_features(loans: LoanTable) -> FeatureMatrix:
    """Give the 35 features of the catalogue for each loan.

    Args:
        loans: n cleaned loans (`data.cleaning.clean`).

    Returns:
        float32 matrix (n, 35) in the catalogue's order, NaN where a feature is unknown.

    """
    values = np.empty((len(loans), len(CATALOGUE)), dtype=np.float32)
    with np.errstate(over="ignore"):  # what overflows is unknown, see `_finite`
        for start in range(0, len(loans), BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            _fill(values[block], loans.take(block))
            _finite(values[block])
    return FeatureMatrix(values, FEATURE_NAMES)


def _finite(values: NDArray[np.float32]) -> None:
    """Make infinities unknown: a ratio over next to nothing says nothing."""
    values[np.isinf(values)] = np.nan


def _fill(out: NDArray[np.float32], loans: LoanTable) -> None:
    """Compute a block of rows into `out`."""
    days = loans.seconds // SECONDS_PER_DAY
    for position, feature in enumerate(CATALOGUE):
        if feature.compute is None:
            out[:, position] = _taken(loans, feature.name)
        elif feature.role is Role.CALENDAR:
            out[:, position] = feature.compute(days)
        else:
            columns = [loans.numbers[name] for name in feature.sources]
            out[:, position] = feature.compute(ARRAYS, *columns)


def _taken(loans: LoanTable, name: str) -> NDArray[np.float64]:
    """Give a column as it stands, or the codes of a column of texts (NaN for an unknown one)."""
    if name not in CODES:
        return loans.numbers[name]
    texts = loans.texts[name]
    codes = np.full(len(texts), np.nan)
    for text, code in CODES[name].items():
        codes[texts == text] = code
    return codes


def row_builder(names: Sequence[str]) -> Callable[[Loan], list[float]]:
    """Give the function that computes these features of one cleaned loan, in plain scalars.

    In float64; rounded to float32, they equal the loan's row in `build_features`, bit for bit.
    """
    functions = tuple(_scalar(BY_FEATURE[name]) for name in names)
    return lambda loan: [compute(loan) for compute in functions]


def _scalar(feature: Feature) -> Callable[[Loan], float]:
    """Give the function that computes a feature of one loan."""
    name, sources, compute = feature.name, feature.sources, feature.compute
    if compute is None:
        if BY_NAME[name].is_text:
            codes: Mapping[Any, float] = CODES[name]
            return lambda loan: codes.get(loan[name], math.nan)
        return itemgetter(name)
    if feature.role is Role.CALENDAR:
        seconds = itemgetter(DATE)
        return lambda loan: float(compute(seconds(loan) // SECONDS_PER_DAY))
    columns = itemgetter(*sources)
    if len(sources) == 1:
        return lambda loan: compute(SCALARS, columns(loan))

    def derived(loan: Loan) -> float:
        value: float = compute(SCALARS, *columns(loan))
        return value if -FLOAT32_OVERFLOW < value < FLOAT32_OVERFLOW else math.nan

    return derived


build_feature_row = row_builder(FEATURE_NAMES)
