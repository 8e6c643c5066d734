"""Questions to a service that runs, one after the other."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

from benchmarks.serving.bench import BenchmarkError
from benchmarks.serving.servers import HOST, OK

DRIFT = "/monitoring/drift"


def ask(port: int, path: str = DRIFT) -> tuple[float, Any]:
    """Ask once; give the seconds and the answer.

    Raises:
        BenchmarkError: it was refused.

    """
    connection = HTTPConnection(HOST, port, timeout=120)
    try:
        began = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - began
    finally:
        connection.close()
    if answer.status != OK:
        raise BenchmarkError(f"{path}: {answer.status} {body[:300]!r}")
    return seconds, json.loads(body)


@contextmanager
def asking(port: int, pause: float | None, times: list[float]) -> Iterator[None]:
    """Ask again and again until the end of the block; the seconds of each go to `times`.

    `pause`: seconds between two questions; None: nothing is asked.
    """
    if pause is None:
        yield
        return
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(pause):
            times.append(ask(port)[0])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def counted(port: int, limit: float) -> tuple[float, int]:
    """Wait until the whole log is counted; give the seconds and the loans that were pending.

    Raises:
        BenchmarkError: it takes too long.

    """
    began = time.perf_counter()
    pending: int | None = None
    while time.perf_counter() - began < limit:
        found = ask(port)[1]
        pending = found["pending"] if pending is None else pending
        if not found["pending"]:
            return time.perf_counter() - began, pending
        time.sleep(1)
    raise BenchmarkError("the log was not counted in time")
