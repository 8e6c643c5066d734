"""A lane's process in the hands of a test: found, stopped, given work."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from fastapi.testclient import TestClient

from mlops_pipeline.api.lanes import Lane
from mlops_pipeline.src.data.schema import example_loan
from tests.api.support import (
    csv_of,
)
from tests.servers import LANE, alive, children

BATCH = {"data": [example_loan()]}


def batch(client: TestClient) -> httpx2.Response:
    return client.post("/predict/batch", json=BATCH)


def lane_after(client: TestClient) -> int:
    """Let a batch through; give the process that took it."""
    before = children(os.getpid(), LANE)
    assert batch(client).status_code == 200
    [pid] = children(os.getpid(), LANE) - before
    return pid


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process stand still."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGCONT)


def many_rows(rows: int) -> bytes:
    """Give a file of so many equal loans."""
    head, row, _ = csv_of([example_loan()]).split(b"\n")
    return b"\n".join([head, *[row] * rows, b""])


def busy(client: TestClient) -> int:
    """Give how many jobs the lane of batches has or lets wait."""
    lane: Lane = client.app.state.service.batches  # type: ignore[attr-defined]
    return lane._waiting
