"""Lines of CSV read one by one; a line that cannot be read is set apart, not fatal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data import values
from mlops_pipeline.src.data.csv_pieces import Lines
from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.schema import DATE, HEADER, Column

_MAX_CONTENT = 1_000


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line with the wrong number of fields or broken quotes."""

    number: int
    reason: str
    content: str


@dataclass(frozen=True, slots=True)
class TextBatch:
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

    def categories(self, column: Column, reasons: values.Reasons) -> NDArray[np.object_]:
        """Give a text column."""
        return values.categories(column, self.texts[column.name], reasons)

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


class Tape:
    """Lines that a CSV reader has taken since its last row, so that they can be given back."""

    def __init__(self, lines: Lines, number: int) -> None:
        """Start behind the line of this number; the header is 1."""
        self._lines = lines
        self._again: list[str] = []
        self.taken: list[str] = []
        self.number = number  # of the last line taken

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._lines)
        self.taken.append(line)
        self.number += 1
        return line

    @property
    def used_up(self) -> bool:
        """Whether no line of the pieces begun is left to be read."""
        return not self._again and self._lines.used_up

    def keep_first(self) -> str:
        """Give all taken lines back but the first, which is returned."""
        first, *rest = self.taken
        self._again.extend(reversed(rest))
        self.number -= len(rest)
        self.taken = []
        return first


def read_rows(
    tape: Tape, header: tuple[str, ...]
) -> Iterator[tuple[int, list[str]] | UnreadableLine]:
    """Give (line number, fields) for each readable row and what stands apart for the others.

    It ends with the first row that ends where a piece of the file does. A stray quote swallows
    the lines behind it, up to the next quote: where that ends in a row of the wrong width, in an
    error or has hidden other rows, only the line with the quote is set apart and reading goes on
    with the next line.
    """
    width = len(header)
    reader = csv.reader(tape, strict=True)
    while not tape.used_up:
        tape.taken = []
        try:
            row = next(reader, [])
        except csv.Error:
            first = tape.keep_first()
            yield UnreadableLine(tape.number, messages.broken_quotes(), _shown(first))
            reader = csv.reader(tape, strict=True)
            continue
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
