"""The service's contract: answers, refusals, words."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_pipeline import messages
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.samples import sample_documents
from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS, NUMERIC, example_loan
from mlops_pipeline.src.model_deploy import ModelDeployment
from tests.conftest import Trained

JSON = {"content-type": "application/json"}


def predict(client: TestClient, loan: dict[str, Any], **params: Any) -> Any:
    return client.post("/predict", json=loan, params=params)


def test_one_loan_is_answered_as_the_contract_says(client: TestClient, trained: Trained) -> None:
    answer = predict(client, example_loan(), return_probabilities=True)
    assert answer.status_code == 200
    body = answer.json()
    assert list(body)[:6] == [
        "predictions",
        "probability_class_1",
        "interpretation",
        "n_samples",
        "model_version",
        "timestamp",
    ]
    assert body["n_samples"] == 1
    assert body["model_version"] == "v20261123_101500"
    assert body["timestamp"].endswith("Z")
    [probability] = body["probability_class_1"]
    threshold = trained.run.result.champion.result.decision.rule.threshold
    assert body["predictions"] == [int(probability >= threshold)]
    assert body["interpretation"] == [messages.interpretation(body["predictions"][0])]
    assert body["warnings"] == []


def test_probabilities_are_null_unless_asked_for(client: TestClient) -> None:
    assert predict(client, example_loan()).json()["probability_class_1"] is None


def test_both_decisions_are_worded(client: TestClient) -> None:
    documents = sample_documents(300, 3)
    body = client.post("/predict/batch", json={"data": documents}).json()
    worded = set(zip(body["predictions"], body["interpretation"], strict=True))
    assert worded == {(1, messages.PAYS_ON_TIME), (0, messages.LATE_PAYMENT_EXPECTED)}


def test_a_batch_answers_like_single_requests(client: TestClient) -> None:
    documents = sample_documents(60, 4)
    request = {"data": documents, "return_probabilities": True}
    batch = client.post("/predict/batch", json=request).json()
    assert batch["n_samples"] == 60
    for index, document in enumerate(documents):
        one = predict(client, document, return_probabilities=True).json()
        assert one["predictions"][0] == batch["predictions"][index]
        assert math.isclose(
            one["probability_class_1"][0], batch["probability_class_1"][index], abs_tol=1e-6
        )
        here = [{**w, "index": 0} for w in batch["warnings"] if w["index"] == index]
        assert sorted(one["warnings"], key=str) == sorted(here, key=str)


def test_the_published_example_outside_the_data_is_answered_with_warnings(
    client: TestClient,
) -> None:
    loan = {**example_loan(), "tipo_credito": 1, "puntaje": 750, "puntaje_datacredito": 720}
    body = predict(client, loan).json()
    assert {w["field"] for w in body["warnings"]} >= {"tipo_credito", "puntaje"}


@pytest.mark.parametrize(
    ("changes", "finding", "field"),
    [
        ({"edad_cliente": 122}, "outside_plausible_unknown", "edad_cliente"),
        ({"puntaje_datacredito": -7}, "outside_plausible_unknown", "puntaje_datacredito"),
        ({"salario_cliente": 0}, "outside_plausible_kept", "salario_cliente"),
        ({"salario_cliente": 2.2e10}, "outside_plausible_kept", "salario_cliente"),
        ({"tendencia_ingresos": 8315}, "unknown_category", "tendencia_ingresos"),
        ({"tendencia_ingresos": "0"}, "unknown_category", "tendencia_ingresos"),
        ({"tipo_laboral": "Pensionado"}, "unknown_category", "tipo_laboral"),
        ({"tipo_credito": 99}, "outside_training_data", "tipo_credito"),
        (
            {"puntaje_datacredito": None, "huella_consulta": 0},
            "zero_without_bureau_record",
            "huella_consulta",
        ),
    ],
)
def test_doubtful_values_are_used_and_named(
    client: TestClient, changes: dict[str, Any], finding: str, field: str
) -> None:
    answer = predict(client, {**example_loan(), **changes})
    assert answer.status_code == 200
    named = {(w["finding"], w["field"]): w["message"] for w in answer.json()["warnings"]}
    assert (finding, field) in named
    assert named[finding, field]


@pytest.mark.parametrize("column", NUMERIC, ids=lambda column: column.name)
def test_impossible_numbers_are_refused_with_field_value_and_limit(
    client: TestClient, column: Any
) -> None:
    for value, limit in (
        (column.possible.low - 1, column.possible.low),
        (column.possible.high + 1, column.possible.high),
    ):
        answer = predict(client, {**example_loan(), column.name: value})
        assert answer.status_code == 422
        [error] = answer.json()["detail"]
        assert error["loc"] == ["body", column.name]
        assert messages.number(value) in error["msg"]
        assert messages.number(limit) in error["msg"]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_null_and_absence_follow_the_definition(client: TestClient, column: Any) -> None:
    with_null = predict(client, {**example_loan(), column.name: None})
    assert with_null.status_code == (200 if column.nullable else 422)
    without = {name: value for name, value in example_loan().items() if name != column.name}
    assert predict(client, without).status_code == (422 if column.required else 200)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"capital_prestado": "3000000"}, "no es un número"),
        ({"capital_prestado": True}, "no es un número"),
        ({"capital_prestado": [1]}, "no es un número"),
        ({"plazo_meses": 10.5}, "entero"),
        ({"fecha_prestamo": "23/02/2026"}, "no es una fecha"),
        ({"fecha_prestamo": "2026-02-30"}, "no es una fecha"),
        ({"fecha_prestamo": "1700-02-03"}, "fechas posibles"),
        ({"fecha_prestamo": 1_700_000_000}, "no es un texto"),
        ({"tipo_laboral": ""}, "vacío"),
        ({"tipo_laboral": "x" * 65}, "64 caracteres"),
        ({"tipo_laboral": 3}, "no es un texto"),
        ({"tendencia_ingresos": {"a": 1}}, "objeto"),
        ({"edad": 42}, "¿quiso decir «edad_cliente»?"),
        ({"zzz": 42}, "campo desconocido"),
    ],
)
def test_wrong_values_are_refused_in_spanish(
    client: TestClient, changes: dict[str, Any], word: str
) -> None:
    answer = predict(client, {**example_loan(), **changes})
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert all(error["loc"][1] in changes for error in detail)
    assert any(word in error["msg"] for error in detail)


def test_a_batch_is_refused_whole_and_says_where(client: TestClient) -> None:
    bad = {**example_loan(), "plazo_meses": 0}
    answer = client.post("/predict/batch", json={"data": [example_loan(), bad]})
    assert answer.status_code == 422
    [error] = answer.json()["detail"]
    assert error["loc"] == ["body", "data", 1, "plazo_meses"]


def test_an_empty_batch_is_a_bad_request(client: TestClient) -> None:
    answer = client.post("/predict/batch", json={"data": []})
    assert answer.status_code == 400
    assert answer.json()["detail"] == messages.EMPTY_BATCH


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"3",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"\x00",
        b'{"edad_cliente": NaN}',
        b'{"edad_cliente": Infinity}',
        b'{"edad_cliente": 1e400}',
        b"[" * 50_000,
    ],
)
@pytest.mark.parametrize("path", ["/predict", "/predict/batch"])
def test_broken_bodies_are_answered_cleanly(client: TestClient, path: str, body: bytes) -> None:
    answer = client.post(path, content=body, headers=JSON)
    assert answer.status_code in {400, 422}
    json.loads(answer.text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.mark.parametrize("field", ["salario_cliente", "tendencia_ingresos"])
@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "1" + "0" * 400])
def test_numbers_that_are_none_are_refused(client: TestClient, field: str, literal: str) -> None:
    loan = json.dumps({**example_loan(), field: 0.25}).replace("0.25", literal)
    answer = client.post("/predict", content=loan, headers=JSON)
    assert answer.status_code == 422
    for error in answer.json()["detail"]:
        assert error["loc"][:2] == ["body", field]
        assert error["msg"]


@pytest.mark.parametrize("field", ["fecha_prestamo", "tipo_laboral", "salario_cliente"])
@pytest.mark.parametrize("text", ["\\ud800", "\\u0000", "\\u202e\\u0007", "\\n" * 300])
def test_texts_that_cannot_be_shown_are_answered_cleanly(
    client: TestClient, field: str, text: str
) -> None:
    loan = json.dumps({**example_loan(), field: "@"}).replace("@", text)
    answer = client.post("/predict", content=loan, headers=JSON)
    assert answer.status_code in {200, 400, 422}
    answer.content.decode("utf-8", errors="strict")
    said = json.dumps(answer.json(), ensure_ascii=False)
    assert all(mark.isprintable() for mark in said)


def test_a_field_that_the_model_does_not_use_is_not_said_to_matter(client: TestClient) -> None:
    body = predict(client, {**example_loan(), "puntaje": 750}).json()
    [warning] = body["warnings"]
    assert warning["field"] == "puntaje"
    assert warning["finding"] == "outside_plausible_unused"
    assert "no influye" in warning["message"]
    plain = predict(client, example_loan(), return_probabilities=True).json()
    high = predict(client, {**example_loan(), "puntaje": 750}, return_probabilities=True).json()
    assert plain["probability_class_1"] == high["probability_class_1"]


def test_dates_may_stand_between_blanks(client: TestClient) -> None:
    assert predict(client, {**example_loan(), "fecha_prestamo": " 2026-02-23 "}).status_code == 200


def test_root_health_and_model_info(client: TestClient, trained: Trained) -> None:
    root = client.get("/").json()
    assert root["version"] == "1.0.0"
    assert root["status"] == "running"
    assert {"api", "endpoints"} <= set(root)
    health = client.get("/health").json()
    assert health["status"] == "healthy"
    assert health["model_loaded"] is True
    info = client.get("/model/info").json()
    assert info["version"] == health["model_version"] == "v20261123_101500"
    assert info["feature_counts"]["catalogue"] == 35
    assert info["feature_counts"]["after_audit"] == 33
    assert info["audit"]["tainted"] == ["puntaje", "ratio_puntajes"]
    assert info["data"]["sha256"] == trained.run.portfolio.sha256


def test_without_a_model_the_service_says_so(client_without_model: TestClient) -> None:
    health = client_without_model.get("/health")
    assert health.status_code == 200
    assert health.json()["status"] == "degraded"
    assert health.json()["model_loaded"] is False
    assert health.json()["detail"] == messages.NO_PUBLISHED_MODEL
    for answer in (
        predict(client_without_model, example_loan()),
        client_without_model.post("/predict/batch", json={"data": [example_loan()]}),
        client_without_model.get("/model/info"),
    ):
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "modelo" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/x", 404), ("GET", "/predict", 405)]
)
def test_unknown_routes_are_refused_in_spanish(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["detail"] == messages.http(status)


def test_openapi_describes_the_loan_and_the_refusals(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    loan = document["components"]["schemas"]["LoanApplication"]
    assert set(loan["properties"]) == set(BY_NAME)
    assert "puntaje" not in loan["required"]
    assert loan["properties"]["edad_cliente"]["minimum"] == 18
    assert loan["properties"]["edad_cliente"]["maximum"] == 130
    assert all(field["description"] for field in loan["properties"].values())
    assert loan["examples"] == [example_loan()]
    assert {"200", "422", "503"} <= set(document["paths"]["/predict"]["post"]["responses"])
    assert "400" in document["paths"]["/predict/batch"]["post"]["responses"]
    assert client.get("/docs").status_code == 200


def _real_documents(path: Path) -> list[dict[str, Any]]:
    """The real rows as a client would send them: numbers, texts, nulls as they stand."""
    documents = []
    with path.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            document: dict[str, Any] = {}
            for column in COLUMNS:
                text = row[column.name]
                numeric = column.plausible is not None
                document[column.name] = None if text == "" else float(text) if numeric else text
            documents.append(document)
    return documents


def test_every_real_row_is_scored_and_doubtful_values_are_named(
    client: TestClient, real_data: Path
) -> None:
    documents = _real_documents(real_data)
    named: dict[tuple[str, str], int] = {}
    probabilities: list[float] = []
    for start in range(0, len(documents), 1_000):
        request = {"data": documents[start : start + 1_000], "return_probabilities": True}
        answer = client.post("/predict/batch", json=request)
        assert answer.status_code == 200, answer.text[:500]
        probabilities += answer.json()["probability_class_1"]
        for warning in answer.json()["warnings"]:
            key = (warning["field"], warning["finding"])
            named[key] = named.get(key, 0) + 1
    assert len(probabilities) == len(documents) == 6_908
    assert all(0 < probability < 1 for probability in probabilities)
    ages = sum(document["edad_cliente"] > 100 for document in documents)
    scores = sum(
        document["puntaje_datacredito"] is not None and document["puntaje_datacredito"] <= 0
        for document in documents
    )
    trends = sum(
        document["tendencia_ingresos"] not in {None, "Creciente", "Estable", "Decreciente"}
        for document in documents
    )
    assert named["edad_cliente", "outside_plausible_unknown"] == ages > 0
    assert named["puntaje_datacredito", "outside_plausible_unknown"] == scores > 0
    assert named["tendencia_ingresos", "unknown_category"] == trends > 0


def test_real_rows_one_by_one_and_from_the_file_agree(
    client: TestClient, trained: Trained, real_data: Path
) -> None:
    model = ModelDeployment.load(trained.models_dir)
    from_file = model.predict(read_portfolio(real_data).loans)
    documents = _real_documents(real_data)
    for index in range(0, len(documents), 97):
        body = predict(client, documents[index], return_probabilities=True).json()
        assert body["predictions"] == [from_file.decision[index]]
        assert math.isclose(
            body["probability_class_1"][0], from_file.probability[index], abs_tol=1e-6
        )


NUMBERS = st.one_of(
    st.integers(-20, 2_000),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.sampled_from([0, -1, 1, 17, 18, 130, 131, 999, 1_000, 1_001, 1e12, 1e13, 0.5]),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from([column.name for column in NUMERIC]), value=NUMBERS)
def test_service_and_file_reader_give_the_same_verdict(
    client: TestClient, tmp_path: Path, name: str, value: float
) -> None:
    loan = {**example_loan(), name: value}
    path = tmp_path / "uno.csv"
    good = example_loan()
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(BY_NAME))
        writer.writeheader()
        writer.writerows([good, {key: repr(v) if key == name else v for key, v in loan.items()}])
    rejected = read_portfolio(path, with_target=False).rejected
    accepted = predict(client, loan).status_code == 200
    assert accepted == (not rejected)
