"""Prediction ids: UUID version 7 (RFC 9562), whose order as text is the order of their moments."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np

# Ids for which random bytes are fetched at once.
_FETCHED = 256

# The variant: the two highest bits of this hexadecimal digit are 10, the other two random.
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}

# The same for letters as bytes: the variant stands where its digit's code says.
_VARIANTS = np.zeros(128, dtype=np.uint8)
for _digit, _marked in _VARIANT.items():
    _VARIANTS[ord(_digit)] = ord(_marked)
_LENGTH = 36


class _Chance:
    """Random bytes of the operating system, fetched for many ids at a time.

    A system call for each id would cost as much as scoring the loan. A forked child begins with
    bytes of its own.
    """

    def __init__(self) -> None:
        self._digits: Iterator[str] = iter(())

    def next(self) -> str:
        """Give 20 hexadecimal digits that nobody was given before."""
        found = next(self._digits, None)
        if found is None:
            self._digits = _twenties(os.urandom(10 * _FETCHED).hex())
            found = next(self._digits)
        return found

    def forget(self) -> None:
        """Drop what was fetched."""
        self._digits = iter(())


def _twenties(digits: str) -> Iterator[str]:
    """Cut digits into twenties."""
    return iter([digits[at : at + 20] for at in range(0, len(digits), 20)])


_CHANCE = _Chance()
os.register_at_fork(after_in_child=_CHANCE.forget)


def new_prediction_id(now_ms: int) -> str:
    """Give a new id of the moment `now_ms` (ms since 1970, UTC): 36 characters, 74 bits random."""
    time = f"{now_ms:012x}"
    chance = _CHANCE.next()
    return f"{time[:8]}-{time[8:]}-7{chance[:3]}-{_VARIANT[chance[3]]}{chance[4:7]}-{chance[7:19]}"


def new_prediction_ids(now_ms: int, count: int) -> list[str]:
    """Give so many new ids of one moment."""
    chance = np.frombuffer(os.urandom(10 * count).hex().encode(), np.uint8).reshape(count, 20)
    ids = np.empty((count, _LENGTH), dtype=np.uint8)
    ids[:] = np.frombuffer(id_floor(now_ms).encode(), np.uint8)
    ids[:, 15:18], ids[:, 20:23], ids[:, 24:36] = chance[:, :3], chance[:, 4:7], chance[:, 7:19]
    ids[:, 19] = _VARIANTS[chance[:, 3]]
    text = ids.tobytes().decode()
    return [text[at : at + _LENGTH] for at in range(0, len(text), _LENGTH)]


def id_floor(ms: int) -> str:
    """Give the smallest id of a moment (ms since 1970, UTC)."""
    time = f"{ms:012x}"
    return f"{time[:8]}-{time[8:]}-7000-8000-000000000000"


def moment_ms(prediction_id: str) -> int:
    """Give the moment of an id (ms since 1970, UTC).

    Raises:
        ValueError: the text is no such id.

    """
    return int(prediction_id[:8] + prediction_id[9:13], 16)
