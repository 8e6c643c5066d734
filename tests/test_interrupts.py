"""Stopping in good order."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path

import pytest

from mlops_pipeline.interrupts import TERMINATED, orderly_termination, uninterrupted
from mlops_pipeline.pipeline import run
from mlops_pipeline.reporting.results import MODEL_RESULTS
from mlops_pipeline.src.model_deploy import ModelDeployment
from tests.conftest import NOW, config_for


def test_an_interrupt_waits_for_the_end_of_the_block() -> None:
    done: list[str] = []

    def work() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            done.append("whole")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["whole"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_termination_ends_like_an_exit_and_the_old_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended, orderly_termination():
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == TERMINATED == 143
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize(("asked", "kind"), [(True, SystemExit), (False, RuntimeError)])
def test_what_breaks_on_the_way_out_is_no_failure(asked: bool, kind: type[BaseException]) -> None:
    def work() -> None:
        try:
            if asked:
                signal.raise_signal(signal.SIGTERM)
        finally:
            raise RuntimeError("a thread that was not started cannot be joined")

    with pytest.raises(kind), orderly_termination():
        work()


def test_other_threads_leave_signals_alone() -> None:
    seen: list[str] = []

    def work() -> None:
        with orderly_termination(), uninterrupted():
            seen.append("done")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == ["done"]


@pytest.mark.parametrize("moment", ["sirve", "Publicado"])
def test_ctrl_c_while_publishing_leaves_model_and_reports_together(
    portfolio_csv: Path, tmp_path: Path, moment: str
) -> None:
    config = config_for(portfolio_csv, tmp_path, "LogisticRegression")

    def say(line: str) -> None:
        if moment in line or "primer modelo" in line:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        run(config, NOW, say)
    assert ModelDeployment.load(config.models_dir).metadata.version == "v20261123_101500"
    assert (config.results_dir / MODEL_RESULTS).exists()
    assert not [p for p in config.results_dir.iterdir() if p.name.startswith(".")]


def test_ctrl_c_while_training_leaves_nothing(portfolio_csv: Path, tmp_path: Path) -> None:
    config = config_for(portfolio_csv, tmp_path, "LogisticRegression")

    def progress(_name: str) -> None:
        signal.raise_signal(signal.SIGINT)
        time.sleep(0)

    with pytest.raises(KeyboardInterrupt):
        run(config, NOW, lambda _line: None, progress)
    assert not config.models_dir.exists()
    assert not config.results_dir.exists()
