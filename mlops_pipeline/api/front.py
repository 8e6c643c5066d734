"""In front of the framework: what every request gets, and the way past it for the hot routes.

The framework's middleware, routing and dependencies take three quarters of the time of an
empty FastAPI endpoint (`benchmarks/serving` measures it). The two or three routes that need the
speed are answered here; FastAPI keeps all others, and the documentation of these.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from fastapi import FastAPI

from mlops_pipeline import messages
from mlops_pipeline.api import errors
from mlops_pipeline.api.errors import ClientGoneError, Refused
from mlops_pipeline.api.hot import Handler
from mlops_pipeline.api.http import (
    Answer,
    Incoming,
    Message,
    Receive,
    Scope,
    Send,
    StreamedAnswer,
)
from mlops_pipeline.api.keys import Keys
from mlops_pipeline.api.metrics import Metrics
from mlops_pipeline.api.single import Giving, SinglePredictions

logger = logging.getLogger(__name__)

# Open without a key: they tell nothing of any client.
OPEN_PATHS = frozenset(
    {"/", "/health", "/livez", "/readyz", "/metrics", "/docs", "/redoc", "/openapi.json"}
)
OPEN_FOLDER = "/docs/"

# What balancers look at, many of them by HEAD: answered like GET, without the body.
PROBED_PATHS = frozenset({"/", "/health", "/livez", "/readyz"})

PREDICT = "/predict"
CLIENT_LEFT = 499  # nginx's number for it

# A client that takes nothing of a streamed answer for so long is cut off: a lane waits for it.
SEND_SECONDS = 30.0

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._\-]{1,64}")
_UNKNOWN_ROUTE = "other"
_FAILED = "request_failed"


class ScoringApi(FastAPI):
    """The application; it has hot routes from its start to its end."""

    def __init__(self, keys: Keys, metrics: Metrics, max_in_flight: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.hot: Mapping[tuple[str, str], Handler] = {}
        self.single: SinglePredictions | None = None
        self._keys = keys
        self._metrics = metrics
        self._max_in_flight = max_in_flight
        self._in_flight = 0
        self._process_id = secrets.token_hex(8).encode()
        self._requests = 0

    def openapi(self) -> dict[str, Any]:
        """Give the document; what the library's own classes describe is described in Spanish."""
        if self.openapi_schema is None:
            schemas = super().openapi()["components"]["schemas"]
            for name, text in messages.SCHEMAS.items():
                schemas[name]["description"] = text
        return super().openapi()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request: here if its route is hot, else by the framework."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        started = time.perf_counter()
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = self._request_id(headers)
        path: str = scope["path"]
        if scope["root_path"]:
            path = path.removeprefix(scope["root_path"])
        if scope["method"] == "HEAD" and path in PROBED_PATHS:
            scope, send = {**scope, "method": "GET"}, _without_body(send)
        handler, status = self.hot.get((scope["method"], path)), 500
        self._in_flight += 1
        try:
            refusal = self._refusal(path, headers)
            if refusal is not None:
                status = await _send(refusal.answer(), request_id, send)
            elif handler is None:
                status = await self._by_framework(scope, receive, send, request_id)
            else:
                request = Incoming(headers, scope["query_string"], receive, request_id.decode())
                status = await _send(await _answer(handler, request), request_id, send)
        except ClientGoneError:
            status = CLIENT_LEFT
        finally:
            self._in_flight -= 1
            route = _template(scope) if handler is None else path
            self._metrics.answered(route, status, time.perf_counter() - started)

    def admit(self, headers: Mapping[bytes, bytes]) -> bytes | None:
        """Take a prediction in hand and give its id; None: it is to be turned away, by `__call__`.

        For who answers without `__call__`: whatever comes of it, `let_go` must be told.
        """
        if self._in_flight >= self._max_in_flight or not self._keys.accept(headers):
            return None
        self._in_flight += 1
        return self._request_id(headers)

    def let_go(self, status: int, seconds: float) -> None:
        """Have a prediction in hand no longer, and count its answer."""
        self._in_flight -= 1
        self._metrics.answered(PREDICT, status, seconds)

    def _request_id(self, headers: Mapping[bytes, bytes]) -> bytes:
        """Give the id that came, or one that no other request has: 64 random bits and a count."""
        given = headers.get(b"x-request-id", b"")
        if given and _REQUEST_ID.fullmatch(given):
            return given
        self._requests += 1
        return b"%s-%x" % (self._process_id, self._requests)

    def _refusal(self, path: str, headers: Mapping[bytes, bytes]) -> Refused | None:
        """Give the reason to turn a request away before its body is read."""
        if path in OPEN_PATHS or path.startswith(OPEN_FOLDER):
            return None
        if not self._keys.accept(headers):
            return errors.unauthorized()
        if self._in_flight > self._max_in_flight:
            return errors.unavailable(messages.OVERLOADED)
        return None

    async def _by_framework(
        self, scope: Scope, receive: Receive, send: Send, request_id: bytes
    ) -> int:
        """Let FastAPI answer; give the status."""
        status = 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
            await send(message)

        scope.setdefault("state", {})["request_id"] = request_id.decode()
        await super().__call__(scope, receive, send_with_id)
        return status


def _template(scope: Scope) -> str:
    """Give the template of the route that the framework found, if it was asked and found one."""
    path: str = getattr(scope.get("route"), "path", _UNKNOWN_ROUTE)
    return path


def _without_body(send: Send) -> Send:
    """Give a way to send the head of an answer alone."""

    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if "body" in message else message)

    return send_head


async def _answer(handler: Handler, request: Incoming) -> Answer | StreamedAnswer:
    """Give a hot route's answer; what it refuses, or fails at, is an answer too."""
    try:
        return await handler(request)
    except Refused as refused:
        return refused.answer()
    except ClientGoneError:
        raise
    # The outermost place of a hot route, as the framework's own is for the others: a defect is told
    # in the log, without a client's value, and answered as every error is.
    except Exception:  # pylint: disable=broad-exception-caught
        logger.exception(_FAILED, extra={"request_id": request.request_id})
        return errors.internal().answer()


def answer_of(give: Giving, request_id: bytes) -> Answer | None:
    """Give what a prediction gives, as `_answer` does of a handler; None: it comes later."""
    try:
        return give()
    except Refused as refused:
        return refused.answer()
    except Exception:  # pylint: disable=broad-exception-caught
        logger.exception(_FAILED, extra={"request_id": request_id.decode()})
        return errors.internal().answer()


async def _send(answer: Answer | StreamedAnswer, request_id: bytes, send: Send) -> int:
    """Send an answer; give its status."""
    headers: list[Any] = [*answer.headers, (b"x-request-id", request_id)]
    start: Message = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": headers,
    }
    if isinstance(answer, Answer):
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await send(start)
        await send({"type": "http.response.body", "body": answer.body})
        return answer.status
    async with aclosing(answer.pieces) as pieces:
        first = await anext(pieces, b"")  # begun, it tidies up however this ends
        await send(start)
        await _send_piece(first, send)
        async for piece in pieces:
            await _send_piece(piece, send)
    await send({"type": "http.response.body", "body": b""})
    return answer.status


async def _send_piece(piece: bytes, send: Send) -> None:
    """Send a part of an answer.

    Raises:
        ClientGoneError: the client does not take it.

    """
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    except TimeoutError:
        _cut_off(send)
        await asyncio.sleep(0)  # the server learns that the connection is no more
        raise ClientGoneError from None


def _cut_off(send: Send) -> None:
    """Drop a connection with what is yet to be sent on it.

    ASGI has no word for this, and to close it would wait for the client: uvicorn's `send` is a
    method of what has the connection. Behind another server it ends as the server sees fit.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
