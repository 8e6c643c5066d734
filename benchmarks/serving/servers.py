"""Servers under measurement: pinned to one core, on 127.0.0.1 and a free port, ended by pid."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.serving.bench import Bench, BenchmarkError
from benchmarks.serving.processes import tree
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.schema import example_loan

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
PREDICT = "/predict?return_probabilities=true"
OK = 200
START_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.002
DATABASE = "predictions.db"

EXAMPLE = json.dumps(example_loan(), ensure_ascii=False, separators=(",", ":")).encode()

FLOOR, PANDAS, OFF, DURABLE = "floor", "pandas", "off", "durable"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        first_answer: seconds from the start of its process to its first prediction.

    """

    name: str
    port: int
    pid: int
    first_answer: float


@contextmanager
def running(bench: Bench, name: str) -> Iterator[Server]:
    """Run a contender, by name, until the end of the block; it answers when the block begins."""
    folder = Path(bench.fresh_folder(name))
    port = free_port()
    command, environment = _contender(bench, name, port, folder)
    pinned = ["taskset", "-c", str(bench.cores.server), sys.executable, *command]
    with (folder / "server.log").open("wb") as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            pinned,
            # A folder of its own: a `.env` beside the project is not a default setting.
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for this program, which ends its servers
        )
        try:
            wait_for(process, port, folder / "server.log")
            first_answer = time.perf_counter() - start
            if (folder / DATABASE).exists() != (name == DURABLE):
                raise BenchmarkError(f"{name}: the prediction log is not what was asked for")
            yield Server(name, port, process.pid, first_answer)
        finally:
            end(process)


def _contender(
    bench: Bench, name: str, port: int, folder: Path
) -> tuple[Sequence[str], Mapping[str, str]]:
    """Give a contender's command (without Python's own name) and environment."""
    settings = {field.upper() for field in Settings.model_fields}
    plain = {key: value for key, value in os.environ.items() if key.upper() not in settings}
    if name in (OFF, DURABLE):
        return [str(ROOT / "api_main.py")], {
            **plain,
            "HOST": HOST,
            "PORT": str(port),
            "MODELS_DIR": str(bench.models_dir),
            "PREDICTION_LOG": name,
            "DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        }
    application = f"benchmarks.serving.{'floor' if name == FLOOR else 'pandas_service'}:app"
    uvicorn = ["-m", "uvicorn", application, "--app-dir", str(ROOT), "--host", HOST]
    options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    environment = {**plain, "PANDAS_MODEL": str(bench.pandas_model)}
    return [*uvicorn, "--port", str(port), *options], environment


def wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait for the first prediction."""
    deadline = time.monotonic() + START_SECONDS
    answer = "nothing"
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError, HTTPException):
            status, content = post(port, PREDICT, EXAMPLE)
            if status == OK:
                return
            answer = f"{status} {content[:300]!r}"
        time.sleep(POLL_SECONDS)
    text = log.read_text(encoding="utf-8", errors="replace")
    raise BenchmarkError(f"no prediction from {process.args!r}: {answer}; its log:\n{text[-3000:]}")


def post(
    port: int, path: str, body: bytes, content_type: str = "application/json"
) -> tuple[int, bytes]:
    """Post a body; give status and answer."""
    connection = HTTPConnection(HOST, port, timeout=120)
    try:
        connection.request("POST", path, body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def end(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started; with force if it takes too long."""
    pids = tree(process.pid)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, 9)
        process.wait()
