"""The hot routes read their query as the framework would."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.src.data.schema import example_loan

FLAG = "return_probabilities"


@pytest.fixture(scope="module")
def framework() -> TestClient:
    """What FastAPI makes of the same parameter."""
    app = FastAPI()

    @app.post("/predict")
    def predict(return_probabilities: bool = False) -> bool:
        return return_probabilities

    return TestClient(app)


QUERIES = [
    "",
    "other=1",
    *(
        f"{FLAG}={value}"
        for value in (
            *("true", "True", "TRUE", "false", "FALSE", "1", "0", "on", "off", "yes", "NO"),
            *("t", "f", "y", "n", "2", "-1", "1.0", "", "null", "verdadero", " true", "true "),
            *("%74rue", "tru%65", "+true", "%FF", "%", "%00", "true%00", "true,false", "[]"),
        )
    ),
    FLAG,
    f"{FLAG}=true&{FLAG}=false",
    f"{FLAG}=false&{FLAG}=true",
    f"{FLAG}=false&x=1&{FLAG}=true&y",
    f"{FLAG}=true;{FLAG}=false",
    f"&&{FLAG}=true&&",
    f"{FLAG.upper()}=true",
    f"{FLAG}%3Dtrue",
    "return%5Fprobabilities=true",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_means_what_it_means_to_the_framework(
    plain: TestClient, framework: TestClient, query: str
) -> None:
    expected = framework.post(f"/predict?{query}")
    answer = plain.post(f"/predict?{query}", json=example_loan())
    assert answer.status_code == expected.status_code
    if expected.is_success:
        assert (answer.json()["probability_class_1"] is not None) is expected.json()
    else:
        assert places(answer.json()) == places(expected.json())


def places(answer: Any) -> list[tuple[str, list[str]]]:
    """Give type and place of each error."""
    return [(error["type"], error["loc"]) for error in answer["detail"]]


def test_the_refusal_is_in_spanish(plain: TestClient) -> None:
    answer = plain.post(f"/predict?{FLAG}=tal+vez", json=example_loan())
    [error] = answer.json()["detail"]
    assert error["msg"] == messages.validation("bool_parsing", "tal vez", {}, FLAG, ())
