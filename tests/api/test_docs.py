"""The documentation: whole, exact, and without the internet."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel

from mlops_pipeline.api import wire_monitoring
from mlops_pipeline.api.front import ScoringApi
from mlops_pipeline.api.single import MAX_LOAN_BYTES
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.tally_document import part_of
from tests.api.support import CSV, JSON, Exchange, csv_of, service
from tests.conftest import Trained

REFERENCE = re.compile(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""")
ANY_ADDRESS = re.compile(r"""["'(](https?:)?//[^"')]+""")


def openapi(client: TestClient) -> Any:
    return client.get("/openapi.json").json()


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_refers_to_no_other_host(plain: TestClient, page: str) -> None:
    answer = plain.get(page)
    assert answer.status_code == 200
    assert ANY_ADDRESS.search(answer.text) is None
    policy = answer.headers["content-security-policy"]
    allowed = {"'self'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
    assert policy.split()[0] == "default-src"
    assert set(policy.split()[1:]) == allowed  # what its scripts would fetch as well


@pytest.mark.parametrize(("page", "files"), [("/docs", 3), ("/redoc", 2)])
def test_every_file_that_a_page_refers_to_is_served(
    plain: TestClient, page: str, files: int
) -> None:
    found = {one for one in REFERENCE.findall(plain.get(page).text) if one.startswith("/")}
    assert len(found) >= files
    for path in found - {page}:
        answer = plain.get(path)
        assert answer.status_code == 200, path
        assert len(answer.content) > 1_000


def test_pages_know_the_path_in_front_of_the_service(trained: Trained) -> None:
    with service(trained.models_dir) as client:
        for page in ("/docs", "/redoc"):
            sent = Exchange("GET", f"/scoring{page}", [], root_path="/scoring").run(client)
            assert sent.status == 200
            paths = [one for one in REFERENCE.findall(sent.body.decode()) if "/" in one]
            assert paths
            assert all(urlsplit(one).path.startswith("/scoring/") for one in paths)


@pytest.mark.parametrize("path", ["/docs/static/absent.js", "/docs/static/../__init__.py"])
def test_only_the_pages_files_are_served(plain: TestClient, path: str) -> None:
    assert plain.get(path).status_code == 404


def test_hot_and_documented_routes_are_the_same(plain: TestClient) -> None:
    app = plain.app
    assert isinstance(app, ScoringApi)
    documented = {
        (method.upper(), path)
        for path, methods in openapi(plain)["paths"].items()
        for method in methods
    }
    assert set(app.hot) <= documented
    by_framework = {
        ("GET", path)
        for path in (
            *("/", "/health", "/livez", "/readyz", "/metrics", "/model/info"),
            *("/predictions", "/predictions/{prediction_id}"),
            *("/monitoring/drift", "/monitoring/history", "/monitoring/counts"),
        )
    }
    assert documented - set(app.hot) == by_framework


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/predict", {"return_probabilities"}),
        ("/predict/batch", set()),
        ("/predict/file", {"output"}),
    ],
)
def test_hot_routes_document_what_they_take_and_answer(
    plain: TestClient, path: str, query: set[str]
) -> None:
    entry = openapi(plain)["paths"][path]["post"]
    named = {one["name"] for one in entry.get("parameters", ()) if one["in"] == "query"}
    assert named == query
    assert {"200", "401", "413", "415", "422", "503"} <= set(entry["responses"])
    assert "Retry-After" in entry["responses"]["503"]["headers"]
    types = set(entry["requestBody"]["content"])
    assert types == (
        {"text/csv", "application/vnd.apache.parquet"}
        if path == "/predict/file"
        else {"application/json"}
    )
    assert entry["security"]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/predict", {"json": example_loan()}),
        ("/predict", {"json": {}}),
        ("/predict", {"content": b" " * (MAX_LOAN_BYTES + 1), "headers": JSON}),
        ("/predict", {"content": b"x", "headers": CSV}),
        ("/predict/batch", {"json": {"data": [example_loan()]}}),
        ("/predict/batch", {"json": {"data": []}}),
        ("/predict/batch", {"json": {"data": [example_loan()] * 21}}),
        ("/predict/file", {"content": csv_of([example_loan()]), "headers": CSV}),
        ("/predict/file", {"content": b"x", "headers": CSV}),
    ],
    ids=range(9),
)
def test_answers_are_of_documented_status_type_and_fields(
    plain: TestClient, path: str, options: dict[str, Any]
) -> None:
    document = openapi(plain)
    answer = plain.post(path, **options)
    said = document["paths"][path]["post"]["responses"][str(answer.status_code)]
    media = answer.headers["content-type"].partition(";")[0]
    schema = said["content"][media]["schema"]
    for one in schema.get("anyOf", [schema]):
        if "$ref" in one and media == "application/json":
            model = document["components"]["schemas"][one["$ref"].rpartition("/")[2]]
            assert set(model["properties"]) == set(answer.json())


@pytest.mark.parametrize("name", ["MonitoringDrift", "MonitoringHistory", "MonitoringCounts"])
def test_examples_of_drift_are_answers(plain: TestClient, name: str) -> None:
    model: type[BaseModel] = getattr(wire_monitoring, name)
    [shown] = openapi(plain)["components"]["schemas"][name]["examples"]
    [example] = model.model_json_schema()["examples"]  # the document leaves what is null out
    assert set(shown) <= set(example)
    found = model.model_validate_json(orjson.dumps(example))
    assert set(model.model_fields) == set(example)
    if isinstance(found, wire_monitoring.MonitoringCounts):
        assert part_of(found.parts[0]).tally.counts.tolist() == [12]
