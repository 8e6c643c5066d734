"""More than the service can do, and clients that leave: refused or forgotten, never half done."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api import state
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from tests.api.conftest import Serve
from tests.api.support import (
    CSV,
    DIGEST,
    GONE,
    WITH_KEY,
    Exchange,
    counted,
    csv_of,
    database,
    part,
    stalled,
)
from tests.servers import wait_until


def waiting(client: TestClient) -> int:
    """Give the number of records that wait, without a request that would count itself."""
    service: state.State = client.app.state.service  # type: ignore[attr-defined]
    assert service.log is not None
    return service.log.writer.pending


BODY = json.dumps(example_loan()).encode()


def test_beyond_what_it_may_have_in_hand_it_refuses_at_once(serve: Serve, tmp_path: Path) -> None:
    client = serve(database_url=database(tmp_path), max_in_flight=1, api_keys=(DIGEST,))
    ask = partial(client.post, "/predict", json=example_loan(), headers=WITH_KEY)
    assert ask().status_code == 200
    with ThreadPoolExecutor(1) as pool:
        with stalled(tmp_path / "log"):
            first = pool.submit(ask)
            wait_until(lambda: waiting(client) == 1, "the first one waits")
            assert counted(client, "log_pending") == 1
            second = ask()
            assert second.status_code == 503
            assert second.headers["retry-after"] == "5"
            assert second.json()["detail"] == messages.OVERLOADED
            assert client.get("/model/info", headers=WITH_KEY).status_code == 503
            assert client.get("/livez").status_code == 200  # who watches gets an answer
            assert client.get("/readyz").status_code == 200
            assert not first.done()
        assert first.result().status_code == 200
    assert ask().status_code == 200
    page = client.get("/predictions", headers=WITH_KEY).json()
    assert len(page["predictions"]) == 3
    assert counted(client, "requests_total", route="/predict", status="503") == 1


def test_a_stalled_database_is_no_unlogged_answer(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = partial(GroupCommit, stall_seconds=0.3, probe_seconds=0.05)
    monkeypatch.setattr(state, "GroupCommit", impatient)
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    ask = partial(client.post, "/predict", json=example_loan(), headers=WITH_KEY)
    assert ask().status_code == 200
    with stalled(tmp_path / "log"):
        waited, refused = ask(), ask()
        assert {waited.status_code, refused.status_code} == {503}
        assert waited.headers["retry-after"] == refused.headers["retry-after"] == "5"
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json() == {"ready": False, "detail": [messages.log_stalled(0.3)]}
        assert client.get("/health").json()["status"] == "degraded"
        assert counted(client, "log_writable") == 0
    wait_until(lambda: client.get("/readyz").status_code == 200, "it recovers")
    assert ask().status_code == 200


def test_records_wait_in_a_bounded_queue(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "GroupCommit", partial(GroupCommit, max_pending=2))
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    ask = partial(client.post, "/predict", json=example_loan(), headers=WITH_KEY)
    with ThreadPoolExecutor(2) as pool:
        with stalled(tmp_path / "log"):
            both = [pool.submit(ask) for _ in range(2)]
            wait_until(lambda: waiting(client) == 2, "both wait")
            third = ask()
        assert third.status_code == 503
        assert third.json()["detail"] == messages.LOG_QUEUE_FULL
        assert [one.result().status_code for one in both] == [200, 200]


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
@pytest.mark.parametrize("came", [0, 1, 3])
def test_who_leaves_in_the_middle_of_the_body_is_forgotten(
    plain: TestClient, path: str, came: int
) -> None:
    before = counted(plain, "requests_total", route=path, status="499")
    exchange = Exchange("POST", path, [*[part(BODY[:50])] * came, GONE]).run(plain)
    assert exchange.sent == []
    assert counted(plain, "requests_total", route=path, status="499") == before + 1
    assert plain.post("/predict", json=example_loan()).status_code == 200


def test_who_leaves_in_the_middle_of_a_file_leaves_nothing(
    plain: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = csv_of([example_loan()] * 3)
    exchange = Exchange("POST", "/predict/file", [part(content[:300]), GONE], CSV).run(plain)
    assert exchange.sent == []
    assert list(tmp_path.iterdir()) == []


def test_who_left_before_the_commit_is_stored_all_the_same(serve: Serve, tmp_path: Path) -> None:
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    arriving = [part(BODY, more=False), GONE]
    headers = {"content-type": "application/json", **WITH_KEY}
    answered = Exchange("POST", "/predict", arriving, headers).run(client)
    [prediction_id] = json.loads(answered.body)["prediction_id"]
    found = client.get(f"/predictions/{prediction_id}", headers=WITH_KEY)
    assert found.status_code == 200
