"""Lines of CSV that hold no surprise, as columns read at once by PyArrow.

What `is_plain` lets through, a reader of lines splits into the very same fields. Of numbers,
PyArrow decides about the finite ones alone: whatever else it finds goes to `values`, text by
text, so that the verdicts are the same.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
from numpy.typing import NDArray

from mlops_pipeline.src.data import arrow_values, values
from mlops_pipeline.src.data.csv_careful import UnreadableLine, to_line
from mlops_pipeline.src.data.csv_pieces import line_ends
from mlops_pipeline.src.data.schema import DATE, HEADER, NUMERIC, Column

_NUMBERS = frozenset(column.name for column in NUMERIC)
_FIELD_LIMIT = 131_072  # characters that the csv module takes as one field
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTE, _COMMA, _NEWLINE = b'",\n'


def plain(piece: bytes) -> bytes | None:
    """Give the piece with newlines as ends, if each of its lines is a row of its own.

    So it is where no line is blank, very long or not UTF-8 and every quotation mark opens or
    closes a field; else None. The fields' number is not looked at.
    """
    if piece.startswith(_BYTE_ORDER_MARK):  # PyArrow would skip it
        return None
    lines = piece.replace(b"\r\n", b"\n") if b"\r" in piece else piece
    if b"\r" in lines or b"\0" in lines or b"\n\n" in lines or lines.startswith(b"\n"):
        return None
    try:
        lines.decode()
    except UnicodeDecodeError:
        return None
    lines = lines if lines.endswith(b"\n") else lines + b"\n"
    ends = line_ends(lines)
    if int(np.diff(ends, prepend=-1).max()) > _FIELD_LIMIT:
        return None
    return lines if _quotes_are_plain(lines, ends) else None


def _quotes_are_plain(lines: bytes, ends: NDArray[np.int64]) -> bool:
    """Tell whether every quote opens a field or closes it on the same line."""
    if b'"' not in lines:
        return True
    marks = np.frombuffer(lines, np.uint8)
    quotes = np.flatnonzero(marks == _QUOTE)
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = marks[opening - 1]  # the last newline stands before the first line too
    behind = marks[closing + 1]
    fits = ((before == _COMMA) | (before == _NEWLINE)) & ((behind == _COMMA) | (behind == _NEWLINE))
    inside = np.searchsorted(quotes, ends) % 2
    return bool(fits.all() and not inside.any())


class _Texts(Mapping[str, values.Texts]):
    """A piece's columns as texts, made when asked for."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __getitem__(self, name: str) -> list[str]:
        return self._table[name].fill_null("").to_pylist()  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.column_names)

    def __len__(self) -> int:
        return len(self._table.column_names)


class PlainBatch:
    """Some rows of a file whose lines are plain."""

    unreadable: tuple[UnreadableLine, ...] = ()

    def __init__(self, header: tuple[str, ...], lines: bytes, number: int) -> None:
        """Read plain lines, the first of which has this number.

        Raises:
            ArrowInvalid: not every line has as many fields as the header.

        """
        self._header = header
        self._lines = lines
        try:
            self._table = _read(header, lines, _NUMBERS)
        except pa.ArrowInvalid:  # a number needs a closer look, or a line's width does
            self._table = self._texts
        self.lines = np.arange(number, number + len(self._table), dtype=np.int64)

    @cached_property
    def _texts(self) -> Any:
        """The table with every column as texts."""
        return _read(self._header, self._lines, ())

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        """The positions of the lines' ends."""
        return line_ends(self._lines)

    @property
    def texts(self) -> Mapping[str, values.Texts]:
        """The loan's columns as texts."""
        return _Texts(self._texts)

    def numbers(self, column: Column, reasons: values.Reasons) -> NDArray[np.float64]:
        """Give a numeric column (all NaN where the file has no such column)."""
        if column.name not in self._header:
            return np.full(len(self.lines), np.nan)
        found = arrow_values.finite_numbers(self._table[column.name])
        if found is None:
            return values.numbers(column, self.texts[column.name], reasons)
        values.check_numbers(column, found, reasons)
        return found

    def categories(self, column: Column, reasons: values.Reasons) -> NDArray[np.object_]:
        """Give a text column."""
        return arrow_values.categories(column, self._table[column.name], reasons)

    def moments(self, name: str, reasons: values.Reasons) -> NDArray[np.int64]:
        """Give a column of dates as seconds since 1970-01-01."""
        found = arrow_values.regular_moments(self._table[DATE])
        return values.moments(name, self.texts[name], reasons) if found is None else found

    def content(self, row: int) -> str:
        """Write a row again as a line of CSV."""
        begin = self._ends[row - 1] + 1 if row else 0
        line = self._lines[begin : self._ends[row]].decode()
        return to_line(next(csv.reader([line], strict=True)))


def _read(header: tuple[str, ...], lines: bytes, numbers: Collection[str]) -> Any:
    """Read the loan's columns, some as numbers and the others as texts; empty is null."""
    names = [name if name in HEADER else f"{place}" for place, name in enumerate(header)]
    known = [name for name in names if name in HEADER]
    types = {name: pa.float64() if name in numbers else pa.string() for name in known}
    return pa_csv.read_csv(
        pa.BufferReader(lines),
        read_options=pa_csv.ReadOptions(
            column_names=names, use_threads=False, block_size=len(lines) + 1
        ),
        parse_options=pa_csv.ParseOptions(newlines_in_values=False),
        convert_options=pa_csv.ConvertOptions(
            column_types=types, include_columns=known, null_values=[""], strings_can_be_null=True
        ),
    )
