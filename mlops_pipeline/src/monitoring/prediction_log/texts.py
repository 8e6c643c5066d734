"""The JSON texts of the log as values, also where they are older than today's rules.

A row may hold what no JSON may, behind a name that stands twice and was therefore never looked at:
`NaN`, a number beyond 64 bits, half of a surrogate pair.
"""

from __future__ import annotations

import json
import math
from typing import Any

import orjson

AS_IT_STANDS = "_texto"  # the name under which a text is given that cannot be read at all

_EXACT_DIGITS = 18  # a whole number of so many characters has at most 64 bits


def read_inputs(text: str) -> dict[str, Any]:
    """Give a loan as logged; what is no finite number is null.

    A text that is no JSON object is given whole, as `{"_texto": ...}`.

    >>> read_inputs('{"a": 1, "b": NaN, "c": 1e999}')
    {'a': 1, 'b': None, 'c': None}
    >>> read_inputs('{"a": ')
    {'_texto': '{"a": '}
    """
    found = _read(text)
    return found if isinstance(found, dict) else {AS_IT_STANDS: text}


def read_warnings(text: str) -> list[dict[str, Any]]:
    """Give the warnings as logged; none where the text is no JSON list."""
    found = _read(text)
    return found if isinstance(found, list) else []


def _read(text: str) -> Any:
    """Give the value of a JSON text, None where it has none."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        plain = text.encode("utf-8", "replace").decode()
        found = json.loads(plain, parse_constant=_nothing, parse_float=_finite, parse_int=_whole)
        # Through UTF-8 once more: half of a surrogate pair, written as an escape, ends here.
        written = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
        return orjson.loads(written)
    except (ValueError, RecursionError):
        return None


def _nothing(_name: str) -> None:
    """Give nothing for NaN and the infinities."""


def _finite(digits: str) -> float | None:
    """Give a number, None where it is too large to be one."""
    value = float(digits)
    return value if math.isfinite(value) else None


def _whole(digits: str) -> int | float | None:
    """Give a whole number, exact where 64 bits suffice for sure."""
    return int(digits) if len(digits) <= _EXACT_DIGITS else _finite(digits)
