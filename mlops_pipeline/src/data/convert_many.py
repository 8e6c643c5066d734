"""Many loans as documents (JSON) to columns: as `convert.loan_from_json`, one column at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.moments import parse_moment, parse_moments
from mlops_pipeline.src.data.schema import DATE, NUMERIC, TEXTS
from mlops_pipeline.src.data.table import Loan, LoanTable

_UNUSABLE = (TypeError, ValueError, OverflowError)


def table_from_json(
    documents: Sequence[Mapping[str, Any]],
) -> tuple[LoanTable, NDArray[np.bool_]]:
    """Give the loans that n documents describe, and which of the n these are, shape (n,).

    The others describe no loan: a date that is none, a value that is no number.
    """
    try:
        return _columns(documents), np.ones(len(documents), dtype=np.bool_)
    except _UNUSABLE:
        found = [_loan(one) for one in documents]
        usable = np.array([one is not None for one in found], dtype=np.bool_)
        return LoanTable.from_loans([one for one in found if one is not None]), usable


def _columns(documents: Sequence[Mapping[str, Any]]) -> LoanTable:
    """Give the columns of documents that all describe loans.

    Raises:
        TypeError: one does not, or it needs a closer look; ValueError and OverflowError likewise.

    """
    return LoanTable(
        numbers={c.name: _numbers([one.get(c.name) for one in documents]) for c in NUMERIC},
        texts={c.name: _texts([one.get(c.name) for one in documents]) for c in TEXTS},
        seconds=_moments([one.get(DATE) for one in documents]),
        lines=np.arange(len(documents), dtype=np.int64),
    )


def _numbers(values: list[Any]) -> NDArray[np.float64]:
    """Give a column of numbers; null is NaN."""
    column = np.array(values, dtype=np.float64)
    if column.ndim != 1:
        raise TypeError("a value is a list")
    return column


def _texts(values: list[Any]) -> NDArray[np.object_]:
    """Give a column of texts; numbers are written as texts."""
    column = np.empty(len(values), dtype=np.object_)
    column[:] = [
        value if value is None or isinstance(value, str) else f"{value:g}" for value in values
    ]
    return column


def _moments(values: list[Any]) -> NDArray[np.int64]:
    """Give a column of dates, as seconds."""
    texts = [str(value) for value in values]
    found = parse_moments(texts)
    return np.array([*map(parse_moment, texts)], dtype=np.int64) if found is None else found


def _loan(document: Mapping[str, Any]) -> Loan | None:
    """Give the loan of a document, None where it describes none."""
    try:
        return loan_from_json(document)
    except _UNUSABLE:
        return None
