"""`make run`: train if there is no model, bring the service up, say where it is."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from mlops_pipeline import messages
from mlops_pipeline.interrupts import orderly_termination
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.errors import PipelineError
from mlops_pipeline.src.registry.store import LATEST

START_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.2

Say = Callable[[str], None]


class StackError(PipelineError):
    """A part of the stack did not come up."""


def up(settings: Settings, *, once: bool, say: Say) -> int:
    """Bring the service up and wait for its end; with `once`, predict one loan and end it.

    The service ends with this process, however it is asked to end (SIGTERM, Ctrl-C, an error).

    Raises:
        StackError: training failed, or the service does not answer.

    """
    _require_free(settings.host, settings.port)
    if not (settings.models_dir / LATEST).exists():
        say(messages.TRAINING_FIRST)
        if subprocess.run([sys.executable, "run_pipeline.py"], check=False).returncode:
            raise StackError(messages.TRAINING_FAILED)
    url = f"http://{settings.host}:{settings.port}"
    # A proxy of the environment is for the world outside, not for this machine's own service.
    with _service() as process, httpx.Client(base_url=url, timeout=10.0, trust_env=False) as http:
        _wait(http, process)
        say(messages.stack_is_up(url))
        if once:
            say(json.dumps(_predict(http), ensure_ascii=False, indent=2))
            return 0
        try:
            return process.wait()
        except KeyboardInterrupt:
            say(messages.STOPPED)
            return 0


@contextmanager
def _service() -> Iterator[subprocess.Popen[bytes]]:
    """Run the service; end it at the end, SIGTERM to this process included."""
    with orderly_termination(), subprocess.Popen([sys.executable, "api_main.py"]) as process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process; with force if it takes too long."""
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


def _wait(http: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    """Wait until the service is ready: a verified model and a log that can be written."""
    deadline = time.monotonic() + START_SECONDS
    reason = str(http.base_url)
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer = http.get("/readyz")
        except httpx.TransportError:
            time.sleep(POLL_SECONDS)
            continue
        if answer.status_code == httpx.codes.OK:
            return
        reason = " ".join(answer.json()["detail"])
        if not http.get("/health").json()["model_loaded"]:
            break  # nobody publishes another one now; the log may need a moment to open
        time.sleep(POLL_SECONDS)
    raise StackError(messages.no_service(reason))


def _predict(http: httpx.Client) -> object:
    """Ask for one prediction."""
    answer = http.post("/predict", params={"return_probabilities": True}, json=example_loan())
    if answer.status_code != httpx.codes.OK:
        raise StackError(messages.no_service(answer.text))
    return answer.json()
