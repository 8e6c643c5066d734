"""Counters that are killed anywhere, two at a time, while others log: each loan counts once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mlops_pipeline.src.monitoring.kept.counter import LogCounter
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from tests.conftest import ROOT
from tests.src.monitoring.kept.support import counts, fill, kept, recount
from tests.src.monitoring.prediction_log.support import opened
from tests.src.monitoring.support import reference

GRID = reference().grid
KILLS = 4


@contextmanager
def counting(url: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that counts, and kill it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.src.monitoring.kept.load", url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_killed_counters_lose_nothing_and_count_nothing_twice(
    url: str, log: PredictionStore
) -> None:
    chance = random.Random(1)  # noqa: S311 - moments to kill at
    fill(log, 300, 1, days_ago=3)
    seen = set()
    with opened(url) as other:
        for turn in range(KILLS):
            with counting(url), counting(url):
                until = time.monotonic() + chance.uniform(0.05, 0.4)
                while time.monotonic() < until:
                    fill(log, 11, turn, days_ago=0)
                    fill(other, 7, turn, days_ago=1)
            with counts(url) as store:
                seen.add(kept(store, GRID)[0].progress.pending > 0)
    with counts(url) as store:
        counter = LogCounter(store, GRID)
        while counter.step().more:
            pass
        found, documents = kept(store, GRID)
        assert found.progress.pending == 0
        assert documents == recount(log, GRID)
    assert True in seen  # some were killed in the middle of their work
