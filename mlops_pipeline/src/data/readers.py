"""Files of loans to `LoanTable`, chunk by chunk: CSV and Parquet.

Nothing is lost: a row that cannot be used comes back as a `RejectedRow` with its line and its
reasons; a file that cannot be read at all raises one `InputError`.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data import csv_lines, parquet_batches, values
from mlops_pipeline.src.data.schema import COLUMNS, DATE, NUMERIC, TARGET, TEXTS
from mlops_pipeline.src.data.table import LoanTable, concatenate
from mlops_pipeline.src.errors import MissingColumnsError, NotEnoughLoansError, UnreadableFileError

CHUNK_ROWS = 50_000

Outcomes = Callable[[values.Texts, values.Reasons], NDArray[np.int8]]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used: its line in the file (the header is 1), why, and as it came."""

    line: int
    reason: str
    content: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file: those that can be used and those that cannot."""

    loans: LoanTable
    rejected: tuple[RejectedRow, ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A whole file of loans.

    Attributes:
        loans: the usable loans, in the file's order.
        rejected: the others.
        sha256: of the file's bytes.
        ignored_columns: columns of the file that the loan's definition does not have.

    """

    loans: LoanTable
    rejected: tuple[RejectedRow, ...]
    sha256: str
    ignored_columns: tuple[str, ...]

    @property
    def rows_read(self) -> int:
        """The number of data rows in the file."""
        return len(self.loans) + len(self.rejected)


def read_portfolio(path: Path, *, with_target: bool = True) -> Portfolio:
    """Read a whole file of loans.

    Raises:
        UnreadableFileError: not a readable CSV or Parquet file.
        MissingColumnsError: columns are missing.
        NotEnoughLoansError: no row can be used.

    """
    header, chunks = open_loans(path, with_target=with_target)
    read = list(chunks)
    if not any(len(chunk.loans) for chunk in read):
        rejected = [row for chunk in read for row in chunk.rejected]
        first = (rejected[0].line, rejected[0].reason) if rejected else None
        raise NotEnoughLoansError(messages.no_usable_rows(path, len(rejected), first))
    known = {column.name for column in COLUMNS} | {TARGET}
    return Portfolio(
        loans=concatenate([chunk.loans for chunk in read]),
        rejected=tuple(row for chunk in read for row in chunk.rejected),
        sha256=file_sha256(path),
        ignored_columns=tuple(name for name in header if name not in known),
    )


def open_loans(
    path: Path, *, with_target: bool, with_outcomes: bool = False
) -> tuple[tuple[str, ...], Iterator[Chunk]]:
    """Give a file's header and its rows, chunk by chunk (bounded memory).

    Args:
        path: the file; its name's ending tells its format.
        with_target: whether each loan must have its outcome.
        with_outcomes: whether outcomes are read where the file has them: of some loans, or none.

    Raises:
        UnreadableFileError: not a readable CSV or Parquet file.
        MissingColumnsError: columns are missing.

    """
    _check_file(path)
    header, batches = _open_batches(path)
    check_header(path, header, with_target=with_target)
    read: Outcomes | None = values.target if with_target else None
    if with_outcomes and not with_target and TARGET in header:
        read = values.outcomes
    return header, (_chunk(batch, read) for batch in batches)


def _check_file(path: Path) -> None:
    """Raise an UnreadableFileError if there is no file with something in it."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UnreadableFileError(messages.file_not_found(path)) from None
    except OSError as error:
        raise UnreadableFileError(messages.cannot_open(path, error.strerror)) from error
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableFileError(messages.not_a_file(path))
    if found.st_size == 0:
        raise UnreadableFileError(messages.empty_file(path))


def _open_batches(
    path: Path,
) -> tuple[tuple[str, ...], Iterator[csv_lines.Batch] | Iterator[parquet_batches.Batch]]:
    """Choose the format by the file's name."""
    if path.suffix.lower() == ".parquet":
        return parquet_batches.open_batches(path, CHUNK_ROWS)
    return csv_lines.open_batches(path, CHUNK_ROWS)


def check_header(path: Path, header: tuple[str, ...], *, with_target: bool) -> None:
    """Check that each needed column is there once.

    Raises:
        MissingColumnsError: columns are missing or repeated.

    """
    needed = [column.name for column in COLUMNS if column.required]
    needed += [TARGET] if with_target else []
    missing = [name for name in needed if name not in header]
    if missing:
        raise MissingColumnsError(messages.missing_columns(path, missing, header))
    known = {column.name for column in COLUMNS} | {TARGET}
    repeated = sorted({name for name in header if header.count(name) > 1 and name in known})
    if repeated:
        raise MissingColumnsError(messages.repeated_columns(path, repeated))


def _chunk(batch: csv_lines.Batch | parquet_batches.Batch, outcomes: Outcomes | None) -> Chunk:
    """Check one batch of raw columns."""
    reasons = values.Reasons()
    rows = len(batch.lines)
    table = LoanTable(
        numbers={c.name: batch.numbers(c, reasons) for c in NUMERIC},
        texts={c.name: batch.categories(c, reasons) for c in TEXTS},
        seconds=batch.moments(DATE, reasons),
        lines=batch.lines,
        target=None if outcomes is None else outcomes(batch.texts[TARGET], reasons),
    )
    rejected = [
        RejectedRow(int(batch.lines[row]), "; ".join(why), batch.content(row))
        for row, why in reasons.by_row.items()
    ]
    rejected += [RejectedRow(line.number, line.reason, line.content) for line in batch.unreadable]
    if reasons.by_row:
        kept = np.ones(rows, dtype=np.bool_)
        kept[list(reasons.by_row)] = False
        table = table.take(kept)
    return Chunk(table, tuple(sorted(rejected, key=lambda row: row.line)))


def file_sha256(path: Path) -> str:
    """Give the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
