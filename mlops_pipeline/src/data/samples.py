"""Generated loans as documents, for self-tests, examples and measurements."""

from __future__ import annotations

import math
from typing import Any

from mlops_pipeline.src.data.generator import Chunk, generate_chunks
from mlops_pipeline.src.data.schema import COLUMNS, Kind


def sample_documents(rows: int, seed: int) -> list[dict[str, float | str | None]]:
    """Give generated loans as a client of the API would send them, without their target."""
    documents: list[dict[str, float | str | None]] = []
    for chunk in generate_chunks(rows, seed):
        documents.extend(_documents(chunk))
    return documents


def _documents(chunk: Chunk) -> list[dict[str, float | str | None]]:
    """Turn columns into documents."""
    columns: dict[str, list[Any]] = {}
    for column in COLUMNS:
        values = chunk[column.name]
        if column.kind is Kind.MOMENT:
            columns[column.name] = [str(value).replace("T", " ") for value in values]
        else:
            columns[column.name] = values.tolist()
    rows = len(columns[COLUMNS[0].name])
    return [{name: _value(values[row]) for name, values in columns.items()} for row in range(rows)]


def _value(value: Any) -> float | str | None:
    """Give a JSON value: NaN is null."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return value  # type: ignore[no-any-return]
