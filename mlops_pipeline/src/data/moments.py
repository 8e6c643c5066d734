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
    if not lengths:
        return np.empty(0, dtype=np.int64)
    joined = "".join(texts)
    if len(lengths) > 1 or not lengths <= {10, 19} or not joined.isascii():
        return None
    letters = np.frombuffer(joined.encode(), np.uint8).reshape(len(texts), -1).T
    if not _regular(letters):
        return None
    seconds = _seconds(letters)
    return seconds if seconds is not None and bool(possible_moments(seconds).all()) else None


def _regular(letters: NDArray[np.uint8]) -> bool:
    """Tell whether digits and marks stand where they should; the letters of a place are a row."""
    for marks, allowed in zip(letters, _LAYOUT, strict=False):
        if allowed == "0":
            fits = (marks >= ord("0")) & (marks <= ord("9"))
        else:
            fits = (marks == ord(allowed[0])) | (marks == ord(allowed[-1]))
        if not fits.all():
            return False
    return True


def _seconds(letters: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """Give the seconds of regular texts; None if one is no date."""
    digits = letters.astype(np.int64) - ord("0")

    def pair(place: int) -> NDArray[np.int64]:
        number: NDArray[np.int64] = 10 * digits[place] + digits[place + 1]
        return number

    month, day = pair(5), pair(8)
    months = 12 * (100 * pair(0) + pair(2) - _EPOCH.year) + month - 1
    first, following = (
        start.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        for start in (months, months + 1)
    )
    good = (month >= 1) & (month <= 12) & (day >= 1) & (day <= following - first)  # noqa: PLR2004
    seconds = (first + day - 1) * SECONDS_PER_DAY
    if len(letters) > len("0000-00-00"):
        hour, minute, second = pair(11), pair(14), pair(17)
        good &= (hour <= 23) & (minute <= 59) & (second <= 59)  # noqa: PLR2004
        seconds += 3_600 * hour + 60 * minute + second
    return seconds if bool(good.all()) else None


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
