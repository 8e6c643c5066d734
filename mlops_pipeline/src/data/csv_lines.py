"""CSV files as batches of texts; a line that cannot be read is set apart, not fatal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data import values
from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.schema import DATE, HEADER, Column
from mlops_pipeline.src.errors import UnreadableFileError

_OTHER_SEPARATORS = (";", "\t", "|")
_SNIFFED_BYTES = 65_536
_MAX_CONTENT = 1_000


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line with the wrong number of fields or broken quotes."""

    number: int
    reason: str
    content: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows as columns of texts, and the lines that could not be read among them."""

    header: tuple[str, ...]
    columns: Sequence[list[str]]
    lines: NDArray[np.int64]
    unreadable: tuple[UnreadableLine, ...]

    @property
    def texts(self) -> Mapping[str, list[str]]:
        """The columns by their names."""
        return dict(zip(self.header, self.columns, strict=True))

    def numbers(self, column: Column, reasons: values.Reasons) -> NDArray[np.float64]:
        """Give a numeric column (all NaN where the file has no such column)."""
        if column.name not in self.header:
            return np.full(len(self.lines), np.nan)
        return values.numbers(column, self.texts[column.name], reasons)

    def moments(self, name: str, reasons: values.Reasons) -> NDArray[np.int64]:
        """Give a column of dates as seconds since 1970-01-01."""
        return values.moments(name, self.texts[name], reasons)

    def content(self, row: int) -> str:
        """Write a row again as a line of CSV."""
        return to_line([column[row] for column in self.columns])


def to_line(fields: Iterable[str]) -> str:
    """Write fields as one line of CSV, without the line's end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(fields)  # quotes fields with either mark
    return line.getvalue().removesuffix("\r\n")


def open_batches(path: Path, rows: int) -> tuple[tuple[str, ...], Iterator[Batch]]:
    """Give the header and the rows of a UTF-8, comma-separated file, `rows` at a time.

    Raises:
        UnreadableFileError: binary, another encoding or separator; raised while iterating too.

    """
    _refuse_binary(path)
    lines = _decoded_lines(path)
    first = next(lines, "")
    try:
        header = tuple(name.strip() for name in next(csv.reader([first], strict=True), []))
    except csv.Error:
        raise UnreadableFileError(messages.bad_header(path)) from None
    if not any(header):
        raise UnreadableFileError(messages.bad_header(path))
    if len(header) == 1:
        separator = next((mark for mark in _OTHER_SEPARATORS if mark in first), None)
        if separator is not None:
            raise UnreadableFileError(messages.wrong_separator(path, separator))
    return header, _batches(header, _rows(lines, header), rows)


def _refuse_binary(path: Path) -> None:
    """Raise an UnreadableFileError if the file's start is not text."""
    try:
        with path.open("rb") as stream:
            start = stream.read(_SNIFFED_BYTES)
    except OSError as error:
        raise UnreadableFileError(messages.cannot_open(path, error.strerror)) from error
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFileError(messages.wrong_encoding(path, "UTF-16"))
    if b"\x00" in start or start.startswith((b"PAR1", b"PK\x03\x04", b"\x1f\x8b")):
        raise UnreadableFileError(messages.binary_file(path))


def _decoded_lines(path: Path) -> Iterator[str]:
    """Give the file's lines as texts, with their ends."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            yield from stream
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                messages.wrong_encoding(path, f"byte {error.object[error.start]:#04x}")
            ) from None


class _Tape:
    """Lines that a CSV reader has taken since its last row, so that they can be given back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: list[str] = []
        self.taken: list[str] = []
        self.number = 1  # of the last line taken; the header is 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.taken.append(line)
        self.number += 1
        return line

    def keep_first(self) -> str:
        """Give all taken lines back but the first, which is returned."""
        first, *rest = self.taken
        self._again.extend(reversed(rest))
        self.number -= len(rest)
        self.taken = []
        return first


def _rows(
    lines: Iterator[str], header: tuple[str, ...]
) -> Iterator[tuple[int, list[str]] | UnreadableLine]:
    """Give (line number, fields) for each readable row and what stands apart for the others.

    A stray quote swallows the lines behind it, up to the next quote: where that ends in a row
    of the wrong width, in an error or has hidden other rows, only the line with the quote is set
    apart and reading goes on with the next line.
    """
    width = len(header)
    tape = _Tape(lines)
    reader = csv.reader(tape, strict=True)
    while True:
        tape.taken = []
        try:
            row = next(reader, None)
        except csv.Error:
            first = tape.keep_first()
            yield UnreadableLine(tape.number, messages.broken_quotes(), _shown(first))
            reader = csv.reader(tape, strict=True)
            continue
        if row is None:
            return
        if len(row) == width and not _hides_rows(row, tape.taken, header):
            yield tape.number - len(tape.taken) + 1, row
        elif row:
            swallowed = len(tape.taken) > 1
            first = tape.keep_first()
            reason = (
                messages.broken_quotes() if swallowed else messages.wrong_width(len(row), width)
            )
            yield UnreadableLine(tape.number, reason, _shown(first))


def _hides_rows(row: Sequence[str], taken: Sequence[str], header: tuple[str, ...]) -> bool:
    """Tell whether a row of several lines has swallowed others.

    So it is where one of the loan's own columns goes over several lines, or where two or more
    of the lines are rows themselves, date included.
    """
    if len(taken) == 1:
        return False
    own = (field.strip() for name, field in zip(header, row, strict=True) if name in HEADER)
    if any("\n" in field or "\r" in field for field in own):
        return True
    date = header.index(DATE)
    split = [fields for line in taken if len(fields := line.split(",")) >= len(header)]
    return sum(_is_date(fields[date].strip(' "')) for fields in split) > 1


def _is_date(text: str) -> bool:
    """Tell whether a text is a loan's date."""
    try:
        parse_moment(text)
    except ValueError:
        return False
    return True


def _shown(line: str) -> str:
    """Give a line without its end, cut where it is very long."""
    line = line.rstrip("\r\n")
    return line if len(line) <= _MAX_CONTENT else line[:_MAX_CONTENT] + "…"


def _batches(
    header: tuple[str, ...],
    rows: Iterator[tuple[int, list[str]] | UnreadableLine],
    size: int,
) -> Iterator[Batch]:
    """Gather rows into batches of at most `size`."""
    numbers: list[int] = []
    kept: list[list[str]] = []
    unreadable: list[UnreadableLine] = []
    for row in rows:
        if isinstance(row, UnreadableLine):
            unreadable.append(row)
        else:
            numbers.append(row[0])
            kept.append(row[1])
        if len(kept) + len(unreadable) >= size:
            yield _batch(header, numbers, kept, unreadable)
            numbers, kept, unreadable = [], [], []
    yield _batch(header, numbers, kept, unreadable)


def _batch(
    header: tuple[str, ...],
    numbers: list[int],
    rows: list[list[str]],
    unreadable: list[UnreadableLine],
) -> Batch:
    """Turn rows into columns."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in header]
    return Batch(
        header=header,
        columns=columns,
        lines=np.array(numbers, dtype=np.int64),
        unreadable=tuple(unreadable),
    )
