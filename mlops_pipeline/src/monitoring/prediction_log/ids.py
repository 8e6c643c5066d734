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
    """Random ends of ids, made of bytes of the operating system for many ids at a time.

    A system call for each id would cost as much as scoring the loan. A forked child begins with
    bytes of its own.
    """

    def __init__(self) -> None:
        self._ends: Iterator[str] = iter(())

    def next(self) -> str:
        """Give the 22 characters behind the moment that nobody was given before."""
        found = next(self._ends, None)
        if found is None:
            self._ends = iter(_ends(_FETCHED))
            found = next(self._ends)
        return found

    def forget(self) -> None:
        """Drop what was fetched."""
        self._ends = iter(())


def _ends(count: int) -> list[str]:
    """Give so many random ends of ids: what stands behind the moment and its hyphen."""
    chance = os.urandom(10 * count).hex()
    return [
        f"7{chance[at : at + 3]}-{_VARIANT[chance[at + 3]]}"
        f"{chance[at + 4 : at + 7]}-{chance[at + 7 : at + 19]}"
        for at in range(0, 20 * count, 20)
    ]


def _start(now_ms: int) -> str:
    """Give the moment as an id begins with it."""
    time = f"{now_ms:012x}"
    return f"{time[:8]}-{time[8:]}-"


_CHANCE = _Chance()
os.register_at_fork(after_in_child=_CHANCE.forget)


def new_prediction_id(now_ms: int) -> str:
    """Give a new id of the moment `now_ms` (ms since 1970, UTC): 36 characters, 74 bits random."""
    return _start(now_ms) + _CHANCE.next()


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
    return f"{_start(ms)}7000-8000-000000000000"


def moment_ms(prediction_id: str) -> int:
    """Give the moment of an id (ms since 1970, UTC).

    Raises:
        ValueError: the text is no such id.

    """
    return int(prediction_id[:8] + prediction_id[9:13], 16)
