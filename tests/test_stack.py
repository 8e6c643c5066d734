"""The real processes: `make run`'s command and both ways to start the service."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from mlops_pipeline.settings import Settings
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.stack import StackError, up
from tests.conftest import ROOT, Trained

pytestmark = pytest.mark.e2e


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], models_dir: Path, port: int) -> Iterator[str]:
    """A server process, ended with the test."""
    environment = {**os.environ, "MODELS_DIR": str(models_dir), "PORT": str(port)}
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                httpx.get(f"{url}/health")
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize("door", ["python api_main.py", "uvicorn api_main:app"])
def test_both_doors_serve_the_same(trained: Trained, door: str) -> None:
    port = free_port()
    command = ["api_main.py"]
    if door.startswith("uvicorn"):
        command = ["-m", "uvicorn", "api_main:app", "--port", str(port)]
    with running(command, trained.models_dir, port) as url:
        assert httpx.get(f"{url}/health").json()["status"] == "healthy"
        answer = httpx.post(f"{url}/predict?return_probabilities=true", json=example_loan())
    assert answer.status_code == 200
    assert answer.json()["model_version"] == "v20261123_101500"


def test_up_serves_one_prediction_and_ends(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MODELS_DIR", str(trained.models_dir))
    monkeypatch.setenv("PORT", str(port))
    page = free_port()
    monkeypatch.setenv("DASHBOARD_PORT", str(page))
    said: list[str] = []
    assert up(Settings(), once=True, say=said.append) == 0
    assert f"http://127.0.0.1:{port}/docs" in said[0]
    assert f"http://127.0.0.1:{page} " in said[0]
    assert '"n_samples": 1' in said[1]
    for ended in (port, page):
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://127.0.0.1:{ended}/")


@pytest.mark.parametrize("setting", ["port", "dashboard_port"])
def test_up_refuses_a_port_that_is_taken(trained: Trained, setting: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = {"port": free_port(), "dashboard_port": free_port()}
        ports[setting] = other.getsockname()[1]
        settings = Settings.model_validate({"models_dir": trained.models_dir, **ports})
        with pytest.raises(StackError, match=f"{setting.upper()}="):
            up(settings, once=True, say=print)


def test_up_says_why_a_bad_model_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "latest").mkdir()
    port = free_port()
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setenv("DASHBOARD_PORT", str(free_port()))
    with pytest.raises(StackError, match="enlace relativo"):
        up(Settings(), once=True, say=print)


def stack_environment(trained: Trained, port: int) -> dict[str, str]:
    """Give the environment of a stack on free ports."""
    own = {
        "MODELS_DIR": str(trained.models_dir),
        "PORT": str(port),
        "DASHBOARD_PORT": str(free_port()),
    }
    return {**os.environ, **own}


def wait_until_up(process: subprocess.Popen[str], port: int) -> None:
    """Read what `up` and its service print until it says where the service is."""
    assert process.stdout is not None
    assert any(f"127.0.0.1:{port}/docs" in line for line in process.stdout)


def test_the_service_ends_with_up_when_it_is_terminated(trained: Trained) -> None:
    port = free_port()
    environment = stack_environment(trained, port)
    command = [sys.executable, "-m", "mlops_pipeline", "up"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        wait_until_up(process, port)
        process.terminate()
        assert process.wait(15) == 128 + 15
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/health")


def test_ctrl_c_stops_the_service_in_good_order(trained: Trained) -> None:
    port = free_port()
    environment = stack_environment(trained, port)
    command = [sys.executable, "-m", "mlops_pipeline", "up"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        wait_until_up(process, port)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.wait(15) == 0
        assert process.stdout is not None
        assert "detenido" in process.stdout.read()


@pytest.mark.parametrize(("name", "value"), [("PORT", "abc"), ("PORT", "0"), ("LOG_LEVEL", "loud")])
def test_a_wrong_setting_is_named_in_one_line(name: str, value: str) -> None:
    done = subprocess.run(
        [sys.executable, "api_main.py"],
        cwd=ROOT,
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert value in done.stderr


def test_log_levels_may_be_written_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "INFO")
    assert Settings().log_level == "info"
