"""Every answered prediction is in the log first, and is found there as it was made."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api import logged as logged_rows
from mlops_pipeline.api import state
from mlops_pipeline.api.wire_answers import LoggedPrediction, PredictionPage
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.prediction_log import retention
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.texts import read_inputs
from tests.api.conftest import Serve
from tests.api.support import CSV, DIGEST, JSON, WITH_KEY, csv_of, database, published
from tests.conftest import Trained
from tests.servers import wait_until
from tests.support import random_documents

VERSION = "v20261123_101500"
DAY_MS = 86_400_000


def found(client: TestClient, prediction_id: str) -> Any:
    answer = client.get(f"/predictions/{prediction_id}", headers=WITH_KEY)
    assert answer.status_code == 200
    return answer.json()


def listed(client: TestClient, **params: Any) -> Any:
    answer = client.get("/predictions", params=params, headers=WITH_KEY)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(client: TestClient, **params: Any) -> list[dict[str, Any]]:
    """Follow the cursor to the end."""
    rows: list[dict[str, Any]] = []
    page = listed(client, **params)
    while True:
        rows += page["predictions"]
        if page["next_cursor"] is None:
            return rows
        page = listed(client, **params, cursor=page["next_cursor"])


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


def test_the_list_goes_on_by_its_cursor(serve: Serve, tmp_path: Path) -> None:
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    ids = []
    for _ in range(7):
        answer = client.post("/predict", json=example_loan(), headers=WITH_KEY).json()
        ids += answer["prediction_id"]
    assert listed(client)["next_cursor"] is None
    assert [row["prediction_id"] for row in everything(client)] == ids
    assert [row["prediction_id"] for row in everything(client, limit=3)] == ids
    assert [row["prediction_id"] for row in everything(client, limit=7)] == ids
    first = listed(client, limit=2)
    assert [row["prediction_id"] for row in first["predictions"]] == ids[:2]
    assert isinstance(first["next_cursor"], str)
    assert everything(client, model_version=VERSION, limit=1) == everything(client)
    assert listed(client, model_version="v20200101_000000")["predictions"] == []


def test_who_follows_the_log_asks_with_the_last_cursor(serve: Serve, tmp_path: Path) -> None:
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    page = listed(client)
    assert (page["predictions"], page["next_cursor"], page["last_cursor"]) == ([], None, None)
    made, followed, cursor = [], [], None
    for count in (3, 0, 1, 2):
        for _ in range(count):
            answer = client.post("/predict", json=example_loan(), headers=WITH_KEY).json()
            made += answer["prediction_id"]
        while True:
            page = listed(client, limit=2, **({} if cursor is None else {"cursor": cursor}))
            if page["next_cursor"] is not None:
                assert page["last_cursor"] == page["next_cursor"]
            if not page["predictions"]:
                assert page["last_cursor"] == cursor
                break
            followed += [row["prediction_id"] for row in page["predictions"]]
            cursor = page["last_cursor"]
    assert followed == made
    assert listed(client, cursor="7000")["last_cursor"] == "7000"
    page = listed(client, model_version="\0", cursor="5")
    assert (page["predictions"], page["last_cursor"]) == ([], "5")


def test_an_id_is_found_in_capital_letters_too(logged: TestClient) -> None:
    answer = logged.post("/predict", json=example_loan(), headers=WITH_KEY).json()
    [prediction_id] = answer["prediction_id"]
    assert found(logged, prediction_id.upper()) == found(logged, prediction_id)


def test_rows_that_are_older_than_today_s_rules_break_no_page(serve: Serve, tmp_path: Path) -> None:
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    texts = {
        '{"a": NaN, "a": 1, "b": "x"}': {"a": 1, "b": "x"},
        '{"a": -Infinity, "b": 1e400, "c": 2}': {"a": None, "b": None, "c": 2},
        f'{{"a": {"9" * 5_000}, "b": {"9" * 30}, "c": 7, "d": NaN}}': {
            "a": None, "b": 1e30, "c": 7, "d": None,
        },
        '{"a": "\\ud800", "b": null}': {"a": "?", "b": None},
        "no es JSON": {"_texto": "no es JSON"},
        "[1, 2]": {"_texto": "[1, 2]"},
        "[" * 5_000: {"_texto": "[" * 5_000},
        '{"plazo_meses": 12}': {"plazo_meses": 12},
    }  # fmt: skip
    now = time.time_ns() // 1_000_000
    rows = [
        PredictionRecord(new_prediction_id(now), "r", "v", one, 0.5, 0.5, 1, warnings)
        for one, warnings in zip(texts, ["[]", "", "{}", *["[]"] * 5], strict=True)
    ]
    client.app.state.service.log.store.write(rows)  # type: ignore[attr-defined]
    page = listed(client)
    assert [row["inputs"] for row in page["predictions"]] == list(texts.values())
    assert all(row["warnings"] == [] for row in page["predictions"])
    for row in page["predictions"]:
        LoggedPrediction.model_validate(row)
        assert found(client, row["prediction_id"]) == row


def test_pages_are_written_away_from_the_event_loop(
    logged: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged.post("/predict", json=example_loan(), headers=WITH_KEY)
    threads: set[str] = set()

    def shown(text: str) -> dict[str, Any]:
        threads.add(threading.current_thread().name)
        return read_inputs(text)

    monkeypatch.setattr(logged_rows, "read_inputs", shown)
    [row] = listed(logged, limit=1)["predictions"]
    assert found(logged, row["prediction_id"]) == row
    assert threads
    assert all(name.startswith("AnyIO worker thread") for name in threads)


def test_the_document_says_what_the_log_s_answers_are(logged: TestClient) -> None:
    document = logged.get("/openapi.json").json()
    schemas, paths = document["components"]["schemas"], document["paths"]
    page = listed(logged, limit=1)
    for path, model, answer in (
        ("/predictions", PredictionPage, page),
        ("/predictions/{prediction_id}", LoggedPrediction, page["predictions"][0]),
    ):
        content = paths[path]["get"]["responses"]["200"]["content"]
        name = model.__name__
        assert content == {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        assert set(schemas[name]["properties"]) == set(schemas[name]["required"]) == set(answer)
        model.model_validate(answer, strict=True)


def test_the_list_starts_at_a_moment(serve: Serve, tmp_path: Path) -> None:
    client = serve(database_url=database(tmp_path), api_keys=(DIGEST,))
    ids = []
    for _ in range(2):
        answer = client.post("/predict", json=example_loan(), headers=WITH_KEY).json()
        ids += answer["prediction_id"]
        time.sleep(0.005)
    moment = found(client, ids[1])["created_at"]
    for since in (moment, moment.replace("Z", ""), moment.replace("Z", "+00:00")):
        rows = everything(client, since=since)
        assert [row["prediction_id"] for row in rows] == ids[1:]
    assert everything(client, since="2100-01-01") == []
    assert len(everything(client, since="2020-01-01T00:00:00-14:00", limit=1)) == 2
    assert len(everything(client, since="0001-01-01T00:00:00+14:00")) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0),
        ("limit", 1_001),
        ("limit", "x"),
        ("cursor", -1),
        ("cursor", 1 << 63),
        ("cursor", "x"),
        ("cursor", "9" * 5_000),
        ("since", "ayer"),
        ("since", "2026-13-01"),
        ("since", "1e400"),
        ("model_version", "v" * 65),
    ],
)
def test_odd_parameters_are_named_in_spanish(logged: TestClient, name: str, value: object) -> None:
    answer = logged.get("/predictions", params={name: str(value)}, headers=WITH_KEY)
    assert answer.status_code == 422
    [error] = answer.json()["detail"]
    assert error["loc"] == ["query", name]
    assert error["msg"]
    assert "valor no admitido" not in error["msg"]


@pytest.mark.parametrize("name", ["x", "%00", "%FF", "a%2Fb", "0" * 3_000, "'; DROP TABLE"])
def test_an_unknown_id_is_not_found(logged: TestClient, name: str) -> None:
    answer = logged.get(f"/predictions/{name}", headers=WITH_KEY)
    assert answer.status_code == 404


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
