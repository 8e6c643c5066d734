"""`kill -9` under load: what was acknowledged is in the log, once, as it was answered."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from functools import partial

import numpy as np
import pytest

from tests.stress.conftest import Figures, Serve
from tests.stress.load import Load, LogRow, check_log
from tests.stress.support import Service, none_alive, scaled, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

KILLS = scaled(20, 3)
_ROWS = "SELECT prediction_id, inputs, probability, decision, model_version FROM predictions"


def logged(service: Service) -> list[LogRow]:
    """Read the whole log, past the service."""
    with closing(sqlite3.connect(service.database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [LogRow(*row) for row in connection.execute(_ROWS)]


def test_nothing_acknowledged_is_lost_when_the_service_is_killed(
    serve: Serve, figures: Figures
) -> None:
    service = serve()
    pauses = np.random.default_rng(4).uniform(0.5, 2, KILLS)
    starts = []
    with Load(service).running() as load:
        for pause in pauses:
            load.wait_for_more()
            time.sleep(pause)
            lanes = service.kill()
            starts.append(service.start())
            wait_for(partial(none_alive, lanes), 30, "the killed service's lanes to end")
        time.sleep(1)
    service.stop()
    rows = check_log(logged(service), load.acknowledged)
    assert set(load.statuses) <= {200, 503}
    figures(
        f"{KILLS} kills; {len(load.acknowledged):,} loans acknowledged in "
        f"{load.statuses[200]:,} answers, 0 lost, 0 twice; {rows:,} in the log; "
        f"{load.cut} requests cut off, {load.statuses[503]} answers of 503; "
        f"slowest start {max(starts):.2f} s"
    )


def test_workers_end_when_their_parent_is_killed(serve: Serve, figures: Figures) -> None:
    """Else they would hold the port, and answer for a service that is gone."""
    service = serve(WORKERS="2")
    slowest = 0.0
    with Load(service).running() as load:
        for _ in range(scaled(5, 1)):
            load.wait_for_more()
            workers = service.kill()
            assert len(workers) >= 2
            ended = wait_for(partial(none_alive, workers), 15, "the workers to end")
            slowest = max(slowest, ended)
            service.start()
        load.wait_for_more()
    service.stop()
    check_log(logged(service), load.acknowledged)
    assert set(load.statuses) <= {200, 503}
    figures(
        f"2 workers: {len(load.acknowledged):,} loans acknowledged, 0 lost, 0 twice; workers "
        f"ended {slowest:.1f} s after their parent at most"
    )
