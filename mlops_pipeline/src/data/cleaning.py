"""What happens to values outside their plausible band, for one loan and for many alike."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.schema import (
    BUREAU_COUNTS,
    BUREAU_SCORE,
    NUMERIC,
    TEXTS,
    Band,
    Column,
    Outside,
)
from mlops_pipeline.src.data.table import Loan, LoanTable


class Finding(StrEnum):
    """What was found about a value."""

    KEPT = "outside_plausible_kept"
    UNKNOWN = "outside_plausible_unknown"
    NO_RECORD = "zero_without_bureau_record"
    UNUSED = "outside_plausible_unused"
    UNSEEN_TEXT = "unknown_category"
    OUTSIDE_TRAINING = "outside_training_data"


@dataclass(frozen=True, slots=True)
class Flag:
    """A finding about one column: the rows (positions) concerned, ascending."""

    column: str
    finding: Finding
    rows: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LoanFlag:
    """A finding about one value of one loan; `value` is what came."""

    column: str
    finding: Finding
    value: float | str


def _band(column: Column) -> Band:
    """Give a numeric column's plausible band; `NUMERIC` has no column without one."""
    if column.plausible is None:
        raise TypeError(f"{column.name} has no plausible band")
    return column.plausible


PLAUSIBLE: Mapping[str, Band] = {column.name: _band(column) for column in NUMERIC}

_BANDS = tuple((c.name, PLAUSIBLE[c.name], c.outside is Outside.UNKNOWN) for c in NUMERIC)
_KNOWN_TEXTS = {c.name: frozenset(c.categories) for c in TEXTS}


def clean(loans: LoanTable) -> tuple[LoanTable, tuple[Flag, ...]]:
    """Give the loans as the features take them, and what was found, column by column."""
    changed: dict[str, NDArray[np.float64]] = {}
    flags: list[Flag] = []
    for name, band, becomes_unknown in _BANDS:
        values = loans.numbers[name]
        outside = (values < band.low) | (values > band.high)
        if not outside.any():
            continue
        finding = Finding.UNKNOWN if becomes_unknown else Finding.KEPT
        flags.append(Flag(name, finding, np.flatnonzero(outside)))
        if becomes_unknown:
            changed[name] = np.where(outside, np.nan, values)
    no_record = np.isnan(changed.get(BUREAU_SCORE, loans.numbers[BUREAU_SCORE]))
    for name in BUREAU_COUNTS if no_record.any() else ():
        unobserved = no_record & (loans.numbers[name] == 0)
        if unobserved.any():
            flags.append(Flag(name, Finding.NO_RECORD, np.flatnonzero(unobserved)))
            changed[name] = np.where(unobserved, np.nan, loans.numbers[name])
    flags.extend(_unseen_texts(loans))
    return loans.with_numbers(changed), tuple(flags)


def _unseen_texts(loans: LoanTable) -> list[Flag]:
    """Flag texts that are not among a column's categories (they stay as they came)."""
    flags = []
    for name, known in _KNOWN_TEXTS.items():
        texts = loans.texts[name].tolist()
        new = set(texts) - known - {None}
        if new:
            unseen = [row for row, text in enumerate(texts) if text in new]
            flags.append(Flag(name, Finding.UNSEEN_TEXT, np.array(unseen, dtype=np.int64)))
    return flags


def clean_loan(loan: Loan) -> tuple[dict[str, float | int | str | None], tuple[LoanFlag, ...]]:
    """Do for one loan, in plain scalars, what `clean` does for a table."""
    cleaned = dict(loan)
    flags: list[LoanFlag] = []
    for name, band, becomes_unknown in _BANDS:
        value = number(loan, name)
        if value < band.low or value > band.high:
            finding = Finding.UNKNOWN if becomes_unknown else Finding.KEPT
            flags.append(LoanFlag(name, finding, value))
            if becomes_unknown:
                cleaned[name] = math.nan
    if math.isnan(number(cleaned, BUREAU_SCORE)):
        for name in BUREAU_COUNTS:
            if number(loan, name) == 0:
                flags.append(LoanFlag(name, Finding.NO_RECORD, 0.0))
                cleaned[name] = math.nan
    for name, known in _KNOWN_TEXTS.items():
        text = loan[name]
        if isinstance(text, str) and text not in known:
            flags.append(LoanFlag(name, Finding.UNSEEN_TEXT, text))
    return cleaned, tuple(flags)


def number(loan: Mapping[str, float | int | str | None], name: str) -> float:
    """Give a numeric value of a loan.

    Raises:
        TypeError: the value is no number.

    """
    value = loan[name]
    if isinstance(value, str) or value is None:
        raise TypeError(f"{name} is not a number: {value!r}")
    return value
