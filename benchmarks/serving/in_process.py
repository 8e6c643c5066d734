"""The product as an ASGI application in this process: its time without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.serving.bench import BenchmarkError
from benchmarks.serving.servers import EXAMPLE, HOST, OK, PREDICT
from mlops_pipeline.api.app import create_app
from mlops_pipeline.settings import Settings

# Requests at a time that share the log's commits.
IN_FLIGHT = 64

_PATH, _, _QUERY = PREDICT.partition("?")
_SCOPE: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": _PATH,
    "raw_path": _PATH.encode(),
    "root_path": "",
    "query_string": _QUERY.encode(),
    "headers": [
        (b"host", HOST.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(EXAMPLE)).encode()),
    ],
    "client": (HOST, 1),
    "server": (HOST, 1),
}
_BODY = {"type": "http.request", "body": EXAMPLE, "more_body": False}


class Application:
    """A started application."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def predict(self, calls: int, at_once: int) -> None:
        """Ask for `calls` predictions, `at_once` of them at a time.

        Raises:
            BenchmarkError: an answer is not 200.

        """
        await asyncio.gather(*(self._ask(calls // at_once) for _ in range(at_once)))

    async def _ask(self, calls: int) -> None:
        """Ask for predictions one after the other."""

        async def receive() -> dict[str, Any]:
            return _BODY

        async def send(message: dict[str, Any]) -> None:
            if message.get("status", OK) != OK:
                raise BenchmarkError(f"answered {message['status']}")

        for _ in range(calls):
            await self._app(dict(_SCOPE), receive, send)


@asynccontextmanager
async def running(models_dir: Path, folder: Path, log: Any) -> AsyncIterator[Application]:
    """Start the application with the prediction log `off` or `durable`; end it at the end.

    Raises:
        BenchmarkError: it does not start.

    """
    app: Any = create_app(
        Settings(
            models_dir=models_dir,
            prediction_log=log,
            database_url=f"sqlite:///{folder / 'predictions.db'}",
        )
    )
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan", "state": {}}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    answer = await outbox.get()
    if answer["type"] != "lifespan.startup.complete":
        raise BenchmarkError(f"the application does not start: {answer}")
    try:
        yield Application(app)
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        await life
