"""A text file as pieces of whole lines: bytes for who can take them at once, else texts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.errors import UnreadableFileError

PIECE_BYTES = 16_777_216  # no piece is longer than this and no line may be
_READ_BYTES = 4_194_304
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NEWLINE = 10


def first_line(path: Path) -> tuple[str, int]:
    """Give a file's first line, with its end, and where the second one starts.

    Raises:
        UnreadableFileError: the file is no UTF-8.

    """
    with path.open("rb") as stream:
        mark = stream.read(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            line = stream.readline(PIECE_BYTES)
        except UnicodeDecodeError as error:
            raise _wrong_byte(path, error) from None
    return line, len(line.encode()) + mark * len(_BYTE_ORDER_MARK)


def pieces(path: Path, start: int, rows: int) -> Iterator[bytes]:
    """Give a file from a place on, in pieces of at most `rows` whole lines.

    Raises:
        UnreadableFileError: a line is longer than `PIECE_BYTES`.

    """
    with path.open("rb") as stream:
        stream.seek(start)
        rest = b""
        while read := stream.read(_READ_BYTES):
            rest += read
            ends = line_ends(rest)
            begin = 0
            for end in ends[rows - 1 :: rows].tolist():
                yield rest[begin : end + 1]
                begin = end + 1
            if begin == 0 and len(rest) > PIECE_BYTES:
                begin = _last_end(path, rest) + 1
                yield rest[:begin]
            rest = rest[begin:]
        if rest:
            yield rest


def line_ends(piece: bytes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Give the positions of the newlines."""
    return np.flatnonzero(np.frombuffer(piece, np.uint8) == _NEWLINE)


def _last_end(path: Path, piece: bytes) -> int:
    """Give the position of the last line's end; lines of old Macs end in a carriage return."""
    end = piece.rfind(b"\n")
    if end < 0:
        end = piece.rfind(b"\r", 0, -1)  # the very last one may belong to a newline to come
    if end < 0:
        raise UnreadableFileError(messages.endless_line(path, PIECE_BYTES))
    return end


class Lines:
    """The lines of a file as texts, with their ends: of one piece and of those behind it."""

    def __init__(self, path: Path, first: bytes, others: Iterator[bytes]) -> None:
        """Start with a piece.

        Raises:
            UnreadableFileError: the piece is no UTF-8; raised by `next` for the others.

        """
        self._path = path
        self._others = others
        self._left = self._decoded(first)

    @property
    def used_up(self) -> bool:
        """Whether the last piece begun has no line left."""
        return not self._left

    def __next__(self) -> str:
        while not self._left:
            self._left = self._decoded(next(self._others))
        return self._left.pop()

    def _decoded(self, piece: bytes) -> list[str]:
        """Give a piece's lines, the last one first."""
        with io.TextIOWrapper(io.BytesIO(piece), encoding="utf-8", newline="") as stream:
            try:
                return list(stream)[::-1]
            except UnicodeDecodeError as error:
                raise _wrong_byte(self._path, error) from None


def _wrong_byte(path: Path, error: UnicodeDecodeError) -> UnreadableFileError:
    """Say which byte is no UTF-8."""
    return UnreadableFileError(
        messages.wrong_encoding(path, f"byte {error.object[error.start]:#04x}")
    )
