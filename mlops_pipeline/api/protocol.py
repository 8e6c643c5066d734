"""The shortest way of a prediction: from the connection's bytes to the answer, in one call.

uvicorn makes a scope, an event and a task of each request and takes the answer in two messages;
of a prediction this is the larger half (`benchmarks/README.md`). Here a `POST /predict` that is as
plain as nearly all of them are is answered where its last byte is parsed, in one write. Whatever
is not plain goes uvicorn's way, and so does every other route, and what is to be turned away before
its body is read. Both ways answer alike: `front` gives the answers.

This leans on the insides of `HttpToolsProtocol`, whose version is pinned: it keeps the parsing,
the connection, its timeouts and the order of pipelined requests, and takes `PlainRequest` for a
cycle of its own.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from mlops_pipeline.api.front import CLIENT_LEFT, PREDICT, ScoringApi, answer_of
from mlops_pipeline.api.http import Answer
from mlops_pipeline.api.single import ASKED, MAX_LOAN_BYTES, Giving, SinglePredictions

if TYPE_CHECKING:
    from asyncio import Transport

# The targets of a plain prediction, as a request line has them.
_TARGETS = {
    b"?".join(filter(None, (PREDICT.encode(), query))): wanted for query, wanted in ASKED.items()
}

# Headers that ask for more than an answer.
_ASKS_MORE = frozenset({b"expect", b"transfer-encoding", b"upgrade"})

# More digits are not looked at: zeros in front may be too many for `int`.
_LENGTH_DIGITS = len(str(MAX_LOAN_BYTES))

_HEAD = b"%b%bcontent-length: %d\r\nx-request-id: %b\r\n"


class _NoEvent:
    """Stands where nobody waits."""

    def set(self) -> None:
        """Tell nobody."""


class PlainRequest:
    """A plain prediction on its connection; what uvicorn's protocol asks of a cycle, and no more.

    `app` has it in hand from its head on, so that what slow clients make it keep is bounded, until
    it is answered or its client has left.

    `keep_alive`: whether the connection stays open behind the answer.
    """

    __slots__ = (
        "app", "body", "disconnected", "keep_alive", "protocol", "request_id",
        "response_complete", "single", "started", "wanted",
    )  # fmt: skip

    message_event = _NoEvent()

    def __init__(
        self,
        protocol: ScoringProtocol,
        app: ScoringApi,
        single: SinglePredictions,
        request_id: bytes,
        *,
        wanted: bool,
    ) -> None:
        self.protocol = protocol
        self.app = app
        self.single = single
        self.request_id = request_id
        self.wanted = wanted
        self.started = time.perf_counter()
        self.body = b""
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False

    def predict(self) -> None:
        """Answer, or let the log's writer call `finish`: the request is whole."""
        body, self.body = self.body, b""  # a connection that idles keeps its last request
        predict, request_id = self.single.predict_now, self.request_id.decode()
        self.finish(partial(predict, body, request_id, self.finish, wanted=self.wanted))

    def finish(self, give: Giving) -> None:
        """Answer with what `give` gives, if it does now."""
        answer = answer_of(give, self.request_id)
        if answer is not None:
            self._let_go(answer.status)
            self._send(answer)

    def left(self) -> None:
        """Forget it: the client left before the request was whole."""
        self._let_go(CLIENT_LEFT)

    def _let_go(self, status: int) -> None:
        self.app.let_go(status, time.perf_counter() - self.started)

    def _send(self, answer: Answer) -> None:
        """Write the answer, unless the client is gone.

        `disconnected` does not tell of every client that is: where a request waits behind this
        one, uvicorn tells that one alone.
        """
        self.response_complete = True
        protocol = self.protocol
        if self.disconnected or protocol.transport.is_closing():
            return
        head = _HEAD % (
            STATUS_LINE[answer.status], protocol.default_head(), len(answer.body), self.request_id,
        )  # fmt: skip
        more = b"".join([b"%b: %b\r\n" % header for header in answer.headers])
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        protocol.transport.write(b"%b%b%b%b" % (head, more, end, answer.body))
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()


class ScoringProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools, with the shortest way for plain predictions."""

    transport: Transport

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.url = b""
        self._plain: PlainRequest | None = None
        self._defaults: list[tuple[bytes, bytes]] = []
        self._default_head = b""

    def default_head(self) -> bytes:
        """Give the headers that the server adds to each answer; they change once a second."""
        defaults = self.server_state.default_headers
        if defaults is not self._defaults:
            self._defaults = defaults
            self._default_head = b"".join([b"%b: %b\r\n" % header for header in defaults])
        return self._default_head

    def on_message_begin(self) -> None:
        """Begin a request; its scope is made only if it goes uvicorn's way."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Choose the way."""
        self._plain = self._plain_request()
        if self._plain is not None:
            self.cycle = cast(Any, self._plain)
            return
        # An answer to what came before in these same bytes set it: the connection is at work again.
        self._unset_keepalive_if_required()
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def _plain_request(self) -> PlainRequest | None:
        """Give the prediction, if it needs nothing but its answer and can have it now."""
        wanted, app = _TARGETS.get(self.url), self.app
        if wanted is None or not isinstance(app, ScoringApi) or app.single is None:
            return None
        headers = dict(self.headers)
        if not (self._is_free() and self._is_plain(headers)):
            return None
        request_id = app.admit(headers)
        if request_id is None:
            return None
        return PlainRequest(self, app, app.single, request_id, wanted=wanted)

    def _is_free(self) -> bool:
        """Tell whether the connection can take an answer now.

        Of requests that arrive together one is answered at once; the others go uvicorn's way, each
        in a turn of the event loop, or one connection could hold up all. It is one of these if the
        connection counts as idle: uvicorn's `data_received` ends that, only an answer begins it.
        """
        before = self.cycle
        return (
            (before is None or before.response_complete)
            and self.timeout_keep_alive_task is None
            and not self.flow.write_paused
            and not self.transport.is_closing()
            and self.limit_concurrency is None
        )

    def _is_plain(self, headers: dict[bytes, bytes]) -> bool:
        """Tell whether the request asks for nothing but its answer."""
        parser, length = self.parser, headers.get(b"content-length", b"")
        return (
            headers.get(b"content-type") == b"application/json"
            and length.isdigit()
            and len(length) <= _LENGTH_DIGITS
            and int(length) <= MAX_LOAN_BYTES
            and _ASKS_MORE.isdisjoint(headers)
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
        )

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        if self._plain is None:
            super().on_body(body)
        else:
            self._plain.body += body  # nearly always the whole of it

    def on_message_complete(self) -> None:
        """Answer, the request being whole."""
        plain, self._plain = self._plain, None
        if plain is None:
            super().on_message_complete()
        else:
            plain.predict()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count a client that left before its request was whole, as `front` does."""
        plain, self._plain = self._plain, None
        if plain is not None:
            plain.left()
        super().connection_lost(exc)
