"""Dates of loans: ISO 8601 texts to whole seconds and whole days, without time zones inside.

A loan's date is Colombian wall-clock time, kept as seconds since 1970-01-01 00:00. A text
with an offset (or `Z`) is converted to Colombian time, which is UTC-5 all year.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data.schema import POSSIBLE_YEARS

SECONDS_PER_DAY = 86_400
_BEHIND = timedelta(hours=-5)
COLOMBIA = timezone(_BEHIND)
_OFFSET = int(_BEHIND.total_seconds())

_SHAPE = re.compile(
    r"\d{4}-\d{2}-\d{2}"
    r"(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?[0-5]\d)?)?"
)
_LAYOUT = (*"0000-00-00", " T", *"00:00:00")  # 0: a digit; else: one of these marks
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_FIRST = int((datetime(POSSIBLE_YEARS[0], 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
_LAST = int((datetime(POSSIBLE_YEARS[1], 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds())


def parse_moment(text: str) -> int:
    """Give the seconds since 1970-01-01 of an ISO 8601 text, in Colombian wall-clock time.

    >>> parse_moment("2025-01-01"), parse_moment("2025-01-01 00:01:00")
    (1735689600, 1735689660)
    >>> parse_moment("2025-01-01T05:00:00Z") == parse_moment("2025-01-01")
    True

    Raises:
        ValueError: not such a date, or outside `POSSIBLE_YEARS`; the text is Spanish.

    """
    if not _SHAPE.fullmatch(text):
        raise ValueError(messages.bad_date(text))
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(COLOMBIA)
    except (ValueError, OverflowError):
        raise ValueError(messages.bad_date(text)) from None
    days = moment.toordinal() - _EPOCH_DAY
    seconds = days * SECONDS_PER_DAY + moment.hour * 3_600 + moment.minute * 60 + moment.second
    if not _FIRST <= seconds <= _LAST:
        raise ValueError(messages.impossible_date(text, POSSIBLE_YEARS))
    return seconds


def possible_moments(seconds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell, element by element, which seconds since 1970-01-01 lie in `POSSIBLE_YEARS`."""
    return (seconds >= _FIRST) & (seconds <= _LAST)


def parse_moments(texts: Sequence[str]) -> NDArray[np.int64] | None:
    """Parse a whole column at once if every text has the commonest shape, else give None.

    The commonest shapes are `YYYY-MM-DD` and `YYYY-MM-DD HH:MM:SS` (or with a `T`); the result
    equals `parse_moment` on each. None means: parse one by one.
    """
    lengths = set(map(len, texts))
    if not lengths <= {10, 19}:
        return None
    array = np.array(texts, dtype=f"U{max(lengths, default=10)}")
    if not _regular(array, lengths):
        return None
    try:
        seconds = array.astype("datetime64[s]").astype(np.int64)
    except ValueError:
        return None
    return seconds if bool(possible_moments(seconds).all()) else None


def _regular(array: NDArray[np.str_], lengths: set[int]) -> bool:
    """Tell whether separators stand where they should: NumPy alone also takes other shapes."""
    if array.size == 0 or len(lengths) > 1:
        return array.size == 0
    letters = array.view("U1").reshape(array.size, -1)
    for position, allowed in enumerate(_LAYOUT[: letters.shape[1]]):
        marks = letters[:, position]
        if allowed == "0":
            fits = (marks >= "0") & (marks <= "9")
        else:
            fits = (marks == allowed[0]) | (marks == allowed[-1])
        if not fits.all():
            return False
    return True


def format_moment(seconds: int) -> str:
    """Write seconds since 1970-01-01 as `YYYY-MM-DD HH:MM:SS`."""
    return (_EPOCH + timedelta(seconds=int(seconds))).strftime("%Y-%m-%d %H:%M:%S")


def wall_clock(moment: datetime) -> int:
    """Give an aware moment in seconds since 1970-01-01, Colombian wall clock."""
    return int(moment.timestamp()) + _OFFSET


def arrival_clock(ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give n moments (ms since 1970, UTC) in seconds, Colombian wall clock, shape (n,)."""
    return ms // 1_000 + _OFFSET


def wall_clock_now() -> int:
    """Give the present moment likewise."""
    return wall_clock(datetime.now(UTC))
