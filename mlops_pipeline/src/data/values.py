"""Texts of a file to checked columns: which values are impossible, and why.

The scalar twin of these checks is the API's model (`mlops_pipeline.api.wire`), which pydantic
builds from the same `schema.COLUMNS`; a property test holds the two to the same verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import parse_moment, parse_moments
from mlops_pipeline.src.data.schema import MAX_TEXT, TARGET, Column

# What files write for "nothing here", in small letters.
NULLS = frozenset({"", "nan", "null", "none", "na", "n/a", "<na>", "nat"})

UNKNOWN_OUTCOME = -1

Texts = Sequence[str]


@dataclass(slots=True)
class Reasons:
    """Why rows of a chunk cannot be used: position -> Spanish reasons."""

    by_row: dict[int, list[str]] = field(default_factory=dict)

    def add(self, row: int, column: str, reason: str) -> None:
        """Note one reason against a row."""
        self.by_row.setdefault(row, []).append(f"{column}: {reason}")


def is_null(text: str) -> bool:
    """Tell whether a text stands for no value."""
    return text.strip().lower() in NULLS


def parse_number(text: str) -> float:
    """Give the number that a text says; NaN for no value.

    Raises:
        ValueError: the text is no number.

    """
    if is_null(text):
        return math.nan
    if "_" in text or not text.isascii():  # float() would take 1_000 and other alphabets' digits
        raise ValueError(text)
    return float(text)


def _bulk(texts: Texts) -> NDArray[np.float64] | None:
    """Parse a clean column of numbers at once; None if any text needs a closer look."""
    joined = "".join(texts)
    if "_" in joined or not joined.isascii():
        return None
    try:
        return np.array([float(text or "nan") for text in texts], dtype=np.float64)
    except ValueError:
        return None


def numbers(column: Column, texts: Texts, reasons: Reasons) -> NDArray[np.float64]:
    """Give a numeric column, NaN where there is no value; impossible ones go to `reasons`."""
    values = _bulk(texts)
    misread: set[int] = set()
    if values is None:
        values = np.full(len(texts), np.nan)
        for row, text in enumerate(texts):
            try:
                values[row] = parse_number(text)
            except ValueError:
                reasons.add(row, column.name, messages.not_a_number(text))
                misread.add(row)
    check_numbers(column, values, reasons, misread)
    return values


def check_numbers(
    column: Column,
    values: NDArray[np.float64],
    reasons: Reasons,
    misread: Collection[int] = (),
) -> None:
    """Note in `reasons` the rows whose number is missing, impossible or not whole.

    `misread` rows hold NaN and are noted already.
    """
    if not column.nullable:
        for row in np.flatnonzero(np.isnan(values)):
            if row not in misread:
                reasons.add(int(row), column.name, messages.required_value())
    if column.possible is not None:
        low, high = column.possible.low, column.possible.high
        for row in np.flatnonzero((values < low) | (values > high)):
            reasons.add(int(row), column.name, messages.impossible(values[row], low, high))
    if column.is_whole:
        for row in np.flatnonzero(np.isfinite(values) & (values != np.floor(values))):
            reasons.add(int(row), column.name, messages.not_whole(values[row]))


def categories(column: Column, texts: Texts, reasons: Reasons) -> NDArray[np.object_]:
    """Give a text column, None where there is no value."""
    values = np.empty(len(texts), dtype=np.object_)
    for row, text in enumerate(texts):
        if is_null(text):
            if not column.nullable:
                reasons.add(row, column.name, messages.required_value())
            continue
        values[row] = known = text.strip()
        if len(known) > MAX_TEXT:
            reasons.add(row, column.name, messages.too_long(len(known), MAX_TEXT))
    return values


def moments(name: str, texts: Texts, reasons: Reasons) -> NDArray[np.int64]:
    """Give a column of dates as seconds since 1970-01-01; 0 for rows noted in `reasons`."""
    bulk = parse_moments(texts)
    if bulk is not None:
        return bulk
    values = np.zeros(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        if is_null(text):
            reasons.add(row, name, messages.required_value())
            continue
        try:
            values[row] = parse_moment(text.strip())
        except ValueError as error:
            reasons.add(row, name, str(error))
    return values


def target(texts: Texts, reasons: Reasons) -> NDArray[np.int8]:
    """Give the target as 0 and 1; other rows are noted in `reasons` and hold 0."""
    return _outcomes(texts, reasons, _OUTCOMES)


def outcomes(texts: Texts, reasons: Reasons) -> NDArray[np.int8]:
    """Give the target as `target` does, but `UNKNOWN_OUTCOME` where there is no value."""
    return _outcomes(texts, reasons, {**_OUTCOMES, **dict.fromkeys(NULLS, UNKNOWN_OUTCOME)})


_OUTCOMES = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}


def _outcomes(texts: Texts, reasons: Reasons, known: Mapping[str, int]) -> NDArray[np.int8]:
    """Give what texts (in small letters) stand for; others are noted and hold 0."""
    values = np.zeros(len(texts), dtype=np.int8)
    for row, text in enumerate(texts):
        value = known.get(text.strip().lower())
        if value is None:
            reasons.add(row, TARGET, messages.bad_target(text))
        else:
            values[row] = value
    return values
