"""`make run`: train if there is no model, bring service and dashboard up, say where they are."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

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
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 - what the setting may say, not what is listened on here

Say = Callable[[str], None]
Process = subprocess.Popen[bytes]


class StackError(PipelineError):
    """A part of the stack did not come up."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A process of the stack, and where it answers."""

    url: str
    process: Process


def up(settings: Settings, *, once: bool, say: Say) -> int:
    """Bring service and dashboard up and wait for the end of either.

    With `once`, predict one loan, see that the dashboard answers, and end them. Both end with
    this process, however it is asked to end (SIGTERM, Ctrl-C, an error).

    Raises:
        StackError: training failed, or one of them does not answer.

    """
    _require_free(settings.host, settings.port, "PORT")
    _require_free(settings.host, settings.dashboard_port, "DASHBOARD_PORT")
    if not (settings.models_dir / LATEST).exists():
        say(messages.TRAINING_FIRST)
        if subprocess.run([sys.executable, "run_pipeline.py"], check=False).returncode:
            raise StackError(messages.TRAINING_FAILED)
    # A proxy of the environment is for the world outside, not for this machine's own service.
    with _stack(settings) as (service, dashboard), _client(service.url) as http:
        _wait(http, service.process)
        _wait_for_page(dashboard)
        say(messages.stack_is_up(service.url, dashboard.url))
        if once:
            say(json.dumps(_predict(http), ensure_ascii=False, indent=2))
            return 0
        try:
            return _first_end(service, dashboard)
        except KeyboardInterrupt:
            say(messages.STOPPED)
            return 0


@contextmanager
def _stack(settings: Settings) -> Iterator[tuple[_Part, _Part]]:
    """Run both processes; end them at the end, SIGTERM to this process included."""
    url = _url(settings.host, settings.port)
    page = _url(settings.host, settings.dashboard_port)
    shown = [
        *(sys.executable, "-m", "streamlit", "run", "app_streamlit.py"),
        *("--server.address", settings.host, "--server.port", str(settings.dashboard_port)),
    ]
    with (
        orderly_termination(),
        _running([sys.executable, "api_main.py"]) as service,
        _running(shown, {"API_URL": url}) as dashboard,
    ):
        yield _Part(url, service), _Part(page, dashboard)


@contextmanager
def _running(command: Sequence[str], more: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Run a process with more variables in its environment; end it at the end."""
    environment = {**os.environ, **(more or {})}
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - its own programs
        try:
            yield process
        finally:
            _end(process)


def _url(host: str, port: int) -> str:
    """Give the address at which this machine reaches what listens there."""
    return f"http://{'127.0.0.1' if host == ANY_ADDRESS else host}:{port}"


def _client(url: str) -> httpx.Client:
    """Give a client of one of this machine's own processes."""
    return httpx.Client(base_url=url, timeout=10.0, trust_env=False)


def _first_end(*parts: _Part) -> int:
    """Wait until one of them ends; give its exit status, 1 if it says that all is well."""
    while True:
        for part in parts:
            status = part.process.poll()
            if status is not None:
                return status or 1
        time.sleep(POLL_SECONDS)


def _end(process: Process) -> None:
    """End a process; with force if it takes too long."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _require_free(host: str, port: int, setting: str) -> None:
    """Raise a StackError if someone else already listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StackError(messages.port_taken(host, port, error.strerror, setting)) from error


def _wait(http: httpx.Client, process: Process) -> None:
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


def _wait_for_page(dashboard: _Part) -> None:
    """Wait until the dashboard's page can be opened."""
    deadline = time.monotonic() + START_SECONDS
    with _client(dashboard.url) as http:
        while time.monotonic() < deadline and dashboard.process.poll() is None:
            try:
                if http.get("/_stcore/health").status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                pass
            time.sleep(POLL_SECONDS)
    raise StackError(messages.no_dashboard(dashboard.url))


def _predict(http: httpx.Client) -> object:
    """Ask for one prediction."""
    answer = http.post("/predict", params={"return_probabilities": True}, json=example_loan())
    if answer.status_code != httpx.codes.OK:
        raise StackError(messages.no_service(answer.text))
    return answer.json()
