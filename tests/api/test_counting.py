"""The counter beside real workers: one counts, and whoever is killed, each loan counts once."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.reference import load_reference
from tests.api.support import metric
from tests.conftest import Trained
from tests.servers import WORKER, Server, alive, children, serving, wait_until
from tests.src.monitoring.kept.support import counts, fill, kept, recount
from tests.src.monitoring.prediction_log.support import opened

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PROGRAM = "mlops_pipeline.monitor.process"
QUICK = {"MONITORING_SECONDS": "0.05", "MONITORING_METRICS_SECONDS": "0.05"}


def counters(server: Server) -> set[int]:
    """Give the processes that count or answer about drift."""
    pids = {server.process.pid, *children(server.process.pid, WORKER)}
    return {found for pid in pids for found in children(pid, PROGRAM)}


def _another(server: Server, victims: set[int]) -> bool:
    """Tell whether a counter runs that was none of these."""
    return bool(counters(server) - victims)


def test_one_of_two_workers_counts_and_kills_change_no_count(
    trained: Trained, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'log' / 'predictions.sqlite3'}"
    grid = load_reference(ModelDeployment.load(trained.models_dir).reference).grid
    settings = {"WORKERS": "2", "DATABASE_URL": url, "PREDICTION_LOG": "durable", **QUICK}
    with serving(trained.models_dir, tmp_path, **settings) as server, opened(url) as log:
        wait_until(lambda: len(counters(server)) == 1, "one counter", 30)
        fill(log, 400, 1, days_ago=2)
        for _ in range(3):
            victims = counters(server)
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
            for _ in range(5):
                assert server.post("/predict", json=example_loan()).status_code == 200
            wait_until(partial(_another, server, victims), "another counter", 30)
        (counter,) = counters(server)
        owner = next(
            pid for pid in children(server.process.pid, WORKER) if counter in children(pid, PROGRAM)
        )
        os.kill(owner, signal.SIGKILL)
        wait_until(lambda: not alive(counter), "the end of the killed worker's counter", 30)
        wait_until(lambda: bool(counters(server)), "the other worker's counter", 30)
        with counts(url) as store:
            wait_until(lambda: kept(store, grid)[0].progress.pending == 0, "all are counted", 60)
            assert kept(store, grid)[1] == recount(log, grid)
        wait_until(
            lambda: metric(server.get("/metrics").text, "drift_loans", window="traffic") == 415,
            "the metrics, whichever worker is asked",
            60,
        )
        texts = [server.get("/metrics").text for _ in range(6)]
        assert {metric(text, "drift_loans", window="traffic") for text in texts} == {415}
        left = counters(server)
    assert left
    assert not any(alive(pid) for pid in left)
