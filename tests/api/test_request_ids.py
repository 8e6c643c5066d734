"""Every request has an id: the client's, or one that the service makes; every answer returns it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline.api import routes
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.model_deploy import ModelDeployment
from tests.api.support import CSV

MADE = re.compile(r"[0-9a-f]{16}-[0-9a-f]+")


def fail(*_: object) -> Any:
    raise RuntimeError("on purpose")


@pytest.mark.parametrize("given", ["a", "core-7_42.x", "0" * 64])
@pytest.mark.parametrize("path", ["/livez", "/predict"])
def test_a_client_s_id_is_taken(plain: TestClient, given: str, path: str) -> None:
    answer = plain.post(path, json=example_loan(), headers={"X-Request-ID": given})
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize(
    "odd", ["", " ", "a b", "0" * 65, "a;b", "{}", "é", "\u0661", "<x>", "a/b"]
)
def test_an_odd_id_is_replaced(plain: TestClient, odd: str) -> None:
    answer = plain.get("/livez", headers={b"X-Request-ID": odd.encode()})
    assert MADE.fullmatch(answer.headers["x-request-id"])


def test_made_ids_differ(plain: TestClient) -> None:
    made = {plain.get("/livez").headers["x-request-id"] for _ in range(50)}
    assert len(made) == 50
    assert all(MADE.fullmatch(one) for one in made)


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "/", {}, 200),
        ("POST", "/predict", {"json": example_loan()}, 200),
        ("POST", "/predict/batch", {"json": {"data": [example_loan()]}}, 200),
        ("POST", "/predict/batch", {"json": {"data": []}}, 400),
        ("GET", "/predictions", {}, 403),
        ("GET", "/nowhere", {}, 404),
        ("GET", "/predict", {}, 405),
        ("POST", "/predict", {"content": b" " * 70_000, "headers": CSV}, 415),
        ("POST", "/predict", {"json": {"x": "y" * 70_000}}, 413),
        ("POST", "/predict", {"json": {}}, 422),
        ("POST", "/predict/file", {"content": b"x", "headers": CSV}, 422),
        ("GET", "/docs/static/favicon.png", {}, 200),
    ],
)
def test_every_answer_returns_it(
    plain: TestClient, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    headers = {**options.get("headers", {}), "X-Request-ID": "mine"}
    answer = plain.request(method, path, **{**options, "headers": headers})
    assert answer.status_code == status
    assert answer.headers.get_list("x-request-id") == ["mine"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/health"), ("POST", "/predict")])
def test_a_failure_returns_it_too(
    plain: TestClient, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setattr(routes, "utc_now", fail)
    monkeypatch.setattr(ModelDeployment, "predict_one", fail)
    answer = plain.request(method, path, json=example_loan(), headers={"X-Request-ID": "mine"})
    assert answer.status_code == 500
    assert answer.headers.get_list("x-request-id") == ["mine"]
