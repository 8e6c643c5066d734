"""Many loans: pieces, refusals, interruptions, and a result or a reason for every row."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlops_pipeline import client as clients
from mlops_pipeline.dashboard.prediction import sources
from mlops_pipeline.dashboard.prediction.batch import BatchJob
from mlops_pipeline.dashboard.prediction.large_file import Sums, score_large
from mlops_pipeline.dashboard.prediction.loans_table import first_table
from mlops_pipeline.dashboard.prediction.results_csv import FIELDS, results_csv
from mlops_pipeline.dashboard.uploads import Upload
from mlops_pipeline.src.data.schema import COLUMNS, DATE, example_loan
from mlops_pipeline.src.errors import InputError, UnreadableFileError
from tests.dashboard.stub_service import StubService, predictions, refusal
from tests.support import Value, document, random_documents, same_tables, tables_of, write_csv


def job_of(loans: list[dict[str, Value]], tmp_path: Path, piece: int = 4) -> BatchJob:
    """Give a job of loans as a file would have them."""
    path = write_csv(tmp_path / "cartera.csv", loans, [1] * len(loans))
    rows = sources.read_rows(path.name, path.read_bytes(), 1_000)
    assert rows is not None
    return BatchJob.of(path.name, rows, piece)


def finish(job: BatchJob, service: StubService) -> None:
    """Send all that is left."""
    with service.client() as client:
        while not job.is_complete:
            job.step(client)


def written(job: BatchJob) -> list[dict[str, str]]:
    """Give the rows of a job's file of results."""
    text = results_csv(job, "por enviar").decode()
    return list(csv.DictReader(io.StringIO(text)))


# --- sources ---------------------------------------------------------------------------------


def test_what_is_sent_is_what_the_file_says(tmp_path: Path) -> None:
    loans = random_documents(30, 3)
    job = job_of(loans, tmp_path)
    assert job.rows.loans is not None
    sent = sources.documents(job.rows.loans, range(30))
    assert same_tables(tables_of(*sent), tables_of(*loans))
    assert json.loads(json.dumps(sent, allow_nan=False)) == sent


def test_parquet_is_read_too(tmp_path: Path) -> None:
    loans = random_documents(5, 3)
    path = tmp_path / "cartera.parquet"
    pq.write_table(pa.Table.from_pylist(loans), path)
    rows = sources.read_rows("carpeta/cartera.parquet", path.read_bytes(), 1_000)
    assert rows is not None
    assert (len(rows), rows.rejected) == (5, ())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "El archivo a.csv está vacío"),
        ("a.csv", b"PK\x03\x04zip", "a.csv es un archivo binario"),
        ("a.csv", b"x;y\n1;2\n", "separado por"),
        ("../../etc/a.csv", b"x,y\n1,2\n", "A a.csv le faltan columnas"),
        ("a.parquet", b"no", "a.parquet no es un archivo Parquet"),
        (f"{'largo' * 80}.csv", b"", "largo.csv está vacío"),
        ("nul\0o.csv", b"x,y\n1,2\n", "o.csv le faltan columnas"),
    ],
)
def test_a_file_that_is_none_says_why_without_a_path(name: str, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        sources.read_rows(name, content, 1_000)
    assert tempfile.gettempdir() not in str(caught.value)


def test_an_upload_lies_on_the_disk_under_a_name_of_our_own() -> None:
    upload = Upload.of("../cartera.PARQUET", io.BytesIO(b"loans"))
    with upload.on_disk() as path:
        assert (path.name, path.read_bytes()) == ("carga.parquet", b"loans")
    assert not path.parent.exists()
    with pytest.raises(InputError, match=r"^cartera\.PARQUET no sirve$"), upload.on_disk() as path:
        raise UnreadableFileError(f"{path} no sirve")


def test_a_long_file_is_not_kept_in_memory(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", random_documents(6, 1), [1] * 6)
    assert sources.read_rows("a.csv", path.read_bytes(), max_rows=5) is None
    assert len(sources.read_rows("a.csv", path.read_bytes(), max_rows=6) or ()) == 6


def test_an_edited_table_becomes_loans_and_empty_rows_none() -> None:
    table = first_table()
    table.loc[1] = [None] * len(COLUMNS)
    table.loc[2] = table.loc[0]
    table.loc[2, DATE] = "1/3/2026"
    table.loc[2, "puntaje"] = np.nan
    table.loc[2, "tipo_laboral"] = "con, coma"
    content = sources.table_csv(table.to_dict("records"))
    rows = sources.read_rows("tabla.csv", content, 1_000)
    assert rows is not None
    assert rows.loans is not None
    assert rows.rejected == ()
    first, second = sources.documents(rows.loans, range(2))
    assert first == loan_document(example_loan())
    assert (second[DATE], second["puntaje"], second["tipo_laboral"]) == (
        "2026-03-01 00:00:00",
        None,
        "con, coma",
    )


def loan_document(loan: Mapping[str, Value]) -> dict[str, Value]:
    """Give a loan's document as JSON would bring it back."""
    return dict(json.loads(json.dumps(dict(loan))))


def test_a_table_s_bad_date_keeps_its_reason() -> None:
    content = sources.table_csv([{**example_loan(), DATE: "31/02/2026"}])
    rows = sources.read_rows("tabla.csv", content, 1_000)
    assert rows is not None
    assert rows.loans is None
    assert "31/02/2026" in rows.rejected[0].reason


def test_the_template_is_a_file_that_can_be_scored() -> None:
    rows = sources.read_rows("plantilla.csv", sources.template_csv(), 1_000)
    assert rows is not None
    assert (len(rows), rows.rejected) == (1, ())


# --- pieces ----------------------------------------------------------------------------------


def test_all_loans_are_sent_once_in_pieces(tmp_path: Path) -> None:
    loans = random_documents(10, 5)
    job, service = job_of(loans, tmp_path), StubService()
    finish(job, service)
    assert [len(body["data"]) for body in service.posted] == [4, 4, 2]
    assert (job.done, job.wanted, job.scores().loans) == (10, 10, 10)
    rows = written(job)
    assert [row["linea"] for row in rows] == [str(line) for line in range(2, 12)]
    for row, loan in zip(rows, loans, strict=True):
        age = loan["edad_cliente"]
        assert isinstance(age, int | float)
        assert float(row["probability_class_1"]) == age / 100
        assert float(row["edad_cliente"]) == age
        assert row["error"] == ""


def test_rows_that_are_no_loans_stay_in_their_place_with_the_reason(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv", [*random_documents(4, 5), document(edad_cliente=17)], [1] * 5
    )
    lines = path.read_text(encoding="utf-8").splitlines()
    lines.insert(2, "=rota,fila")
    rows = sources.read_rows("a.csv", "\n".join(lines).encode(), 1_000)
    assert rows is not None
    job = BatchJob.of("a.csv", rows)
    finish(job, StubService())
    found = written(job)
    assert [row["linea"] for row in found] == ["2", "3", "4", "5", "6", "7"]
    assert "2 campos" in found[1]["error"]
    assert found[1]["fila_original"] == "'=rota,fila"  # no spreadsheet computes it
    assert "edad_cliente: 17 está fuera" in found[5]["error"]
    assert [bool(row["prediction"]) for row in found] == [True, False, True, True, True, False]
    assert [row.line for row in job.without_prediction(10)] == [3, 7]
    assert [row.line for row in job.without_prediction(1)] == [3]


def with_own_columns(path: Path) -> Path:
    """Write three loans, one of them impossible, between a customer's id and other columns."""
    loans = [document(edad_cliente=age) for age in (30, 17, 50)]
    notes = ["=1+1", 'con "comillas", coma', "dos\nlíneas"]
    rows = [
        {"cliente": f"C-{n}", **loan, "nota": note, "error": n}
        for n, (loan, note) in enumerate(zip(loans, notes, strict=True))
    ]
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    else:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return path


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_file_s_own_columns_go_back_and_are_not_sent(name: str, tmp_path: Path) -> None:
    path = with_own_columns(tmp_path / name)
    rows = sources.read_rows(name, path.read_bytes(), 1_000)
    assert rows is not None
    job, service = BatchJob.of(name, rows), StubService()
    finish(job, service)
    assert not {"cliente", "nota", "error"} & service.posted[0]["data"][0].keys()
    found = written(job)
    assert [row["cliente"] for row in found] == ["C-0", "C-1", "C-2"]
    assert [row["nota"] for row in found] == ["'=1+1", 'con "comillas", coma', "dos\nlíneas"]
    assert [row["error_original"] for row in found] == ["0", "1", "2"]
    assert [bool(row["error"]) for row in found] == [False, True, False]


def test_an_unreadable_line_has_no_own_columns_and_moves_no_other_s(tmp_path: Path) -> None:
    lines = with_own_columns(tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    lines.insert(2, 'una,"fila rota')
    rows = sources.read_rows("a.csv", "\n".join(lines).encode(), 1_000)
    assert rows is not None
    found = written(BatchJob.of("a.csv", rows))
    assert [(row["linea"], row["cliente"]) for row in found] == [
        ("2", "C-0"),
        ("3", ""),
        ("4", "C-1"),
        ("5", "C-2"),
    ]


def test_a_damaged_own_column_of_parquet_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    bad = pa.array([b"\xff\xfe"]).view(pa.string())
    table = pa.Table.from_pylist([document()]).append_column("nota", bad)
    pq.write_table(table, path)
    with pytest.raises(InputError, match=r"a\.parquet"):
        sources.read_rows("a.parquet", path.read_bytes(), 1_000)


def choosy(request: httpx.Request) -> httpx.Response:
    """Refuse, as the service does, every piece that has a loan of 60 months; name two at most."""
    loans = json.loads(request.content)["data"]
    bad: list[dict[str, Any]] = [
        {"type": "x", "loc": ["body", "data", place, "plazo_meses"], "msg": "no se admite"}
        for place, loan in enumerate(loans)
        if loan["plazo_meses"] == 60
    ]
    if not bad:
        return predictions([0.95] * len(loans), [])
    more = [{"type": "more_errors", "loc": [], "msg": "hay más"}] if len(bad) > 2 else []
    return refusal(422, [*bad[:2], *more])


def test_the_loans_to_blame_are_set_apart_and_the_others_predicted(tmp_path: Path) -> None:
    terms = [12, 60, 60, 12, 60, 60, 60, 12]
    job = job_of([document(plazo_meses=term) for term in terms], tmp_path, piece=5)
    service = StubService(handler=choosy)
    finish(job, service)
    assert [row["error"] for row in written(job)] == [
        "plazo_meses: no se admite" if term == 60 else "" for term in terms
    ]
    assert [bool(row["prediction"]) for row in written(job)] == [term == 12 for term in terms]


def test_a_refusal_that_blames_no_loan_is_not_asked_for_ever(tmp_path: Path) -> None:
    job, service = job_of(random_documents(3, 5), tmp_path), StubService([refusal(422, "no")])
    with service.client() as client, pytest.raises(clients.InvalidLoan):
        job.step(client)
    assert (job.done, len(service.asked)) == (0, 1)


def test_pieces_shrink_to_the_service_s_limit(tmp_path: Path) -> None:
    job, service = job_of(random_documents(10, 5), tmp_path, piece=8), StubService(max_loans=3)
    finish(job, service)
    assert [len(body["data"]) for body in service.posted] == [8, 4, 2, 2, 2, 2, 2]
    assert job.scores().loans == 10


def test_a_loan_that_is_too_large_alone_keeps_the_reason(tmp_path: Path) -> None:
    job, service = job_of(random_documents(2, 5), tmp_path), StubService(max_loans=0)
    finish(job, service)
    assert all("más grande" in row["error"] for row in written(job))


def test_what_was_answered_is_kept_when_the_service_goes_away(tmp_path: Path) -> None:
    job = job_of(random_documents(10, 5), tmp_path)
    service = StubService([None, httpx.ConnectError])
    with pytest.raises(clients.ServiceUnreachable):
        finish(job, service)
    assert job.done == 4
    assert [row["error"] for row in written(job)] == [""] * 4 + ["por enviar"] * 6
    service.fails = []
    finish(job, service)
    assert [len(body["data"]) for body in service.posted] == [4, 4, 4, 2]  # the second one failed
    assert job.scores().loans == 10


# --- large files -----------------------------------------------------------------------------

HEAD = ",".join(FIELDS)


def test_a_large_file_s_answer_is_kept_on_disk_and_summed_up() -> None:
    rows = [f"{line},1,0.95,paga,id,v1,,\r\n" for line in range(2, 152)]
    rows[3] = "5,,,,,,,no sirve\r\n"
    rows[4] = '6,0,0.25,mora,id,v1,"edad: a, b",\r\n'
    body = (HEAD + "\r\n" + "".join(rows)).encode()
    service = StubService(handler=lambda _: httpx.Response(200, content=body))
    told: list[int] = []
    with service.client() as client:
        found = score_large(client, "a.csv", io.BytesIO(b"loans"), "r-1", told.append)
    assert service.asked[0].content == b"loans"
    assert service.asked[0].headers["Content-Type"] == "text/csv"
    assert found.content() == body
    assert told[-1] == 150
    sums = found.sums
    assert (sums.rows, sums.scores.loans, int(sums.scores.risk.sum())) == (150, 149, 1)
    assert [row["error"] for row in sums.refused] == ["no sirve"]
    assert (len(sums.head), sums.versions) == (100, {"v1"})
    assert sums.median == pytest.approx(0.95, abs=1e-4)
    path = found.kept.path
    del found
    assert not path.parent.exists()


def test_a_large_file_s_broken_answer_leaves_nothing() -> None:
    service = StubService([httpx.ReadError])
    with service.client() as client, pytest.raises(clients.ServiceUnreachable):
        score_large(client, "a.parquet", io.BytesIO(b"x"), "r-1", lambda _: None)
    assert service.asked[0].headers["Content-Type"] == "application/vnd.apache.parquet"


def test_no_rows_have_no_median() -> None:
    sums = Sums()
    sums.flush()
    assert (sums.rows, sums.median) == (0, None)
