"""A body of 1 GB, a client that never finishes: refused or waited for, at nobody's cost."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.stress.conftest import Figures, Serve
from tests.stress.support import HOST, MIB, Service, ask, numbered_loan, scaled

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

GIGABYTE = 1 << 30
ALLOWED = 40 * MIB
TRICKLERS = scaled(200, 30)
_PIECE = b" " * (256 * 1024)


class Memory:
    """The service's largest memory while it is watched, with its lanes."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = threading.Event()
        self.before = self.peak = sum(service.memory().values())

    @contextmanager
    def watched(self) -> Iterator[Memory]:
        """Look every few milliseconds until the block ends."""
        thread = threading.Thread(target=self._look)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.005):
            self.peak = max(self.peak, sum(self._service.memory().values()))

    @property
    def grown(self) -> int:
        """Give the bytes that came on top."""
        return self.peak - self.before


def head(path: str, *headers: str) -> bytes:
    """Give a request's head."""
    lines = (f"POST {path} HTTP/1.1", f"Host: {HOST}", "Content-Type: application/json", *headers)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def poured(service: Service, path: str, *, chunked: bool) -> tuple[int, int]:
    """Send 1 GB, or as much as the service takes; give the status and the bytes that went out."""
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {GIGABYTE}"
    piece = b"%x\r\n%b\r\n" % (len(_PIECE), _PIECE) if chunked else _PIECE
    sent = 0
    with socket.create_connection((HOST, service.port), timeout=60) as connection:
        connection.sendall(head(path, framing))
        try:
            while sent < GIGABYTE:
                connection.sendall(piece)
                sent += len(_PIECE)
        except OSError:
            pass  # the service has answered and closed
        answer = connection.recv(65_536)
    first, _, rest = answer.partition(b"\r\n")
    assert b'"detail"' in rest
    return int(first.split()[1]), sent


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_a_body_of_1_gb_is_refused_in_bounded_memory(
    serve: Serve, figures: Figures, path: str, chunked: bool
) -> None:
    service = serve()
    assert service.post("/predict/batch", {"data": [numbered_loan(1)]}).status == 200
    with Memory(service).watched() as memory:
        status, sent = poured(service, path, chunked=chunked)
    assert status == 413
    assert memory.grown < ALLOWED, f"{memory.grown / MIB:.0f} MiB"
    assert service.post("/predict", numbered_loan(2)).status == 200
    figures(f"413 after {sent / MIB:,.0f} MiB; the service grew by {memory.grown / MIB:.1f} MiB")


def test_many_large_batches_at_once_stay_within_the_limit(serve: Serve, figures: Figures) -> None:
    """Bodies of just under the limit, from several clients, none of them a batch."""
    service = serve()
    body = b'{"data":[' + b" " * (16 * MIB - 100) + b"]}"
    statuses: list[int] = []

    def send() -> None:
        statuses.append(service.post("/predict/batch", body).status)

    with Memory(service).watched() as memory:
        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [400] * 4
    assert memory.grown < 4 * 6 * 16 * MIB
    figures(f"4 batches of 16 MiB at once: the service grew by {memory.grown / MIB:.0f} MiB")


def test_clients_that_trickle_hold_nobody_up(serve: Serve, figures: Figures) -> None:
    service = serve()
    body = json.dumps(numbered_loan(1)).encode()
    with ExitStack() as stack:
        slow = [
            stack.enter_context(socket.create_connection((HOST, service.port), timeout=60))
            for _ in range(TRICKLERS)
        ]
        for place, connection in enumerate(slow):
            if place % 2:
                connection.sendall(head("/predict", f"Content-Length: {len(body)}"))
            else:
                connection.sendall(b"POST /predict HTTP/1.1\r\nX-Slow: ")
        waits = []
        quick = service.connection()
        stack.callback(quick.close)
        for number in range(scaled(2_000, 300)):
            for connection in slow[number % 10 :: 10]:
                connection.sendall(b" ")
            began = time.perf_counter()
            assert ask(quick, "POST", "/predict", body).status == 200
            waits.append(time.perf_counter() - began)
    waits.sort()
    p99 = waits[len(waits) * 99 // 100]
    assert p99 < 0.25
    figures(
        f"{TRICKLERS} clients trickle; the others' median {waits[len(waits) // 2] * 1e3:.1f} ms, "
        f"p99 {p99 * 1e3:.1f} ms"
    )
