"""Loans for tests: one document, one loan, many loans, files of loans; no generator needed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.moments import format_moment, parse_moment
from mlops_pipeline.src.data.schema import (
    COLUMNS,
    DATE,
    HEADER,
    NUMERIC,
    TARGET,
    TEXTS,
    Column,
    Kind,
    example_loan,
)
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.features.catalogue import CATALOGUE, FEATURE_NAMES
from mlops_pipeline.src.features.encoder import Encoder, Slot, SlotKind, Treatment
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.scoring.one_loan import LoanEncoder

settings.register_profile("light", max_examples=40, deadline=None)
settings.load_profile("light")

Value = float | str | None
Loan = dict[str, float | int | str | None]

FIRST_SECOND = parse_moment("2024-11-26 08:00:00")
LAST_SECOND = parse_moment("2025-07-12 18:00:00")


def document(**changes: Value) -> dict[str, Value]:
    """Give the schema's example loan as a client would send it, with changes."""
    return {**example_loan(), **changes}


def loan(**changes: Value) -> Loan:
    """Give the example loan as the library takes it, with changes."""
    return loan_from_json(document(**changes))


def tables_of(*documents: Mapping[str, Value]) -> LoanTable:
    """Give documents as a table."""
    return LoanTable.from_loans([loan_from_json(one) for one in documents])


def table(rows: int, seed: int, late_share: float = 0.05) -> LoanTable:
    """Give random plausible loans of distinct moments whose target is pure chance."""
    rng = np.random.default_rng(seed)
    return LoanTable(
        numbers={column.name: _numbers(column, rows, rng) for column in NUMERIC},
        texts={column.name: _texts(column, rows, rng) for column in TEXTS},
        seconds=FIRST_SECOND + rng.choice(LAST_SECOND - FIRST_SECOND, rows, replace=False),
        lines=np.arange(2, rows + 2, dtype=np.int64),
        target=(rng.random(rows) >= late_share).astype(np.int8),
    )


def _numbers(column: Column, rows: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Give plausible values; a nullable column has a tenth of unknown ones."""
    assert column.plausible is not None
    low, high = column.plausible.low, column.plausible.high
    if column.kind is Kind.CODE:
        values = rng.choice([4.0, 9.0, 10.0], rows, p=[0.7, 0.28, 0.02])
    elif column.is_whole:
        values = rng.integers(int(low), int(high), rows, endpoint=True).astype(np.float64)
    else:
        values = np.round(rng.uniform(low, high, rows), 2)
    return np.where(rng.random(rows) < 0.1, np.nan, values) if column.nullable else values


def _texts(column: Column, rows: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """Give known categories; a nullable column has a tenth of unknown ones."""
    values = np.array(column.categories, dtype=np.object_)[
        rng.integers(0, len(column.categories), rows)
    ]
    if column.nullable:
        values[rng.random(rows) < 0.1] = None
    return values


def random_documents(rows: int, seed: int) -> list[dict[str, Value]]:
    """Give random plausible loans as documents."""
    loans = table(rows, seed)
    return [_document(loans.loan(row)) for row in range(rows)]


def _document(values: Mapping[str, float | int | str | None]) -> dict[str, Value]:
    """Turn a loan back into a document."""
    found: dict[str, Value] = {}
    for column in COLUMNS:
        value = values[column.name]
        if column.name == DATE:
            assert isinstance(value, int)
            found[DATE] = format_moment(value)
        else:
            found[column.name] = None if value != value else value  # noqa: PLR0124 - NaN
    return found


_ALL_FEATURES = LoanEncoder(
    Encoder(Treatment.NATIVE, tuple(Slot(name, SlotKind.VALUE) for name in FEATURE_NAMES))
)


def feature_row_matrix(cleaned: Mapping[str, float | int | str | None]) -> FeatureMatrix:
    """Give the features of one cleaned loan, computed alone, as a matrix of one row."""
    return FeatureMatrix(_ALL_FEATURES.inputs(cleaned), FEATURE_NAMES)


def printable(text: str) -> str:
    """Give a text as a message shows it: what cannot be printed is replaced."""
    return "".join(mark if mark.isprintable() else "\N{REPLACEMENT CHARACTER}" for mark in text)


def csv_lines_of(
    documents: Iterable[Mapping[str, Value]],
    targets: Iterable[object],
    columns: Sequence[str] = HEADER,
) -> list[list[str]]:
    """Give the fields of each row as a file would have them."""
    rows = []
    for one, target in zip(documents, targets, strict=True):
        values: dict[str, object] = {**one, TARGET: target}
        rows.append(["" if values[name] is None else str(values[name]) for name in columns])
    return rows


def write_csv(
    path: Path,
    documents: Sequence[Mapping[str, Value]],
    targets: Sequence[object],
    columns: Sequence[str] = HEADER,
) -> Path:
    """Write loans as CSV: UTF-8, commas, `\\n`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(csv_lines_of(documents, targets, columns))
    return path


def same_values(left: NDArray[np.generic], right: NDArray[np.generic]) -> bool:
    """Tell whether two float arrays are equal bit for bit, all NaNs being alike."""
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    unsigned = np.uint32 if left.dtype == np.float32 else np.uint64
    unknown = left != left  # noqa: PLR0124 - NaN
    bits = np.ascontiguousarray(left).view(unsigned), np.ascontiguousarray(right).view(unsigned)
    return bool(
        np.array_equal(unknown, right != right)  # noqa: PLR0124 - NaN
        and np.array_equal(bits[0][~unknown], bits[1][~unknown])
    )


def same_tables(left: LoanTable, right: LoanTable) -> bool:
    """Tell whether two tables hold the same loans and targets; lines may differ."""
    targets = (left.target is None) == (right.target is None) and (
        left.target is None or right.target is None or np.array_equal(left.target, right.target)
    )
    return (
        targets
        and np.array_equal(left.seconds, right.seconds)
        and all(same_values(left.numbers[c.name], right.numbers[c.name]) for c in NUMERIC)
        and all(left.texts[c.name].tolist() == right.texts[c.name].tolist() for c in TEXTS)
    )


def possible_documents() -> st.SearchStrategy[dict[str, Value]]:
    """Give any document that may be accepted: edges of the bands, nulls and unseen texts too."""
    return st.fixed_dictionaries({column.name: _possible(column) for column in COLUMNS})


def _possible(column: Column) -> st.SearchStrategy[Value]:
    """Give any possible value of a column."""
    values: st.SearchStrategy[Value]
    if column.kind is Kind.MOMENT:
        values = st.integers(parse_moment("1990-01-01"), parse_moment("2100-12-31 23:59:59")).map(
            format_moment
        )
    elif column.is_text:
        values = st.sampled_from((*column.categories, "Pensionado", "58"))
    else:
        assert column.possible is not None
        assert column.plausible is not None
        low, high = column.possible.low, column.possible.high
        edges = (low, high, column.plausible.low, column.plausible.high)
        if column.is_whole:
            values = st.sampled_from(edges) | st.integers(int(low), int(high)).map(float)
        else:
            values = st.sampled_from(edges) | st.floats(low, high)
    return st.none() | values if column.nullable else values


def descendants(columns: set[str]) -> tuple[str, ...]:
    """The features that are made, among others, from one of these columns or features."""
    return tuple(f.name for f in CATALOGUE if columns & {*f.sources, f.name})
