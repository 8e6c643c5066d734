"""One loan, a batch, a file and the library agree: probability within 1e-6, decision always."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline.src.data.samples import sample_documents
from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS
from tests.api.conftest import Serve
from tests.api.support import CSV, PARQUET, csv_of, library_scores, parquet_of
from tests.conftest import Trained
from tests.support import Value, random_documents

Documents = Sequence[dict[str, Value]]
Scored = list[tuple[float, int]]


def singly(client: TestClient, documents: Documents) -> Scored:
    found = []
    for one in documents:
        answer = client.post("/predict?return_probabilities=true", json=one)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found.append((body["probability_class_1"][0], body["predictions"][0]))
    return found


def in_a_batch(client: TestClient, documents: Documents) -> Scored:
    request = {"data": documents, "return_probabilities": True}
    answer = client.post("/predict/batch", json=request)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return list(zip(body["probability_class_1"], body["predictions"], strict=True))


def in_a_file(client: TestClient, content: bytes, headers: dict[str, str]) -> Scored:
    answer = client.post("/predict/file?output=ndjson", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    rows = [json.loads(line) for line in answer.text.split("\n")[:-1]]
    assert [row["error"] for row in rows] == [None] * len(rows)
    return [(row["probability_class_1"], row["prediction"]) for row in rows]


def assert_agree(found: Scored, expected: Scored) -> None:
    assert [decision for _, decision in found] == [decision for _, decision in expected]
    probabilities = [probability for probability, _ in found]
    assert probabilities == pytest.approx([p for p, _ in expected], abs=1e-6, rel=0)


@pytest.fixture(scope="module", params=["plausible", "random"])
def documents(request: pytest.FixtureRequest) -> Documents:
    return sample_documents(250, 31) if request.param == "plausible" else random_documents(250, 32)


def test_generated_loans(plain: TestClient, trained: Trained, documents: Documents) -> None:
    expected = library_scores(trained.models_dir, documents)
    assert {decision for _, decision in expected} == {0, 1}
    assert_agree(singly(plain, documents), expected)
    batches = [in_a_batch(plain, documents[n : n + 20]) for n in range(0, len(documents), 20)]
    assert_agree([one for batch in batches for one in batch], expected)
    assert_agree(in_a_file(plain, csv_of(documents), CSV), expected)
    assert_agree(in_a_file(plain, parquet_of(documents), PARQUET), expected)


def _value(text: str, name: str) -> Any:
    if text == "":
        return None
    return text if BY_NAME[name].plausible is None else float(text)


def test_the_real_loans(serve: Serve, trained: Trained, real_data: Path) -> None:
    with real_data.open(encoding="utf-8") as stream:
        documents = [
            {column.name: _value(row[column.name], column.name) for column in COLUMNS}
            for row in csv.DictReader(stream)
        ]
    client = serve()
    expected = library_scores(trained.models_dir, documents)
    assert len(expected) == 6_908
    assert_agree(in_a_file(client, real_data.read_bytes(), CSV), expected)
    assert_agree(in_a_batch(client, documents), expected)
    assert_agree(singly(client, documents[::9]), expected[::9])
