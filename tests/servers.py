"""The service as real processes on 127.0.0.1: started on a free port, ended with the test."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import ROOT

START_SECONDS = 30.0
STOP_SECONDS = 15.0

PYTHON_DOOR = ("api_main.py",)
UVICORN_DOOR = ("-m", "uvicorn", "api_main:app", "--host", "127.0.0.1", "--port")
LANE = "mlops_pipeline.api.lane_process"
WORKER = "multiprocessing.spawn"


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 10.0) -> None:
    """Wait until a condition holds; fail if that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def free_port() -> int:
    """Give a port of 127.0.0.1 on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def alive(pid: int) -> bool:
    """Tell whether a process is there and has not ended."""
    return _state(pid) not in {None, "Z"}


def _state(pid: int) -> str | None:
    """Give a process' state as the system names it; None: there is none."""
    fields = _stat(pid)
    return fields[0] if fields else None


def _stat(pid: int) -> list[str]:
    """Give what `/proc/PID/stat` says behind the name: the state, the parent's id, ..."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return []


def children(pid: int, program: str) -> set[int]:
    """Give the live children of a process in whose command line a program stands."""
    found = set()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if fields and fields[0] != "Z" and int(fields[1]) == pid:
                with suppress(OSError):
                    if program in (folder / "cmdline").read_text().replace("\0", " "):
                        found.add(int(folder.name))
    return found


@dataclass(frozen=True)
class Server:
    """A running service; `folder` holds its log, its database and its temporary files."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Give its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def temporary(self) -> Path:
        """Give the folder of its temporary files, and of what libraries would keep for later."""
        return self.folder / "tmp"

    @property
    def database_url(self) -> str:
        """Give the address of its prediction log."""
        return _database_url(self.folder)

    @property
    def said(self) -> str:
        """Give what it has written so far, on both streams."""
        return (self.folder / "said").read_text(encoding="utf-8")

    def facts(self) -> list[dict[str, Any]]:
        """Give its log; every line must be a JSON object."""
        found = [json.loads(line) for line in self.said.splitlines()]
        assert all(isinstance(one, dict) for one in found)
        return found

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Ask on a connection of its own."""
        return httpx.get(f"{self.url}{path}", trust_env=False, timeout=30, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send on a connection of its own."""
        return httpx.post(f"{self.url}{path}", trust_env=False, timeout=30, **options)

    def answers(self) -> bool:
        """Tell whether it answers."""
        with suppress(httpx.TransportError):
            return self.get("/livez").status_code == 200
        return False

    def terminate(self) -> int:
        """Ask it to end and give its status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS)


def _database_url(folder: Path) -> str:
    return f"sqlite:///{folder}/log/predictions.sqlite3"


@contextmanager
def serving(
    models_dir: Path, folder: Path, door: Sequence[str] = PYTHON_DOOR, **settings: str
) -> Iterator[Server]:
    """Serve, with the durable log, until the block ends."""
    port = int(settings.get("PORT", free_port()))
    (folder / "tmp").mkdir()
    environment = {
        **os.environ,
        "MODELS_DIR": str(models_dir),
        "PORT": str(port),
        "PREDICTION_LOG": "durable",
        "DATABASE_URL": _database_url(folder),
        "TMPDIR": str(folder / "tmp"),
        "XDG_CACHE_HOME": str(folder / "tmp"),
        **settings,
    }
    command = [sys.executable, *door, *([str(port)] if door == UVICORN_DOOR else [])]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    server = Server(process, port, folder)
    try:
        wait_until(
            lambda: server.answers() or process.poll() is not None, "an answer", START_SECONDS
        )
        assert process.poll() is None, server.said
        yield server
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process; with force if it takes too long."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
