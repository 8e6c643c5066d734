"""What pydantic does not tell of a JSON object: fields that stand twice; and too many at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from mlops_pipeline.api import errors
from mlops_pipeline.src.data.schema import BY_NAME, TEXTS

_ALWAYS_TEXT = 1 + sum(1 for column in TEXTS if not (column.nullable or column.accepts_numbers))
_SOMETIMES_TEXT = tuple(c.name for c in TEXTS if c.nullable or c.accepts_numbers)


def quotes_of(fields: int, checked: Mapping[str, Any]) -> int:
    """Give how many quotation marks a checked loan with so many fields is written with.

    Two around each name and two around each text. More of them in a body mean a field that
    stands twice, or a quotation mark within a text.
    """
    texts = _ALWAYS_TEXT
    for name in _SOMETIMES_TEXT:
        texts += isinstance(checked[name], str)
    return 2 * (fields + texts)


def refuse_repeated(body: bytes) -> None:
    """Refuse a body in which an object names a field twice; pydantic would take the last one.

    Raises:
        Refused: there is such a field (422); it is named.

    """
    json.loads(body, object_pairs_hook=_once)


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Give an object of which each field stands once."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise errors.repeated_field(name)
        found[name] = value
    return found


def within_reason(document: Any, known: Iterable[str] = tuple(BY_NAME)) -> Any:
    """Give an object with its known fields and the first hundred others: enough for the words."""
    if not isinstance(document, dict) or len(document) <= errors.MAX_ERRORS:
        return document
    own = {name: document[name] for name in known if name in document}
    others = (name for name in document if name not in own)
    return own | {name: document[name] for name in islice(others, errors.MAX_ERRORS + 1)}
