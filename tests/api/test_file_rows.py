"""What a client reads of a scored file: every row, in order, in both formats alike."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline import messages
from mlops_pipeline.api.file_rows import FIELDS, OUTPUTS, inputs_of, warnings_of
from mlops_pipeline.src.data.cleaning import Finding, Flag
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.readers import RejectedRow
from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS, DATE
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.scoring.files import ScoredChunk, score_file
from mlops_pipeline.src.scoring.scorer import Scores
from tests.conftest import Trained
from tests.support import document, possible_documents, same_tables, tables_of, write_csv

VERSION = "v20261123_101500"


def chunk_of(loans: LoanTable, *rejected: RejectedRow, flags: tuple[Flag, ...] = ()) -> ScoredChunk:
    """Give loans with made-up scores: 0, 1/3, 2/3, ..., those from 0.5 on granted."""
    probability = np.arange(len(loans)) / 3
    decision = (probability >= 0.5).astype(np.int8)
    return ScoredChunk(loans, Scores(probability, decision, flags), rejected)


def ids_of(chunk: ScoredChunk) -> list[str]:
    """Give an id for each loan."""
    return [f"id-{row}" for row in range(len(chunk.loans))]


def rows_of(chunk: ScoredChunk, output: str) -> list[dict[str, Any]]:
    """Write a chunk and read it again, CSV's texts being turned into what they stand for."""
    kind = OUTPUTS[output]
    content = kind.head + kind.rows(chunk, ids_of(chunk), warnings_of(chunk), VERSION)
    if output == "ndjson":
        return [json.loads(line) for line in content.decode().splitlines()]
    assert content.count(b"\r\n") == len(chunk) + 1
    rows = list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))
    return [
        {
            name: text if name in {"warnings", "interpretation"} else _value(text)
            for name, text in row.items()
        }
        for row in rows
    ]


def _value(text: str) -> float | str | None:
    """Give what a field of CSV stands for."""
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text


@pytest.mark.parametrize("output", OUTPUTS)
def test_usable_and_rejected_rows_stand_in_the_file_s_order(output: str) -> None:
    loans = tables_of(document(), document(), document())  # lines 0, 1, 2
    odd = RejectedRow(1, 'plazo_meses: «a, "b"» no es un número', "")
    chunk = chunk_of(loans.take(np.array([0, 2])), odd, RejectedRow(3, "otra", ""))
    rows = rows_of(chunk, output)
    assert [tuple(row) for row in rows] == [FIELDS] * 4
    assert [row["linea"] for row in rows] == [0, 1, 2, 3]
    assert [row["prediction"] for row in rows] == [0, None, 0, None]
    assert [row["probability_class_1"] for row in rows] == [0, None, 1 / 3, None]
    assert [row["prediction_id"] for row in rows] == ["id-0", None, "id-1", None]
    assert [row["model_version"] for row in rows] == [VERSION, None, VERSION, None]
    assert [row["error"] for row in rows] == [None, odd.reason, None, "otra"]
    assert rows[0]["interpretation"] == messages.interpretation(0)


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_chunk_may_hold_rejected_rows_alone(output: str) -> None:
    empty = tables_of(document()).take(np.array([], dtype=np.int64))
    chunk = chunk_of(empty, RejectedRow(2, "a", ""), RejectedRow(3, "b", ""))
    assert [row["error"] for row in rows_of(chunk, output)] == ["a", "b"]
    assert inputs_of(empty) == warnings_of(chunk) == []


def test_warnings_name_field_finding_and_value() -> None:
    loans = tables_of(
        document(),
        document(edad_cliente=122.0, tendencia_ingresos='=1+"x"'),
        document(edad_cliente=122.0),
    )
    flags = (
        Flag("edad_cliente", Finding.UNKNOWN, np.array([1, 2])),
        Flag("tendencia_ingresos", Finding.UNSEEN_TEXT, np.array([1])),
    )
    chunk = chunk_of(loans, flags=flags)
    age = {
        "field": "edad_cliente",
        "finding": "outside_plausible_unknown",
        "message": messages.finding("outside_plausible_unknown", 122.0),
    }
    first, second, third = map(json.loads, warnings_of(chunk))
    assert (first, third) == ([], [age])
    assert second[0] == age
    assert second[1]["message"].startswith('«=1+"x"» no es una categoría')
    rows = rows_of(chunk, "ndjson")
    assert [row["warnings"] for row in rows] == [first, second, third]
    told = [row["warnings"] for row in rows_of(chunk, "csv")]
    assert told[0] == ""
    assert told[2] == f"edad_cliente: {age['message']}"
    assert told[1] == f"{told[2]} | tendencia_ingresos: {second[1]['message']}"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_computes_nothing(start: str) -> None:
    chunk = chunk_of(tables_of(), RejectedRow(2, f'{start}cmd|"x"!A1', ""))
    (row,) = rows_of(chunk, "csv")
    assert row["error"] == f'\'{start}cmd|"x"!A1'


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_any_text_comes_through_both_formats(texts: list[str]) -> None:
    chunk = chunk_of(tables_of(), *(RejectedRow(n, f":{text}", "") for n, text in enumerate(texts)))
    for output in OUTPUTS:
        content = OUTPUTS[output].rows(chunk, [], [], VERSION).decode()
        found = (
            [row[-1] for row in csv.reader(io.StringIO(content, newline=""), strict=True)]
            if output == "csv"
            else [json.loads(line)["error"] for line in content.split("\n")[:-1]]
        )
        assert found == [f":{text}" for text in texts]


@given(st.lists(possible_documents(), max_size=4))
def test_inputs_read_back_as_the_same_loans(documents: list[dict[str, Any]]) -> None:
    came = tables_of(*documents)
    loans = came.with_numbers(
        {name: values + 0.0 for name, values in came.numbers.items()}
    )  # no -0
    written = [json.loads(text, parse_constant=pytest.fail) for text in inputs_of(came)]
    assert all(list(one) == list(BY_NAME) for one in written)
    assert same_tables(LoanTable.from_loans([loan_from_json(one) for one in written]), loans)


def test_inputs_are_written_plainly() -> None:
    (text,) = inputs_of(tables_of(document(puntaje=None, tendencia_ingresos="año «1»")))
    found = json.loads(text)
    assert found == {**document(puntaje=None, tendencia_ingresos="año «1»")}
    assert '"salario_cliente":3500000,' in text
    assert found[DATE] == "2026-02-23 10:30:00"


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_scored_file_says_what_the_library_says(
    tmp_path: Path, trained: Trained, output: str
) -> None:
    model = ModelDeployment.load(trained.models_dir)
    documents = [document(), document(plazo_meses=0.0), document(edad_cliente=122.0)]
    names = [column.name for column in COLUMNS]
    path = write_csv(tmp_path / "a.csv", documents, [""] * 3, names)
    (chunk,) = score_file(path, model.predict)
    rows = rows_of(chunk, output)
    assert [row["linea"] for row in rows] == [2, 3, 4]
    for row, one in ((rows[0], documents[0]), (rows[2], documents[2])):
        expected = model.predict_one(loan_from_json(one))
        assert row["prediction"] == expected.decision
        assert math.isclose(row["probability_class_1"], expected.probability, abs_tol=1e-6)
    assert "fuera de lo posible" in rows[1]["error"]
    assert "122" in json.dumps(rows[2]["warnings"])
