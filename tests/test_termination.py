"""A supervisor's SIGTERM to a training run with real worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_pipeline.interrupts import TERMINATED
from tests.conftest import ROOT

PATIENCE = 60.0


def session_of(process: str) -> int | None:
    """Give the session of a process that lives, by its number."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, _, _, session = stat.rpartition(")")[2].split()[:4]
    return None if state == "Z" else int(session)


def alive_in(session: int) -> list[int]:
    """Give the processes of a session."""
    everything = [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]
    return [int(name) for name in everything if session_of(name) == session]


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.e2e
def test_sigterm_ends_a_run_and_its_workers_and_nothing_is_written(
    portfolio_csv: Path, tmp_path: Path
) -> None:
    models, written = tmp_path / "models", tmp_path / "results"
    options = ["--data", portfolio_csv, "--models-dir", models, "--results-dir", written]
    said = tmp_path / "said.txt"
    with (
        said.open("wb") as stream,
        subprocess.Popen(
            [sys.executable, "run_pipeline.py", *map(str, options), "--jobs", "2"],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=stream,
            start_new_session=True,
        ) as run,
    ):
        try:
            # The run, joblib's resource tracker and both workers.
            wait_until(lambda: len(alive_in(run.pid)) >= 4 or run.poll() is not None)
            run.send_signal(signal.SIGTERM)
            assert run.wait(PATIENCE) == TERMINATED, said.read_text(encoding="utf-8")
            wait_until(lambda: not alive_in(run.pid))
        finally:
            for process in alive_in(run.pid):
                os.kill(process, signal.SIGKILL)
    assert not models.exists()
    assert not written.exists()
