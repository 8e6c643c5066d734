"""Files of loans in, rows of answers out, errors row by row; what is no such file is refused."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api.file_rows import FIELDS
from mlops_pipeline.api.uploads import TruncatedError
from mlops_pipeline.src.data.schema import BY_NAME, example_loan
from tests.api.conftest import Serve
from tests.api.support import (
    CSV,
    PARQUET,
    Exchange,
    counted,
    csv_of,
    parquet_of,
    parquet_with_a_broken_end,
    part,
)
from tests.servers import wait_until
from tests.support import Value, random_documents

KINDS = {"csv": (CSV, csv_of), "parquet": (PARQUET, parquet_of)}
VERSION = "v20261123_101500"


def rows_of(text: str, output: str) -> list[dict[str, Any]]:
    if output == "ndjson":
        return [json.loads(line) for line in text.split("\n")[:-1]]
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def asked(client: TestClient, documents: list[dict[str, Value]], kind: str, output: str) -> Any:
    headers, write = KINDS[kind]
    query = {"output": output}
    return client.post("/predict/file", params=query, content=write(documents), headers=headers)


@pytest.mark.parametrize("output", ["csv", "ndjson"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_row_is_answered_or_told_why_not(plain: TestClient, kind: str, output: str) -> None:
    documents = random_documents(8, 21)
    documents[2]["plazo_meses"] = 0.0
    documents[5]["edad_cliente"] = 122.0
    answer = asked(plain, documents, kind, output)
    assert answer.status_code == 200
    media = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}
    assert answer.headers["content-type"] == media[output]
    assert answer.headers["x-model-version"] == VERSION
    rows = rows_of(answer.text, output)
    assert len(rows) == 8
    assert all(tuple(row) == FIELDS for row in rows)
    lines = [int(row["linea"]) for row in rows]
    assert lines == list(range(lines[0], lines[0] + 8))
    assert [bool(row["error"]) for row in rows] == [n == 2 for n in range(8)]
    assert "plazo_meses" in rows[2]["error"]
    assert not rows[2]["prediction"]
    assert not rows[2]["prediction_id"]
    assert "edad_cliente" in str(rows[5]["warnings"])
    good = [row for row in rows if not row["error"]]
    assert len({row["prediction_id"] for row in good}) == 7
    assert {row["model_version"] for row in good} == {VERSION}
    assert all(0 <= float(row["probability_class_1"]) <= 1 for row in good)


def test_csv_is_what_comes_back_unless_asked_otherwise(plain: TestClient) -> None:
    content = csv_of([example_loan()])
    answer = plain.post("/predict/file", content=content, headers=CSV)
    assert answer.text.splitlines()[0] == ",".join(FIELDS)
    odd = plain.post("/predict/file?output=xlsx", content=content, headers=CSV)
    assert odd.status_code == 422
    [error] = odd.json()["detail"]
    assert error["loc"] == ["query", "output"]
    assert error["msg"] == messages.bad_choice("xlsx", ("csv", "ndjson"))


def test_columns_in_any_order_and_more_of_them_are_taken(plain: TestClient) -> None:
    loan = example_loan()
    backwards = list(BY_NAME)[::-1]
    names = [*backwards, "Pago_atiempo", "nota"]
    values = [str(loan[name]) for name in backwards]
    content = "\n".join([",".join(names), ",".join([*values, "1", "x"])])
    answer = plain.post("/predict/file?output=ndjson", content=content, headers=CSV)
    assert answer.status_code == 200
    [row] = rows_of(answer.text, "ndjson")
    assert row["error"] is None


@pytest.mark.parametrize("output", ["csv", "ndjson"])
def test_a_file_without_rows_is_answered_without_rows(plain: TestClient, output: str) -> None:
    answer = asked(plain, [], "csv", output)
    assert answer.status_code == 200
    assert rows_of(answer.text, output) == []


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (b"", CSV),
        (b"a,b\n1,2\n", CSV),
        (b"\x00\x01\x02", CSV),
        (csv_of([example_loan()]) + b"\xff\n", CSV),
        (",".join(list(BY_NAME)[1:]).encode(), CSV),
        (b"", PARQUET),
        (b"PAR1", PARQUET),
        (b"PAR1" + b"\x00" * 100 + b"PAR1", PARQUET),
        (csv_of([example_loan()]), PARQUET),
        (parquet_of([example_loan()]), CSV),
        (parquet_of([example_loan()])[:-30], PARQUET),
    ],
    ids=range(11),
)
def test_what_is_no_file_of_loans_is_refused(
    plain: TestClient, content: bytes, headers: dict[str, str]
) -> None:
    answer = plain.post("/predict/file", content=content, headers=headers)
    assert answer.status_code == 422
    detail = answer.json()["detail"]
    assert isinstance(detail, str)
    assert "/tmp" not in detail  # noqa: S108 - where it was kept is nobody's business
    assert "ml-payment" not in detail
    assert plain.post("/predict/file", content=csv_of([example_loan()]), headers=CSV).is_success


def test_rows_that_are_none_are_errors_of_their_rows(plain: TestClient) -> None:
    lines = csv_of([example_loan()] * 2).splitlines()
    content = b"\n".join([lines[0], lines[1], b"a,b", lines[1] + b",1", lines[2], b""])
    answer = plain.post("/predict/file?output=ndjson", content=content, headers=CSV)
    assert answer.status_code == 200
    rows = rows_of(answer.text, "ndjson")
    assert [row["error"] is None for row in rows] == [True, False, False, True]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "multipart/form-data"])
def test_other_types_are_refused(plain: TestClient, kind: str) -> None:
    answer = plain.post("/predict/file", content=b"x", headers={"content-type": kind})
    assert answer.status_code == 415
    assert "text/csv" in answer.json()["detail"]


@pytest.mark.parametrize("announced", [True, False])
def test_a_file_beyond_the_limit_is_refused(plain: TestClient, announced: bool) -> None:
    limit = 1 << 20
    headers = {**CSV, **({"Content-Length": str(limit * 3)} if announced else {})}
    arriving = [part(b"x" * 100_000) for _ in range(30)]
    exchange = Exchange("POST", "/predict/file", arriving, headers).run(plain)
    assert exchange.status == 413
    assert json.loads(exchange.body)["detail"] == messages.body_too_large(limit)


def test_a_file_of_exactly_the_limit_is_taken(serve: Serve) -> None:
    content = csv_of(random_documents(9, 3))
    client = serve(max_file_bytes=len(content))
    assert client.post("/predict/file", content=content, headers=CSV).status_code == 200
    assert client.post("/predict/file", content=content + b"\n", headers=CSV).status_code == 413


def test_a_file_in_pieces_is_put_together(plain: TestClient) -> None:
    content = csv_of(random_documents(5, 4))
    pieces = [part(content[n : n + 17]) for n in range(0, len(content), 17)]
    exchange = Exchange("POST", "/predict/file", [*pieces, part(b"", more=False)], CSV).run(plain)
    assert exchange.status == 200
    assert exchange.body.count(b"\r\n") == 6


def test_a_large_file_comes_back_whole_in_several_parts(serve: Serve) -> None:
    client = serve()
    head, row, _ = csv_of([example_loan()]).split(b"\n")
    content = b"\n".join([head, *[row] * 120_000, b""])
    exchange = Exchange("POST", "/predict/file", [part(content, more=False)], CSV).run(client)
    assert exchange.status == 200
    assert exchange.body.count(b"\r\n") == 120_001
    assert len(exchange.sent) > 3
    wait_until(lambda: counted(client, "decisions_total") == 120_000, "each part is counted")


def test_a_file_that_breaks_off_in_the_middle_cuts_the_answer(serve: Serve) -> None:
    client = serve()
    broken = part(parquet_with_a_broken_end(example_loan()), more=False)
    exchange = Exchange("POST", "/predict/file", [broken], PARQUET)
    with pytest.raises(TruncatedError):
        exchange.run(client)
    assert exchange.status == 200
    assert exchange.body.count(b"\r\n") == 50_001
    assert exchange.sent[-1]["more_body"] is True  # nobody can take it for a whole answer
    assert client.post("/predict/file", content=csv_of([example_loan()]), headers=CSV).is_success
