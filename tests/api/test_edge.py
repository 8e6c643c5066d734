"""What arrives at the service's edge and is no good request: refused by name, with limits named."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api.single import MAX_LOAN_BYTES
from mlops_pipeline.src.data.schema import BY_NAME, example_loan
from tests.api.support import CSV, JSON, Exchange, counted, part


def loan_of(size: int) -> bytes:
    """Give the example loan in exactly so many bytes."""
    return json.dumps(example_loan()).encode().ljust(size)


# --- sizes -----------------------------------------------------------------------------------


def test_a_loan_may_have_64_kib_and_no_byte_more(plain: TestClient) -> None:
    assert plain.post("/predict", content=loan_of(MAX_LOAN_BYTES), headers=JSON).is_success
    answer = plain.post("/predict", content=loan_of(MAX_LOAN_BYTES + 1), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["detail"] == messages.body_too_large(MAX_LOAN_BYTES)
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(("path", "limit"), [("/predict", 1 << 16), ("/predict/batch", 1 << 17)])
def test_a_body_in_pieces_is_counted_while_it_comes(
    plain: TestClient, path: str, limit: int, announced: bool
) -> None:
    headers = {**JSON, **({"Content-Length": str(limit * 2)} if announced else {})}
    endless = [part(b" " * 1_000) for _ in range(limit * 2 // 1_000)]
    exchange = Exchange("POST", path, endless, headers).run(plain)
    assert exchange.status == 413
    assert json.loads(exchange.body)["detail"] == messages.body_too_large(limit)


def test_a_body_in_pieces_is_read_to_its_end(plain: TestClient) -> None:
    body = loan_of(3_000)
    pieces = [part(body[n : n + 100]) for n in range(0, len(body), 100)]
    assert Exchange("POST", "/predict", [*pieces, part(b"", more=False)]).run(plain).status == 200
    early = Exchange("POST", "/predict", [*pieces[:5], part(b"", more=False)]).run(plain)
    assert early.status == 422


@pytest.mark.parametrize("length", ["-1", "1e3", "", "0x10", "٣", "0" * 5_000 + "9"])
def test_an_announcement_that_is_no_number_is_not_believed(plain: TestClient, length: str) -> None:
    headers = {**JSON, "Content-Length": length.encode().decode("latin-1")}
    arriving = [part(loan_of(900)[:400]), part(loan_of(900)[400:], more=False)]
    exchange = Exchange("POST", "/predict", arriving, headers)
    assert exchange.run(plain).status == 200


def test_a_batch_beyond_the_limit_is_refused_with_the_limit(plain: TestClient) -> None:
    assert plain.post("/predict/batch", json={"data": [example_loan()] * 20}).is_success
    answer = plain.post("/predict/batch", json={"data": [example_loan()] * 21})
    assert answer.status_code == 413
    assert answer.json()["detail"] == messages.batch_too_large(21, 20)
    assert "20" in answer.json()["detail"]


# --- types -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
@pytest.mark.parametrize("kind", ["text/csv", "text/plain", "", "application/jsonx", "json"])
def test_only_json_is_read_as_json(plain: TestClient, path: str, kind: str) -> None:
    answer = plain.post(path, content=loan_of(900), headers={"content-type": kind})
    assert answer.status_code == 415
    assert answer.json()["detail"] == messages.wrong_media_type(kind, ("application/json",))


def test_a_body_without_a_type_is_not_guessed(plain: TestClient) -> None:
    exchange = Exchange("POST", "/predict", [part(loan_of(900), more=False)], {}).run(plain)
    assert exchange.status == 415


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON ; charset=utf-8", "application/vnd.bank+json"]
)
def test_json_may_be_announced_in_any_usual_way(plain: TestClient, kind: str) -> None:
    answer = plain.post("/predict", content=loan_of(900), headers={"content-type": kind})
    assert answer.status_code == 200


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("in_batch", [False, True])
def test_a_misspelt_field_is_refused_with_the_nearest_name(
    plain: TestClient, name: str, in_batch: bool
) -> None:
    loan = example_loan()
    wrong = f"{name}s"
    loan = {**loan, wrong: loan[name]}
    path, body = ("/predict/batch", {"data": [loan]}) if in_batch else ("/predict", loan)
    answer = plain.post(path, json=body)
    assert answer.status_code == 422
    [error] = answer.json()["detail"]
    assert error["loc"][-1] == wrong
    assert f"«{name}»" in error["msg"]


def test_more_errors_than_a_hundred_are_not_listed(plain: TestClient) -> None:
    detail = plain.post("/predict", json={f"x{n}": 0 for n in range(300)}).json()["detail"]
    assert len(detail) == 101
    assert detail[-1] == {"type": "more_errors", "loc": [], "msg": messages.more_errors(100)}


# --- methods and paths -----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/predict", "/predict/batch", "/predict/file"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_predictions_are_asked_for_by_post_alone(plain: TestClient, method: str, path: str) -> None:
    answer = plain.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


def test_a_trailing_slash_is_led_back(plain: TestClient) -> None:
    away = plain.post("/predict/", json=example_loan(), follow_redirects=False)
    assert away.status_code == 307
    assert away.headers["location"].endswith("/predict")
    assert plain.post("/predict/", json=example_loan()).status_code == 200


@pytest.mark.parametrize(
    ("root_path", "path", "status"),
    [
        ("/scoring", "/scoring/predict", 200),
        ("/scoring", "/predict", 200),  # a proxy that has already taken it away
        ("/scoring", "/scoringpredict", 404),
        ("/scoring", "/scoring/scoring/predict", 404),
        ("", "/scoring/predict", 404),
    ],
)
def test_a_path_in_front_of_the_service_is_taken_away(
    plain: TestClient, root_path: str, path: str, status: int
) -> None:
    arriving = [part(loan_of(900), more=False)]
    exchange = Exchange("POST", path, arriving, root_path=root_path).run(plain)
    assert exchange.status == status


def test_what_a_refused_request_sent_is_not_read(plain: TestClient) -> None:
    assert Exchange("POST", "/predict/file", [], JSON).run(plain).status == 415
    assert Exchange("POST", "/predict", [], CSV).run(plain).status == 415


@pytest.mark.parametrize("path", ["/", "/health", "/livez", "/readyz"])
def test_who_probes_by_head_gets_the_head_of_the_answer(plain: TestClient, path: str) -> None:
    before = counted(plain, "requests_total", route=path, status="200")
    head, whole = plain.head(path), plain.get(path)
    assert head.status_code == whole.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == whole.headers["content-length"]
    assert head.headers["x-request-id"]
    assert counted(plain, "requests_total", route=path, status="200") == before + 2
    assert plain.head("/model/info").status_code == 405


def test_head_tells_of_a_service_without_a_model(client_without_model: TestClient) -> None:
    assert client_without_model.head("/readyz").status_code == 503
    assert client_without_model.head("/livez").status_code == 200
