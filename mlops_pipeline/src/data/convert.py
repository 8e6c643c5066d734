"""Loans as documents (JSON) to loans as the library takes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.schema import COLUMNS, NUMERIC, TEXTS, Kind

Document = Mapping[str, float | str | None]
Loan = dict[str, float | int | str | None]

_NULLABLE = tuple(column.name for column in NUMERIC if column.nullable)
_TEXT_OR_NUMBER = tuple(column.name for column in TEXTS if column.accepts_numbers)


def loan_from_json(document: Document) -> Loan:
    """Give the loan that a document describes: null becomes NaN, the date seconds.

    Raises:
        ValueError: the date is none; the text is Spanish.

    """
    loan: Loan = {}
    for column in COLUMNS:
        value = document.get(column.name)
        if column.kind is Kind.MOMENT:
            loan[column.name] = parse_moment(str(value))
        elif column.is_text:
            loan[column.name] = value if value is None or isinstance(value, str) else f"{value:g}"
        else:
            loan[column.name] = math.nan if value is None else float(value)
    return loan


def loan_from_checked(checked: Mapping[str, Any]) -> Loan:
    """Give the loan of a document that was checked against the loan's definition.

    Its numbers are floats, its date is in seconds and no column is missing; what is left is
    what `loan_from_json` does with nulls and with numbers in place of texts.
    """
    loan: Loan = dict(checked)
    for name in _NULLABLE:
        if loan[name] is None:
            loan[name] = math.nan
    for name in _TEXT_OR_NUMBER:
        value = loan[name]
        if isinstance(value, float):
            loan[name] = f"{value:g}"
    return loan
