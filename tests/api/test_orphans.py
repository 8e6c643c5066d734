"""A worker whose parent was killed; tests/stress/test_kills.py kills a real one."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
from types import SimpleNamespace

import pytest

from mlops_pipeline.api import orphans


def test_a_service_without_a_parent_process_goes_on() -> None:
    asyncio.run(orphans.end_with_parent())


def test_a_worker_ends_once_its_parent_has(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([True, False])
    parent = SimpleNamespace(pid=1, is_alive=lambda: next(looks))
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(orphans, "LOOK_SECONDS", 0)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: parent)
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    asyncio.run(orphans.end_with_parent())
    assert sent == [(os.getpid(), signal.SIGTERM)]
