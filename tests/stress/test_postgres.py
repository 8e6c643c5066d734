"""A PostgreSQL that is stopped and started under load."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.postgres import Cluster, running_cluster
from tests.stress.conftest import Figures, Serve
from tests.stress.load import Load, LogRow, check_log
from tests.stress.support import Service, numbered_loan, scaled, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

STOPS = scaled(10, 2)
_ROWS = "SELECT prediction_id, inputs, probability, decision, model_version FROM predictions"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server for this test alone."""
    with running_cluster() as found:
        yield found


def logged(cluster: Cluster) -> list[LogRow]:
    """Read the whole log, past the service."""
    with psycopg.connect(cluster.url) as connection:
        return [LogRow(*row) for row in connection.execute(_ROWS)]


def assert_unavailable(service: Service) -> None:
    """Check that the service says that it cannot predict now, and goes on living."""
    for path in ("/predict", "/predict/batch"):
        body = numbered_loan(-1)
        refused = service.post(path, body if path == "/predict" else {"data": [body]})
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["detail"]
    readiness = service.get("/readyz")
    assert (readiness.status, readiness.json()["ready"]) == (503, False)
    assert int(readiness.headers["retry-after"]) > 0
    assert service.get("/livez").status == 200
    assert service.get("/health").json()["status"] == "degraded"


def test_nothing_acknowledged_is_lost_when_postgres_is_stopped(
    serve: Serve, cluster: Cluster, figures: Figures
) -> None:
    service = serve(DATABASE_URL=cluster.url)
    recoveries, noticed = [], []
    with Load(service).running() as load:
        for stop in range(STOPS):
            load.wait_for_more()
            time.sleep(1)
            cluster.stop("fast" if stop % 3 == 2 else "immediate")
            noticed.append(wait_for(lambda: not service.ready(), 15, "the stop to be noticed"))
            assert_unavailable(service)
            time.sleep(0.5)
            cluster.start()
            recoveries.append(wait_for(service.ready, 15, "the service to recover by itself"))
        time.sleep(1)
    assert set(load.statuses) == {200, 503}
    assert load.cut == 0
    assert all("retry-after" in refusal.headers for refusal in load.refusals)
    service.stop()
    rows = check_log(logged(cluster), load.acknowledged)
    figures(
        f"{STOPS} stops; {len(load.acknowledged):,} loans acknowledged in "
        f"{load.statuses[200]:,} answers, 0 lost, 0 twice; {rows:,} in the log; "
        f"{load.statuses[503]:,} answers of 503; ready again at most "
        f"{max(recoveries):.2f} s after the start"
    )


def test_a_postgres_that_hangs_is_answered_with_503(
    serve: Serve, cluster: Cluster, figures: Figures
) -> None:
    service = serve(DATABASE_URL=cluster.url)
    with Load(service, batches=0).running() as load:
        for _ in range(scaled(3, 1)):
            time.sleep(1)
            with cluster.frozen():
                noticed = wait_for(lambda: not service.ready(), 15, "the hang to be noticed")
                refused = service.post("/predict", numbered_loan(-1))
                assert refused.status == 503
                assert "retry-after" in refused.headers
            recovered = wait_for(service.ready, 30, "the service to recover by itself")
        load.wait_for_more()
    assert set(load.statuses) == {200, 503}
    service.stop()
    check_log(logged(cluster), load.acknowledged)
    figures(
        f"{len(load.acknowledged):,} loans acknowledged, 0 lost; noticed in {noticed:.1f} s, "
        f"ready again {recovered:.1f} s after the hang; {load.statuses[503]:,} answers of 503"
    )
