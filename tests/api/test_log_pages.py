"""The log page by page: its cursor, its filters, what it refuses."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline.api import logged as logged_rows
from mlops_pipeline.api.wire_answers import LoggedPrediction, PredictionPage
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_id
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.texts import read_inputs
from tests.api.conftest import Serve
from tests.api.reading import everything, found, listed
from tests.api.support import DIGEST, WITH_KEY, database

VERSION = "v20261123_101500"


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
