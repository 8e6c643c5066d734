"""Memory under mixed load, over time."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.stress.conftest import Figures, Serve
from tests.stress.load import Load
from tests.stress.support import MIB, Service, children, scaled, wait_for
from tests.support import random_documents, write_csv

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SECONDS = scaled(600, 10)
WARM_SECONDS = scaled(60, 4)
PROCESSES = 3  # the lanes of batches and of files, and the one that counts the log
# In ten seconds a heap still settles; in ten minutes a small leak would show.
GROWTH = scaled(1.0, 200.0)  # MiB a minute
_PERIOD = 0.25


def measured(service: Service, seconds: float, file: bytes) -> tuple[list[float], list[int]]:
    """Give moments and resident bytes; meanwhile ask for files, metrics and the log."""
    moments, sizes = [], []
    began = time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        moments.append(now)
        sizes.append(sum(service.memory().values()))
        if len(moments) % 4 == 0:
            assert service.post("/predict/file", file, {"Content-Type": "text/csv"}).status == 200
            assert service.get("/metrics").status == 200
            assert service.post("/predict", b'{"a": 1}').status == 422
        time.sleep(_PERIOD)
    return moments, sizes


def test_memory_stays_flat_under_mixed_load(
    serve: Serve, figures: Figures, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("files") / "cartera.csv"
    file = write_csv(path, random_documents(200, 3), [1] * 200).read_bytes()
    service = serve()
    with Load(service, singles=4, batches=1, size=1_000).running() as load:
        measured(service, WARM_SECONDS, file)
        wait_for(lambda: len(children(service.pid)) == PROCESSES, 60, "all processes")
        measured(service, WARM_SECONDS, file)
        moments, sizes = measured(service, SECONDS, file)
    assert set(load.statuses) == {200}
    slope = float(np.polyfit(moments, sizes, 1)[0]) * 60 / MIB
    quarter = max(1, len(sizes) // 4)
    first, last = (float(np.mean(part)) / MIB for part in (sizes[:quarter], sizes[-quarter:]))
    figures(
        f"{SECONDS} s, {load.statuses[200]:,} answers, {len(load.acknowledged):,} loans: "
        f"{first:.1f} MiB in the first quarter, {last:.1f} in the last, {slope:+.2f} MiB a minute; "
        f"service {service.memory()['service'] / MIB:.0f}, lanes "
        f"{service.memory()['lanes'] / MIB:.0f} MiB"
    )
    assert slope < GROWTH
