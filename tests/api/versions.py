"""Which version answers, and what the service says of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi.testclient import TestClient

from mlops_pipeline.src.data.schema import example_loan
from tests.conftest import NOW

FIRST = "v20261123_101500"


LATER = NOW + timedelta(hours=1)


def answering(client: TestClient) -> str:
    answer = client.post("/predict", json=example_loan())
    assert answer.status_code == 200
    return str(answer.json()["model_version"])


def health(client: TestClient) -> Any:
    return client.get("/health").json()
