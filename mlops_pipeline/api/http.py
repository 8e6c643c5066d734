"""HTTP at its plainest: what a request brings, reading its body, sending an answer.

The hot routes speak ASGI through this file, without the framework: of a prediction's time the
framework's own machinery would take three times what the prediction takes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = "application/json"

_LENGTH_DIGITS = 20  # of 2**64; zeros in front may be too many for `int`


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """An answer whose body comes piece by piece."""

    status: int
    pieces: AsyncGenerator[bytes, None]
    headers: tuple[tuple[bytes, bytes], ...]


JSON_HEADERS = ((b"content-type", JSON.encode()),)


def json_answer(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    """Give an answer whose body is JSON."""
    if not headers:
        return Answer(status, body, JSON_HEADERS)
    more = tuple((name.lower().encode(), value.encode()) for name, value in headers.items())
    return Answer(status, body, (*JSON_HEADERS, *more))


class Incoming:
    """A request to a hot route."""

    __slots__ = ("headers", "query", "receive", "request_id")

    def __init__(
        self, headers: dict[bytes, bytes], query: bytes, receive: Receive, request_id: str
    ) -> None:
        self.headers = headers
        self.query = query
        self.receive = receive
        self.request_id = request_id

    def parameter(self, name: str) -> str | None:
        """Give a parameter of the query, the last one of that name."""
        pairs = parse_qsl(self.query.decode("latin-1"), keep_blank_values=True)
        return dict(pairs).get(name)

    def media_type(self) -> str:
        """Give the body's media type, in small letters and without its parameters."""
        return (
            self.headers.get(b"content-type", b"")
            .partition(b";")[0]
            .strip()
            .lower()
            .decode("latin-1")
        )

    def is_json(self) -> bool:
        """Tell whether the body is said to be JSON."""
        if self.headers.get(b"content-type") == b"application/json":
            return True
        kind = self.media_type()
        return kind == JSON or (kind.startswith("application/") and kind.endswith("+json"))

    def announced_bytes(self) -> int:
        """Give the body's length as announced; 0 where it is not, or in more digits than needed."""
        length = self.headers.get(b"content-length", b"0")
        return int(length) if length.isdigit() and len(length) <= _LENGTH_DIGITS else 0
