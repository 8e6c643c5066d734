"""Several workers are one service: one count, one log; a worker that dies is replaced."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlops_pipeline.src.data.schema import example_loan
from tests.api.support import DIGEST, WITH_KEY, metric
from tests.conftest import Trained
from tests.servers import WORKER, Server, alive, children, serving, wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

VERSION = "v20261123_101500"
ENOUGH = 8  # connections, so that most likely both workers answer


@pytest.fixture(scope="module")
def server(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("workers")
    settings = {"WORKERS": "2", "API_KEYS": DIGEST}
    with serving(trained.models_dir, folder, **settings) as found:
        both(found)
        yield found


def workers(server: Server) -> set[int]:
    return children(server.process.pid, WORKER)


def both(server: Server) -> None:
    """Wait until two workers serve."""
    wait_until(
        lambda: metric(server.get("/metrics").text, "model", version=VERSION) == 2,
        "two workers",
        seconds=30,
    )


def predict(server: Server, times: int) -> list[str]:
    """Ask for so many predictions, each on a connection of its own; give their ids."""
    ids = []
    for _ in range(times):
        answer = server.post("/predict", json=example_loan(), headers=WITH_KEY)
        assert answer.status_code == 200
        ids += answer.json()["prediction_id"]
    return ids


def counts(server: Server) -> set[tuple[float, float]]:
    """Give what several connections are told of answers and of stored predictions."""
    texts = [server.get("/metrics").text for _ in range(ENOUGH)]
    return {
        (
            metric(text, "requests_total", route="/predict", status="200"),
            metric(text, "log_records_total"),
        )
        for text in texts
    }


def settled(server: Server) -> tuple[float, float]:
    """Give both counts once they agree, whoever is asked: a group is counted after its answers."""
    wait_until(
        lambda: len(found := counts(server)) == 1 and len(set(next(iter(found)))) == 1,
        "counts that agree",
    )
    return next(iter(counts(server)))


def started_by(server: Server) -> set[str]:
    """Give the beginnings of the made request ids: each worker has its own."""
    answers = [server.get("/livez") for _ in range(4 * ENOUGH)]
    return {answer.headers["x-request-id"].partition("-")[0] for answer in answers}


def test_whichever_answers_the_sum_is_right(server: Server) -> None:
    assert len(workers(server)) == 2
    before = settled(server)
    ids = predict(server, 24)
    assert len(set(ids)) == 24
    expected = (before[0] + 24, before[1] + 24)
    wait_until(lambda: counts(server) == {expected}, "the sum over both")
    for one in ids[:ENOUGH]:
        assert server.get(f"/predictions/{one}", headers=WITH_KEY).status_code == 200


def test_a_killed_worker_is_replaced_and_its_counts_stay(server: Server) -> None:
    predict(server, 6)
    before = settled(server)
    victim, survivor = sorted(workers(server))
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not alive(victim), "the worker's end")
    wait_until(lambda: len(workers(server)) == 2, "another one", seconds=20)
    both(server)
    assert victim not in workers(server)
    assert survivor in workers(server)
    predict(server, 10)
    expected = (before[0] + 10, before[1] + 10)
    wait_until(lambda: counts(server) == {expected}, "the sum over all three")
    wait_until(lambda: len(started_by(server)) == 2, "answers of both")


def test_only_json_is_said(server: Server) -> None:
    events = [one["event"] for one in server.facts()]
    assert events.count("service_started") >= 2
    assert not any("GET " in event or "POST " in event for event in events)


def test_all_end_together_and_leave_nothing(trained: Trained, tmp_path: Path) -> None:
    with serving(trained.models_dir, tmp_path, WORKERS="2") as server:
        both(server)
        batch = {"data": [example_loan()]}
        for _ in range(ENOUGH):
            assert server.post("/predict/batch", json=batch).status_code == 200
        pids = workers(server)
        lanes = {lane for pid in pids for lane in children(pid, "lane_process")}
        assert len(pids) == 2
        assert lanes
        server.terminate()
        assert not any(alive(pid) for pid in pids | lanes)
        assert list(server.temporary.iterdir()) == []
