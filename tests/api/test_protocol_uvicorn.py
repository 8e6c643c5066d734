"""What the short way leans on in uvicorn is there: another version of it must not pass unseen."""

from __future__ import annotations

import ast
import asyncio
import inspect
import textwrap
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from mlops_pipeline.api.protocol import PlainRequest, ScoringProtocol


def attributes(code: type | Callable[..., object], owner: str, *, stored: bool = False) -> set[str]:
    """Give the names that code looks up behind `owner`; `stored`: only those that it sets."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(code)))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and ast.unparse(node.value) == owner
        and (not stored or isinstance(node.ctx, ast.Store))
    }


async def _nothing(scope: object, receive: object, send: object) -> None:
    """Be an application."""


def test_a_plain_request_has_all_that_uvicorn_asks_of_a_cycle() -> None:
    asked = attributes(HttpToolsProtocol, "self.cycle")
    # The body is handed over in callbacks that a plain request never gets to.
    assert asked - {"body", "more_body"} == {
        "disconnected", "keep_alive", "message_event", "response_complete",
    }  # fmt: skip
    for callback in (HttpToolsProtocol.on_body, HttpToolsProtocol.on_message_complete):
        assert attributes(callback, "self.cycle") & {"body", "more_body"}
    assert attributes(HttpToolsProtocol, "existing_cycle") == {"response_complete"}
    assert attributes(HttpToolsProtocol, "self.cycle.message_event") == {"set"}
    assert asked - {"body", "more_body"} <= set(dir(PlainRequest))
    assert asked <= attributes(RequestResponseCycle, "self", stored=True)


def test_uvicorn_s_protocol_has_all_that_the_short_way_uses() -> None:
    config = uvicorn.Config(_nothing, log_config=None)
    loop = asyncio.new_event_loop()
    made = HttpToolsProtocol(config, ServerState(), {}, _loop=loop)
    loop.close()
    theirs = set(dir(made)) | attributes(HttpToolsProtocol, "self", stored=True)
    own = set(vars(ScoringProtocol)) | attributes(ScoringProtocol, "self", stored=True)
    used = attributes(ScoringProtocol, "self") | attributes(PlainRequest, "protocol")
    assert used - theirs <= own
    assert {"cycle", "flow", "transport", "parser", "on_response_complete"} <= used & theirs
    assert {name for name in own if name.startswith(("on_", "connection_"))} <= theirs
    assert attributes(FlowControl, "self", stored=True) >= {"write_paused"}
    assert isinstance(made.server_state.default_headers, list)


def test_what_begins_a_request_is_what_the_short_way_begins() -> None:
    begun = attributes(HttpToolsProtocol.on_message_begin, "self", stored=True)
    assert begun == {"url", "headers", "expect_100_continue", "scope"}
    ours = attributes(ScoringProtocol.on_message_begin, "self", stored=True)
    assert begun - ours == {"scope"}


def test_a_connection_counts_as_idle_from_an_answer_to_the_next_bytes() -> None:
    received = inspect.getsource(HttpToolsProtocol.data_received)
    assert received.index("self._unset_keepalive_if_required()") < received.index("feed_data")
    for name, code in vars(HttpToolsProtocol).items():
        if inspect.isfunction(code) and "call_later" in inspect.getsource(code):
            assert name == "on_response_complete"
    armed = attributes(HttpToolsProtocol.on_response_complete, "self", stored=True)
    assert armed == {"timeout_keep_alive_task"}


def test_uvicorn_s_command_takes_it_by_name_but_hides_the_application_behind_proxy_headers() -> (
    None
):
    named = f"{ScoringProtocol.__module__}:{ScoringProtocol.__name__}"
    bare, wrapped = (
        uvicorn.Config(_nothing, http=named, log_config=None, proxy_headers=proxy)
        for proxy in (False, True)
    )
    for config in (bare, wrapped):
        config.load()
        assert config.http_protocol_class is ScoringProtocol
    assert bare.loaded_app is _nothing
    assert wrapped.loaded_app is not _nothing
