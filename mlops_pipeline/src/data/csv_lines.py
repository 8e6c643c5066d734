"""CSV files as batches of columns: at once where the lines are plain, else line by line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from mlops_pipeline import messages
from mlops_pipeline.src.data.csv_careful import Tape, TextBatch, UnreadableLine, read_rows
from mlops_pipeline.src.data.csv_pieces import Lines, first_line, pieces
from mlops_pipeline.src.data.csv_plain import PlainBatch, plain
from mlops_pipeline.src.errors import UnreadableFileError

Batch = PlainBatch | TextBatch

_OTHER_SEPARATORS = (";", "\t", "|")
_SNIFFED_BYTES = 65_536


def open_batches(path: Path, rows: int) -> tuple[tuple[str, ...], Iterator[Batch]]:
    """Give the header and the rows of a UTF-8, comma-separated file, `rows` at a time.

    Raises:
        UnreadableFileError: binary, another encoding or separator, a line without an end; raised
            while iterating too.

    """
    _refuse_binary(path)
    first, start = first_line(path)
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
    return header, _batches(path, header, start, rows)


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


def _batches(path: Path, header: tuple[str, ...], start: int, rows: int) -> Iterator[Batch]:
    """Read piece by piece; a row that goes on in the next piece takes that one with it."""
    number = 1  # of the last line read
    following = pieces(path, start, rows)
    for piece in following:
        batch = _plain_batch(header, piece, number + 1)
        if batch is not None:
            number += len(batch.lines)
            yield batch
            continue
        tape = Tape(Lines(path, piece, following), number)
        yield from _careful_batches(header, tape, rows)
        number = tape.number


def _plain_batch(header: tuple[str, ...], piece: bytes, number: int) -> PlainBatch | None:
    """Read a piece at once if that is sure to give what reading line by line would."""
    lines = plain(piece)
    if lines is None:
        return None
    try:
        return PlainBatch(header, lines, number)
    except pa.ArrowInvalid:
        return None


def _careful_batches(header: tuple[str, ...], tape: Tape, size: int) -> Iterator[TextBatch]:
    """Gather rows into batches of at most `size`."""
    rows = read_rows(tape, header)
    while taken := list(islice(rows, size)):
        kept = [row for row in taken if not isinstance(row, UnreadableLine)]
        columns = [list(column) for column in zip(*(fields for _, fields in kept), strict=True)]
        yield TextBatch(
            header=header,
            columns=columns or [[] for _ in header],
            lines=np.array([number for number, _ in kept], dtype=np.int64),
            unreadable=tuple(row for row in taken if isinstance(row, UnreadableLine)),
        )
