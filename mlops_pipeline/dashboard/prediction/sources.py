"""Loans from a file or a table, checked against the loan's definition before they are sent."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mlops_pipeline.dashboard.prediction.extra_columns import Extra, read_extra
from mlops_pipeline.dashboard.prediction.fields import Value, iso_moment
from mlops_pipeline.dashboard.uploads import on_disk
from mlops_pipeline.src.data.moments import format_moment
from mlops_pipeline.src.data.readers import RejectedRow, open_loans
from mlops_pipeline.src.data.schema import COLUMNS, DATE, example_loan
from mlops_pipeline.src.data.table import LoanTable, concatenate

NAMES = tuple(column.name for column in COLUMNS)

# Files of more rows are sent to the service whole: their loans would fill the dashboard's memory.
MAX_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Rows:
    """A source's rows: loans that can be sent and rows that cannot.

    Attributes:
        extra: what the source has beside the loan's columns.

    """

    loans: LoanTable | None
    rejected: tuple[RejectedRow, ...]
    extra: Extra = field(default_factory=Extra)

    def __len__(self) -> int:
        """Give the number of rows."""
        return (0 if self.loans is None else len(self.loans)) + len(self.rejected)


def read_rows(name: str, content: bytes | memoryview, max_rows: int) -> Rows | None:
    """Read a file's rows; None: there are more than `max_rows`.

    Raises:
        InputError: it is no file of loans; the text is Spanish and names the file.

    """
    with on_disk(name, content) as path:
        return _read(path, max_rows)


def _read(path: Path, max_rows: int) -> Rows | None:
    """Read a file chunk by chunk until it is too long."""
    header, chunks = open_loans(path, with_target=False)
    tables: list[LoanTable] = []
    rejected: list[RejectedRow] = []
    rows = 0
    for chunk in chunks:
        rows += len(chunk.loans) + len(chunk.rejected)
        if rows > max_rows:
            return None
        rejected.extend(chunk.rejected)
        if len(chunk.loans):
            tables.append(chunk.loans)
    loans = concatenate(tables) if tables else None
    return Rows(loans, tuple(rejected), read_extra(path, header))


def documents(loans: LoanTable, rows: Sequence[int]) -> list[dict[str, Value]]:
    """Give some loans as the service takes them; unknown is None."""
    columns: dict[str, list[Value]] = {}
    for name in NAMES:
        taken = loans[name][list(rows)].tolist()
        if name == DATE:
            columns[name] = [format_moment(seconds) for seconds in taken]
        else:
            columns[name] = [_plain(value) for value in taken]
    return [dict(zip(NAMES, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: float | str | None) -> Value:
    """Give a value without NaN, and whole numbers as such."""
    if not isinstance(value, float):
        return value
    if math.isnan(value):
        return None
    return int(value) if value.is_integer() else value


def table_csv(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Write an edited table as a file of loans; rows without any value are none.

    The first row's line is 2, as in a file: the header is line 1.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(NAMES)
    for row in rows:
        fields = [_cell(name, row.get(name)) for name in NAMES]
        if any(fields):
            writer.writerow(fields)
    return text.getvalue().encode()


def _cell(name: str, value: object) -> str:
    """Write a cell; None, NaN and pandas' NA are nothing, a date that is none stays as it is."""
    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    if name == DATE and text:
        with suppress(ValueError):
            return iso_moment(text)
    return text


def template_csv() -> bytes:
    """Give a file with the header and one ordinary loan."""
    return table_csv([example_loan()])
