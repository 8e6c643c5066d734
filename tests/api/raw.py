"""The service on a port of 127.0.0.1 in this process, and connections of plain bytes to it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from mlops_pipeline.api.app import create_app
from mlops_pipeline.api.front import ScoringApi
from mlops_pipeline.api.protocol import ScoringProtocol
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.schema import example_loan
from tests.servers import wait_until

LOAN = json.dumps(example_loan()).encode()
PROBABILITY = "/predict?return_probabilities=true"
HEALTH = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@dataclass(frozen=True)
class Reply:
    """An answer, its headers in the order in which they came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __getitem__(self, name: str) -> str:
        """Give a header that stands once."""
        [value] = [value for found, value in self.headers if found == name]
        return value

    @property
    def names(self) -> list[str]:
        """Give the names of the headers."""
        return sorted(name for name, _ in self.headers)

    @property
    def prediction_id(self) -> str:
        """Give the id of a single prediction."""
        [found] = json.loads(self.body)["prediction_id"]
        return str(found)


def request(body: bytes = LOAN, target: str = "/predict", **headers: str) -> bytes:
    """Give a prediction as its bytes; headers with `_` for `-`."""
    named = {"content_type": "application/json", "content_length": str(len(body)), **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
    return "\r\n".join([f"POST {target} HTTP/1.1", "Host: x", *lines, "", ""]).encode() + body


def chunked(body: bytes = LOAN, target: str = "/predict", **headers: str) -> bytes:
    """Give the same prediction as it is not plain: in two chunks."""
    head = request(b"", target, **headers, transfer_encoding="chunked")
    half = len(body) // 2
    chunks = [b"%x\r\n%b\r\n" % (len(one), one) for one in (body[:half], body[half:]) if one]
    return head.replace(b"content-length: 0\r\n", b"") + b"".join([*chunks, b"0\r\n\r\n"])


class Connection:
    """A connection; sends bytes, reads answers."""

    def __init__(self, port: int, **options: Any) -> None:
        self.socket = socket.socket()
        for name, value in options.items():
            self.socket.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._came = b""

    def send(self, data: bytes) -> Connection:
        """Send bytes."""
        self.socket.sendall(data)
        return self

    def reply(self) -> Reply:
        """Read the next answer."""
        while b"\r\n\r\n" not in self._came:
            self._more()
        head, _, self._came = self._came.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = tuple((name, value) for name, _, value in (one.partition(": ") for one in lines))
        length = int(dict(headers)["content-length"])
        while len(self._came) < length:
            self._more()
        body, self._came = self._came[:length], self._came[length:]
        return Reply(int(first.split()[1]), headers, body)

    def _more(self) -> None:
        piece = self.socket.recv(1 << 16)
        assert piece, f"closed behind {self._came!r}"
        self._came += piece

    def ended(self) -> bool:
        """Wait until the service closes; tell whether it did without a byte more.

        Not as long as uvicorn waits before it closes what idles.
        """
        self.socket.settimeout(3)
        return self._came + self.socket.recv(1 << 16) == b""

    def close(self) -> None:
        """Leave."""
        self.socket.close()


@dataclass
class Listening:
    """A service that listens.

    `long_way`: the paths of requests that went uvicorn's way.
    """

    app: ScoringApi
    server: uvicorn.Server
    port: int
    long_way: list[str]
    opened: list[Connection] = field(default_factory=list)

    def connect(self, **options: Any) -> Connection:
        """Connect; it is closed with the service."""
        self.opened.append(Connection(self.port, **options))
        return self.opened[-1]

    def ask(self, data: bytes) -> Reply:
        """Send a request on a connection of its own and read the answer."""
        return self.connect().send(data).reply()

    @property
    def in_flight(self) -> int:
        """Give how many requests it has in hand."""
        return self.app._in_flight

    @property
    def waiting(self) -> int:
        """Give how many predictions wait for the log."""
        log = self.app.state.service.log
        return int(log.writer.pending)

    def metrics(self) -> str:
        """Ask for the metrics."""
        return self.ask(HEALTH.replace(b"/livez", b"/metrics")).body.decode()


@contextmanager
def listening(
    models_dir: Path, *, small_buffers: bool = False, **settings: Any
) -> Iterator[Listening]:
    """Serve until the block ends; no log unless `database_url` says where.

    `small_buffers`: the system keeps little of what a client does not read.
    """
    log = "durable" if "database_url" in settings else "off"
    app = create_app(Settings(models_dir=models_dir, **{"prediction_log": log, **settings}))
    long_way: list[str] = []

    class Watched(ScoringApi):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http":
                long_way.append(scope["path"])
            await super().__call__(scope, receive, send)

    app.__class__ = Watched
    config = uvicorn.Config(
        app, http=ScoringProtocol, loop="uvloop", lifespan="on", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        if small_buffers:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        thread = threading.Thread(target=server.run, args=([sock],), name="listening")
        thread.start()
        found = Listening(app, server, sock.getsockname()[1], long_way)
        try:
            wait_until(lambda: server.started or not thread.is_alive(), "it listens", 30)
            yield found
        finally:
            for one in found.opened:
                one.close()
            server.should_exit = True
            thread.join(15)
            assert not thread.is_alive()
