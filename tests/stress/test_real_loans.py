"""Every real loan, four ways: alone, in a batch, in a file, by the library."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.schema import BY_NAME
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.model_deploy import ModelDeployment
from tests.conftest import Trained
from tests.stress.conftest import Figures, Serve
from tests.stress.support import Service, ask, scaled
from tests.support import Value

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

EVERY = scaled(1, 7)  # for the single route
_BATCH = 2_000
_WITHIN = 1e-6


class Scored(NamedTuple):
    """Probabilities and decisions of some loans."""

    probabilities: NDArray[np.float64]
    decisions: NDArray[np.int64]


def documents(path: Path) -> list[dict[str, Value]]:
    """Give each row as a client would send it: numbers as numbers, an empty cell as null."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            {name: _value(name, row[name]) for name in BY_NAME} for row in csv.DictReader(stream)
        ]


def _value(name: str, cell: str) -> Value:
    """Give a cell's value."""
    column = BY_NAME[name]
    if cell == "":
        return None
    if column.plausible is not None:
        return float(cell)
    if column.accepts_numbers:
        try:
            return float(cell)
        except ValueError:
            return cell
    return cell


def by_library(model: ModelDeployment, loans: LoanTable) -> Scored:
    """Score a table."""
    scores = model.predict(loans)
    return Scored(scores.probability, scores.decision.astype(np.int64))


def alone(service: Service, loans: list[dict[str, Value]]) -> Scored:
    """Score loans one by one."""
    connection = service.connection()
    found: list[tuple[float, int]] = []
    for loan in loans:
        body = json.dumps(loan).encode()
        reply = ask(connection, "POST", "/predict?return_probabilities=true", body)
        assert reply.status == 200, (loan, reply)
        said = reply.json()
        found.append((said["probability_class_1"][0], said["predictions"][0]))
    connection.close()
    return _scored(found)


def in_batches(service: Service, loans: list[dict[str, Value]]) -> Scored:
    """Score loans two thousand at a time."""
    found: list[tuple[float, int]] = []
    for start in range(0, len(loans), _BATCH):
        asked = {"data": loans[start : start + _BATCH], "return_probabilities": True}
        reply = service.post("/predict/batch", asked)
        assert reply.status == 200, reply.body[:2_000]
        said = reply.json()
        found += zip(said["probability_class_1"], said["predictions"], strict=True)
    return _scored(found)


def in_a_file(service: Service, path: Path, output: str) -> Scored:
    """Score the file."""
    address = f"/predict/file?output={output}"
    reply = service.post(address, path.read_bytes(), {"Content-Type": "text/csv"})
    assert reply.status == 200
    text = reply.body.decode()
    rows = list(csv.DictReader(io.StringIO(text))) if output == "csv" else _lines(text)
    assert not [row for row in rows if row["error"]]
    assert [int(row["linea"]) for row in rows] == list(range(2, len(rows) + 2))
    return _scored([(float(row["probability_class_1"]), int(row["prediction"])) for row in rows])


def _lines(text: str) -> list[dict[str, str]]:
    """Read NDJSON."""
    return [json.loads(line) for line in text.splitlines()]


def _scored(found: list[tuple[float, int]]) -> Scored:
    """Give what was found as arrays."""
    return Scored(np.array([p for p, _ in found]), np.array([d for _, d in found]))


def test_every_real_loan_is_scored_the_same_in_four_ways(
    serve: Serve, trained: Trained, real_data: Path, figures: Figures
) -> None:
    portfolio = read_portfolio(real_data)
    assert not portfolio.rejected
    service, loans = serve(), documents(real_data)
    expected = by_library(ModelDeployment.load(trained.models_dir), portfolio.loans)
    assert len(expected.decisions) == len(loans)
    every = slice(None, None, EVERY)
    ways = {
        "alone": (alone(service, loans[every]), every),
        "batch": (in_batches(service, loans), slice(None)),
        "file, CSV": (in_a_file(service, real_data, "csv"), slice(None)),
        "file, NDJSON": (in_a_file(service, real_data, "ndjson"), slice(None)),
    }
    said = []
    for way, (found, rows) in ways.items():
        assert len(found.decisions) == len(expected.decisions[rows])
        difference = float(np.max(np.abs(found.probabilities - expected.probabilities[rows])))
        assert difference <= _WITHIN, way
        assert np.array_equal(found.decisions, expected.decisions[rows]), way
        said.append(f"{way} {len(found.decisions):,} loans, at most {difference:.1e} apart")
    figures(f"decisions always the same; {'; '.join(said)}")
