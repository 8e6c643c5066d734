"""Reading a request's body, counted while it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from mlops_pipeline.api import errors
from mlops_pipeline.api.http import Incoming, Message


async def read_body(request: Incoming, limit: int) -> bytes:
    """Give the whole body.

    Raises:
        Refused: it has more than `limit` bytes (413).
        ClientGoneError: the client left before the end.

    """
    message = await request.receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body") and len(body) <= limit:
        return body  # the commonest: all in one piece
    pieces = [body, *[piece async for piece in _more(request, message, limit)]]
    return b"".join(pieces)


async def body_pieces(request: Incoming, limit: int) -> AsyncIterator[bytes]:
    """Give the body piece by piece; raises like `read_body`."""
    message = await request.receive()
    yield message.get("body", b"")
    async for piece in _more(request, message, limit):
        yield piece


async def _more(request: Incoming, first: Message, limit: int) -> AsyncIterator[bytes]:
    """Give the pieces behind the first."""
    if request.announced_bytes() > limit:
        raise errors.too_many_bytes(limit)
    message, total = first, len(first.get("body", b""))
    while True:
        if message["type"] == "http.disconnect":
            raise errors.ClientGoneError
        if total > limit:
            raise errors.too_many_bytes(limit)
        if not message.get("more_body"):
            return
        message = await request.receive()
        piece: bytes = message.get("body", b"")
        total += len(piece)
        yield piece
