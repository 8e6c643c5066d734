"""Loans as documents (JSON) to loans as the library takes them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.schema import COLUMNS, Kind

Document = Mapping[str, float | str | None]


def loan_from_json(document: Document) -> dict[str, float | int | str | None]:
    """Give the loan that a checked document describes: null becomes NaN, the date seconds.

    Raises:
        ValueError: the date is none; the text is Spanish.

    """
    loan: dict[str, float | int | str | None] = {}
    for column in COLUMNS:
        value = document.get(column.name)
        if column.kind is Kind.MOMENT:
            loan[column.name] = parse_moment(str(value))
        elif column.is_text:
            loan[column.name] = value if value is None or isinstance(value, str) else f"{value:g}"
        else:
            loan[column.name] = math.nan if value is None else float(value)
    return loan
