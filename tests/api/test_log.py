"""Every answered prediction is in the log first, and is found there as it was made."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api import state
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.prediction_log import retention
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from tests.api.conftest import Serve
from tests.api.reading import everything, found
from tests.api.support import CSV, DIGEST, JSON, WITH_KEY, csv_of, database, published
from tests.conftest import Trained
from tests.servers import wait_until
from tests.support import random_documents

VERSION = "v20261123_101500"


DAY_MS = 86_400_000


def test_a_prediction_is_found_as_it_was_made(logged: TestClient, trained: Trained) -> None:
    loan = {**example_loan(), "edad_cliente": 122, "tendencia_ingresos": 8315}
    before = datetime.now(UTC).isoformat(timespec="milliseconds")
    answer = logged.post(
        "/predict?return_probabilities=1",
        json=loan,
        headers={**WITH_KEY, "X-Request-ID": "core-17"},
    ).json()
    after = datetime.now(UTC).isoformat(timespec="milliseconds")
    [prediction_id] = answer["prediction_id"]
    row = found(logged, prediction_id)
    warnings = [{k: w[k] for k in ("field", "finding", "message")} for w in answer["warnings"]]
    assert len(warnings) == 2
    moment = row.pop("created_at")
    assert before <= moment.replace("Z", "+00:00") <= after
    assert row == {
        "prediction_id": prediction_id,
        "request_id": "core-17",
        "model_version": VERSION,
        "inputs": loan,
        "probability": answer["probability_class_1"][0],
        "threshold": published(trained.models_dir).decision.rule.threshold,
        "decision": answer["predictions"][0],
        "warnings": warnings,
    }


def test_inputs_are_kept_as_they_came(logged: TestClient) -> None:
    body = json.dumps(example_loan(), indent=3).replace('"Empleado"', '"Em\\u0070leado"')
    body = body.replace("42", "4.2e1")
    headers = {**WITH_KEY, **JSON}
    answer = logged.post("/predict", content=body, headers=headers).json()
    [prediction_id] = answer["prediction_id"]
    store = logged.app.state.service.log.store  # type: ignore[attr-defined]
    assert store.get(prediction_id).inputs == body
    assert found(logged, prediction_id)["inputs"] == example_loan()


@pytest.mark.parametrize(
    ("body", "headers"),
    [({"plazo_meses": 0}, JSON), ({}, JSON), (example_loan(), CSV)],
)
def test_what_was_refused_is_not_logged(
    logged: TestClient, body: dict[str, Any], headers: dict[str, str]
) -> None:
    before = len(everything(logged))
    refused = logged.post("/predict", content=json.dumps(body), headers={**WITH_KEY, **headers})
    assert refused.status_code in {415, 422}
    batch = {"data": [example_loan(), {"plazo_meses": 0}]}
    assert logged.post("/predict/batch", json=batch, headers=WITH_KEY).status_code == 422
    assert len(everything(logged)) == before


def test_a_batch_has_an_id_for_each_loan(logged: TestClient) -> None:
    documents = random_documents(300, 11)
    documents[7]["edad_cliente"] = 122.0
    answer = logged.post(
        "/predict/batch",
        json={"data": documents, "return_probabilities": True},
        headers={**WITH_KEY, "X-Request-ID": "batch-1"},
    ).json()
    ids = answer["prediction_id"]
    assert len(set(ids)) == len(documents) == 300
    rows = {row["prediction_id"]: row for row in everything(logged)}
    for index, (prediction_id, document) in enumerate(zip(ids, documents, strict=True)):
        row = rows[prediction_id]
        assert row["inputs"] == document
        assert row["request_id"] == "batch-1"
        assert row["decision"] == answer["predictions"][index]
        assert row["probability"] == answer["probability_class_1"][index]
        said = [w["message"] for w in answer["warnings"] if w["index"] == index]
        assert [w["message"] for w in row["warnings"]] == said
    assert rows[ids[7]]["warnings"][0]["field"] == "edad_cliente"


@pytest.mark.parametrize("output", ["csv", "ndjson"])
def test_a_file_s_usable_rows_are_logged(logged: TestClient, output: str) -> None:
    documents = random_documents(6, 12)
    documents[2]["plazo_meses"] = 0.0
    answer = logged.post(
        f"/predict/file?output={output}",
        content=csv_of(documents),
        headers={**WITH_KEY, **CSV, "X-Request-ID": f"file-{output}"},
    )
    assert answer.status_code == 200
    rows = [row for row in everything(logged) if row["request_id"] == f"file-{output}"]
    assert [row["inputs"] for row in rows] == [*documents[:2], *documents[3:]]
    assert all(row["prediction_id"] in answer.text for row in rows)


def test_without_a_log_ids_are_given_and_nothing_is_kept(serve: Serve) -> None:
    client = serve(prediction_log="off", api_keys=(DIGEST,))
    assert client.get("/readyz").json() == {"ready": True, "detail": []}
    for path, body in (
        ("/predict", example_loan()),
        ("/predict/batch", {"data": [example_loan()]}),
    ):
        answer = client.post(path, json=body, headers=WITH_KEY)
        [prediction_id] = answer.json()["prediction_id"]
        asked = client.get(f"/predictions/{prediction_id}", headers=WITH_KEY)
        assert asked.status_code == 503
        assert asked.json()["detail"] == messages.LOG_IS_OFF


def test_what_expired_is_deleted(serve: Serve, tmp_path: Path) -> None:
    now = time.time_ns() // 1_000_000
    old, young = (new_prediction_id(now - days * DAY_MS) for days in (31, 29))
    store = PredictionStore(database(tmp_path))
    store.open()
    store.write([PredictionRecord(one, "r", "v", "{}", 0.5, 0.5, 1, "[]") for one in (old, young)])
    store.close()
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,), prediction_log_days=30)
    wait_until(lambda: len(everything(client)) == 1, "the old one is gone")
    assert everything(client)[0]["prediction_id"] == young


def test_more_than_expires_at_once_does_not_wait_for_the_next_hour(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_STEP_ROWS", 1)
    monkeypatch.setattr(state, "BACKLOG_SECONDS", 0.01)
    store = PredictionStore(database(tmp_path))
    store.open()
    start = time.time_ns() // 1_000_000 - 31 * DAY_MS
    ids = [new_prediction_id(start + at) for at in range(201)]
    store.write([PredictionRecord(one, "r", "v", "{}", 0.5, 0.5, 1, "[]") for one in ids])
    store.close()
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,), prediction_log_days=30)
    wait_until(lambda: everything(client) == [], "all of them are gone")
