"""`make run`: train if there is no model, bring the service up, say where it is."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import httpx

from mlops_pipeline import messages
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.errors import PipelineError
from mlops_pipeline.src.registry.store import LATEST

START_SECONDS = 60.0
STOP_SECONDS = 10.0

Say = Callable[[str], None]


class StackError(PipelineError):
    """A part of the stack did not come up."""


def up(settings: Settings, *, once: bool, say: Say) -> int:
    """Bring the service up and wait for its end; with `once`, predict one loan and end it.

    Raises:
        StackError: training failed, or the service does not answer.

    """
    if not (settings.models_dir / LATEST).exists():
        say(messages.TRAINING_FIRST)
        if subprocess.run([sys.executable, "run_pipeline.py"], check=False).returncode:
            raise StackError(messages.TRAINING_FAILED)
    _require_free(settings.host, settings.port)
    url = f"http://{settings.host}:{settings.port}"
    process = subprocess.Popen([sys.executable, "api_main.py"])
    try:
        _wait(url, process)
        say(messages.stack_is_up(url))
        if once:
            say(json.dumps(_predict(url), ensure_ascii=False, indent=2))
            return 0
        return process.wait()
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _require_free(host: str, port: int) -> None:
    """Raise a StackError if someone else already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StackError(messages.port_taken(host, port, error.strerror)) from error


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the service answers with a loaded model."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            health = httpx.get(f"{url}/health", timeout=5.0).json()
        except httpx.TransportError:
            time.sleep(0.2)
            continue
        if health.get("model_loaded"):
            return
        raise StackError(messages.no_service(str(health.get("detail"))))
    raise StackError(messages.no_service(url))


def _predict(url: str) -> object:
    """Ask for one prediction."""
    answer = httpx.post(
        f"{url}/predict", params={"return_probabilities": True}, json=example_loan(), timeout=10.0
    )
    if answer.status_code != httpx.codes.OK:
        raise StackError(messages.no_service(answer.text))
    return answer.json()
