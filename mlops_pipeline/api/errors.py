"""Refusals and errors to answers: HTTP status codes in one place, words from `messages`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from pydantic import ValidationError

from mlops_pipeline import messages
from mlops_pipeline.api.http import Answer, json_answer
from mlops_pipeline.src.data.schema import BY_NAME

RETRY_SECONDS = 5

# Errors of one request beyond this many are not listed.
MAX_ERRORS = 100

# Unknown fields of one request for which the nearest known name is looked up (0.2 ms each).
MAX_SUGGESTIONS = 5

_UNKNOWN_FIELD = "extra_forbidden"

Detail = str | list[dict[str, Any]]


class Refused(Exception):  # noqa: N818 - it is answered, nothing failed
    """A request that is answered with an error: status, words, headers."""

    def __init__(self, status: int, detail: Detail, **headers: str) -> None:
        super().__init__(status)
        self.status = status
        self.detail = detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> Answer:
        """Give the answer."""
        return json_answer(self.status, orjson.dumps({"detail": self.detail}), self.headers)


class ClientGoneError(Exception):
    """The client left before its request was complete: there is nobody to answer."""


def invalid(error: ValidationError, *where: str | int) -> Refused:
    """422: name each field, what came and what is allowed."""
    return invalid_items(located(error, "body", *where))


def located(error: ValidationError, *where: str | int) -> list[Mapping[str, Any]]:
    """Give a model's errors as pydantic lists them, with the place of what was checked."""
    found = error.errors(include_url=False)
    return [{**one, "loc": (*where, *one["loc"])} for one in found]


def invalid_items(found: Sequence[Mapping[str, Any]]) -> Refused:
    """422: the same for errors as pydantic lists them; of more than a hundred, the first ones."""
    unknown = 0
    items = []
    for one in found[:MAX_ERRORS]:
        unknown += one["type"] == _UNKNOWN_FIELD
        items.append(item(one, suggest=unknown <= MAX_SUGGESTIONS))
    if len(found) > MAX_ERRORS:
        items.append({"type": "more_errors", "loc": [], "msg": messages.more_errors(MAX_ERRORS)})
    return Refused(422, items)


def not_json() -> Refused:
    """422: the body cannot be read as JSON."""
    return invalid_items([{"type": "json_invalid", "loc": ("body",)}])


def repeated_field(name: str, *where: str | int) -> Refused:
    """422: a field stands twice, so that nobody can tell which value is meant."""
    place = [_utf8(part) for part in ("body", *where, name)]
    return Refused(422, [{"type": "repeated_field", "loc": place, "msg": messages.REPEATED_FIELD}])


def bad_query(name: str, came: str) -> Refused:
    """422: a parameter of the query is neither true nor false."""
    error = {"type": "bool_parsing", "loc": ("query", name), "input": came}
    return Refused(422, [item(error)])


def bad_choice(name: str, came: str, allowed: Sequence[str]) -> Refused:
    """422: a parameter of the query is none of those that there are."""
    message = _utf8(messages.bad_choice(came, allowed))
    return Refused(422, [{"type": "enum", "loc": ["query", name], "msg": message}])


def bad_order(name: str, came: str, first: str) -> Refused:
    """422: a range ends before it begins."""
    message = messages.bad_order(came, first)
    return Refused(422, [{"type": "value_error", "loc": ["query", name], "msg": message}])


def history_too_long(days: int, by: str, most: int) -> Refused:
    """422: a course over so many days has too many periods."""
    message = messages.history_too_long(days, by, most)
    return Refused(422, [{"type": "value_error", "loc": ["query", "since"], "msg": message}])


def empty_batch() -> Refused:
    """400: nothing to predict."""
    return Refused(400, messages.EMPTY_BATCH)


def unauthorized() -> Refused:
    """401: no API key, or an unknown one."""
    return Refused(401, messages.NO_API_KEY, www_authenticate="ApiKey")


def no_keys_configured() -> Refused:
    """403: clients' data are given out only where API keys are asked for."""
    return Refused(403, messages.KEYS_NOT_CONFIGURED)


def unknown_prediction(prediction_id: str) -> Refused:
    """404: no such prediction."""
    return Refused(404, messages.unknown_prediction(prediction_id))


def too_many_bytes(limit: int) -> Refused:
    """413: the body is too large; the connection is closed rather than read to its end."""
    return Refused(413, messages.body_too_large(limit), connection="close")


def too_many_loans(found: int, limit: int) -> Refused:
    """413: the batch is too large."""
    return Refused(413, messages.batch_too_large(found, limit))


def wrong_media_type(came: str, allowed: Iterable[str]) -> Refused:
    """415: the body is of another type."""
    return Refused(415, messages.wrong_media_type(came, tuple(allowed)))


def unavailable(reason: str) -> Refused:
    """503: it cannot be answered now, and may be later."""
    return Refused(503, reason, retry_after=str(RETRY_SECONDS))


def internal() -> Refused:
    """500: our fault."""
    return Refused(500, messages.http(500))


def item(error: Mapping[str, Any], *, suggest: bool = True) -> dict[str, Any]:
    """Give one validation error: its type and place as pydantic names them, in Spanish words."""
    kind, place = str(error["type"]), [_place(part) for part in error["loc"]]
    named = place[-1] if place else ""
    known = tuple(BY_NAME) if suggest else ()
    context = error.get("ctx", {})
    message = messages.validation(kind, error.get("input"), context, str(named), known)
    # pydantic names the branch of a union behind the field: the field is what the client knows.
    while place and place[-1] not in BY_NAME and place[-1] in ("float", "constrained-str"):
        place.pop()
    return {"type": kind, "loc": [_utf8(part) for part in place], "msg": _utf8(message)}


def _place(part: object) -> str | int:
    """Give a part of an error's place as JSON can say it."""
    return part if isinstance(part, int) else str(part)


def _utf8(part: Any) -> Any:
    """Give a text without what UTF-8 cannot say: half of a surrogate pair in a JSON escape."""
    return part.encode("utf-8", "replace").decode() if isinstance(part, str) else part
