"""A database that is away: nothing is answered unlogged, and the service recovers by itself."""

from __future__ import annotations

import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api import state
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.errors import LogUnavailableError, PredictionLogError
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from tests.api.conftest import Serve
from tests.api.support import CSV, DIGEST, WITH_KEY, counted, csv_of, database
from tests.servers import wait_until


def refusals(client: TestClient) -> list[Any]:
    """Ask for everything that needs the log."""
    ask = partial(client.request, headers=WITH_KEY)
    return [
        ask("POST", "/predict", json=example_loan()),
        ask("POST", "/predict/batch", json={"data": [example_loan()]}),
        ask(
            "POST", "/predict/file",
            content=csv_of([example_loan()]), headers={**WITH_KEY, **CSV},
        ),
        ask("GET", "/predictions"),
        ask("GET", "/predictions/x"),
    ]  # fmt: skip


def test_away_at_the_start_it_is_waited_for(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.write_text("a file where the folder should be")
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    for answer in refusals(client):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["detail"]
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.headers["retry-after"] == "5"
    [reason] = ready.json()["detail"]
    assert messages.DATABASE_BAD_FOLDER in reason
    assert str(tmp_path) not in reason
    health = client.get("/health").json()
    assert health["status"] == "degraded"
    assert health["model_loaded"] is True
    assert reason in health["detail"]
    assert client.get("/livez").status_code == 200
    assert counted(client, "log_writable") == 0
    folder.unlink()
    wait_until(lambda: client.get("/readyz").status_code == 200, "the log opens")
    assert [one.status_code for one in refusals(client)] == [200, 200, 200, 200, 404]
    assert counted(client, "log_writable") == 1
    assert counted(client, "log_records_total") == 3


def test_a_foreign_database_is_refused_for_good(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with sqlite3.connect(tmp_path / "log" / "predictions.sqlite3") as connection:
        connection.execute("CREATE TABLE predictions (a TEXT)")
    connection.close()
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    for answer in refusals(client):
        assert answer.status_code == 503
        assert "predictions" in answer.json()["detail"]
    assert "predictions" in client.get("/readyz").json()["detail"][0]


def test_a_log_of_a_newer_program_is_neither_read_nor_shortened(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its retention looks often here, and must not delete what it does not know."""
    monkeypatch.setattr(state, "RETRY_SECONDS", 0.01)
    store = PredictionStore(database(tmp_path))
    store.open()
    old = new_prediction_id(time.time_ns() // 1_000_000 - 90 * 86_400_000)
    store.write([PredictionRecord(old, "r", "v", "{}", 0.5, 0.5, 1, "[]")])
    store.close()
    with sqlite3.connect(tmp_path / "log" / "predictions.sqlite3") as connection:
        connection.execute("UPDATE prediction_log_meta SET schema_version = 2")
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,), prediction_log_days=30)
    for answer in refusals(client):
        assert answer.status_code == 503
    time.sleep(0.2)
    assert connection.execute("SELECT count(*) FROM predictions").fetchone() == (1,)
    connection.close()
    assert client.get("/health").json()["detail"] == messages.log_other_version(2, 1)


@pytest.mark.parametrize(
    ("error", "listed", "single"),
    [(LogUnavailableError("no está"), 503, 503), (PredictionLogError("no es texto"), 200, 404)],
)
def test_a_log_that_cannot_be_read_now_says_so(
    logged: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    error: PredictionLogError,
    listed: int,
    single: int,
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(PredictionStore, "page", fail)
    monkeypatch.setattr(PredictionStore, "get", fail)
    assert logged.get("/predictions", headers=WITH_KEY).status_code == listed
    assert logged.get("/predictions/x", headers=WITH_KEY).status_code == single
