"""Readers, attacked: every file is read exactly, or refused with one sentence that says why."""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from mlops_pipeline import messages
from mlops_pipeline.api.wire import LoanApplication
from mlops_pipeline.src.data import csv_careful, csv_lines, parquet_batches, readers
from mlops_pipeline.src.data.generator import write_portfolio
from mlops_pipeline.src.data.readers import Portfolio, open_loans, read_portfolio
from mlops_pipeline.src.data.samples import sample_documents
from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS, DATE, HEADER, NUMERIC, TARGET, Kind
from mlops_pipeline.src.errors import (
    InputError,
    MissingColumnsError,
    NotEnoughLoansError,
    UnreadableFileError,
)
from tests.support import (
    Value,
    csv_lines_of,
    document,
    printable,
    random_documents,
    same_tables,
    tables_of,
    write_csv,
)

GOOD = ",".join(csv_lines_of([document()], [1])[0])
HEAD = ",".join(HEADER)


def row(**changes: object) -> str:
    """Give the example loan as a line of CSV, texts as they are given."""
    fields = {**dict(zip(HEADER, GOOD.split(","), strict=True)), **changes}
    return ",".join(str(fields[name]) for name in HEADER)


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    """Write a header and lines."""
    path.write_bytes(end.join([HEAD, *lines, ""]).encode())
    return path


def read(tmp_path: Path, *lines: str, end: str = "\n") -> Portfolio:
    """Write lines under the header and read them."""
    return read_portfolio(write(tmp_path / "loans.csv", *lines, end=end))


def only_reason(tmp_path: Path, line: str) -> str:
    """Give the reason why a line is rejected, beside a good one."""
    portfolio = read(tmp_path, GOOD, line, GOOD)
    assert len(portfolio.loans) == 2
    (rejected,) = portfolio.rejected
    assert rejected.line == 3
    return rejected.reason


# --- what is no file of loans ----------------------------------------------------------------


def _xlsx() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return stream.getvalue()


def _parquet() -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"", "está vacío"),
        ("a.parquet", b"", "está vacío"),
        ("a.csv", b"\n", "no es un encabezado"),
        ("a.csv", b"\n\n\n", "no es un encabezado"),
        ("a.csv", b",,,\n1,2,3,4\n", "no es un encabezado"),
        ("a.csv", b'"tipo_credito,fecha\n1,2\n', "no es un encabezado"),
        ("a.csv", b"\xef\xbb\xbf", "no es un encabezado"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binario"),
        ("a.csv", gzip.compress(HEAD.encode()), "binario"),
        ("a.csv", _xlsx(), "binario"),
        ("a.csv", _parquet(), "binario"),
        ("a.csv", HEAD.encode("utf-16"), "UTF-16"),
        ("a.csv", HEAD.encode("utf-16-be"), "binario"),
        ("a.csv", f"{HEAD}\n{row(tipo_laboral='Pensión')}\n".encode("latin-1"), "byte 0xf3"),
        ("a.csv", f"{HEAD},año\n".encode("cp1252"), "byte 0xf1"),
        ("a.csv", HEAD.replace(",", ";").encode(), "separado por «;»"),
        ("a.csv", HEAD.replace(",", "\t").encode(), "separado por «tabulador»"),
        ("a.csv", HEAD.replace(",", "|").encode(), "separado por «|»"),
        ("a.parquet", f"{HEAD}\n{GOOD}\n".encode(), "no es un archivo Parquet"),
        ("a.PARQUET", b"PAR1PAR1", "no es un archivo Parquet"),
        ("a.parquet", _parquet()[:-9], "no es un archivo Parquet"),
    ],
)
def test_what_is_no_file_of_loans_is_refused(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        read_portfolio(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["none.csv", "none.parquet", "a_file/loans.csv"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    (tmp_path / "a_file").write_text("x")
    with pytest.raises(UnreadableFileError, match="No existe el archivo"):
        read_portfolio(tmp_path / name)


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No se puede abrir"):
        read_portfolio(tmp_path / ("x" * 300 + ".csv"))


@pytest.mark.parametrize("name", ["folder.csv", "folder.parquet"])
def test_a_folder_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(UnreadableFileError, match=r"no es un archivo \(¿es una carpeta\?\)"):
        read_portfolio(tmp_path / name)


def test_a_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path / "a.csv", GOOD)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableFileError, match=r"No se puede abrir .*Permission denied"):
        read_portfolio(path)


def test_a_wrong_byte_far_down_refuses_the_file_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    good = f"{GOOD}\n".encode() * 2_000
    path.write_bytes(f"{HEAD}\n".encode() + good + b"\xf1\n" + good)
    with pytest.raises(UnreadableFileError, match="byte 0xf1"):
        read_portfolio(path)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_header_alone_has_no_loans(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        write(path)
    else:
        pq.write_table(pa.table({name: pa.array([], pa.string()) for name in HEADER}), path)
    with pytest.raises(NotEnoughLoansError, match="no tiene filas de datos, solo el encabezado"):
        read_portfolio(path)


def test_a_file_whose_rows_are_all_rejected_says_how_many(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughLoansError, match="2 rechazadas"):
        read(tmp_path, row(plazo_meses=0), row(plazo_meses=-1))


# --- the header ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [c.name for c in COLUMNS if c.required] + [TARGET])
def test_a_missing_column_is_named(tmp_path: Path, name: str) -> None:
    left = [column for column in HEADER if column != name]
    path = write_csv(tmp_path / "a.csv", [document()], [1], left)
    with pytest.raises(MissingColumnsError) as caught:
        read_portfolio(path)
    assert f"le faltan columnas: {name}" in str(caught.value)


def test_the_nearest_name_is_offered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD.replace("salario_cliente", "Salario_Cliente") + "\n" + GOOD)
    with pytest.raises(MissingColumnsError, match=r"salario_cliente \(¿Salario_Cliente\?\)"):
        read_portfolio(path)


def test_all_missing_columns_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(MissingColumnsError) as caught:
        read_portfolio(path)
    assert all(c.name in str(caught.value) for c in COLUMNS if c.required)


def test_one_column_alone_is_not_taken_for_another_separator(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("tipo_credito\n4\n")
    with pytest.raises(MissingColumnsError, match="le faltan columnas: fecha_prestamo"):
        read_portfolio(path)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_repeated_column_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        path.write_text(f"{HEAD},plazo_meses\n{GOOD},12\n")
    else:
        names = [*HEADER, "plazo_meses"]
        pq.write_table(pa.Table.from_arrays([pa.array(["1"])] * len(names), names=names), path)
    with pytest.raises(MissingColumnsError, match="columnas repetidas: plazo_meses"):
        read_portfolio(path)


def test_the_internal_score_may_be_absent(tmp_path: Path) -> None:
    left = [column for column in HEADER if column != "puntaje"]
    path = write_csv(tmp_path / "a.csv", [document()] * 3, [1, 0, 1], left)
    csv_loans = read_portfolio(path).loans
    loans = read_portfolio(to_parquet(path, tmp_path / "a.parquet", {})).loans
    assert same_tables(loans, csv_loans)
    assert np.isnan(loans.numbers["puntaje"]).all()
    assert not np.isnan(loans.numbers["puntaje_datacredito"]).any()


def test_the_target_may_be_absent_where_it_is_not_asked_for(tmp_path: Path) -> None:
    left = [column for column in HEADER if column != TARGET]
    path = write_csv(tmp_path / "a.csv", [document()] * 2, ["", ""], left)
    portfolio = read_portfolio(path, with_target=False)
    assert portfolio.loans.target is None
    assert same_tables(portfolio.loans, tables_of(document(), document()))


def test_a_bad_target_does_not_matter_where_none_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", row(Pago_atiempo="?"))
    assert len(read_portfolio(path, with_target=False).loans) == 1


def test_columns_may_stand_in_any_order_with_others_among_them(tmp_path: Path) -> None:
    documents, targets = random_documents(40, 1), [1, 0] * 20
    plain = read_portfolio(write_csv(tmp_path / "a.csv", documents, targets))
    columns = ["nota", *reversed(HEADER), "otra"]
    widened = [{**one, "nota": "x", "otra": None} for one in documents]
    mixed = read_portfolio(write_csv(tmp_path / "b.csv", widened, targets, columns))
    assert same_tables(plain.loans, mixed.loans)
    assert plain.ignored_columns == ()
    assert mixed.ignored_columns == ("nota", "otra")


def test_blanks_around_a_column_s_name_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEAD.replace(",", " , ") + f"\n{GOOD}\n")
    assert len(read_portfolio(path).loans) == 1


# --- the file's form -------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last_end", [True, False])
def test_line_ends_and_byte_order_mark_do_not_matter(
    tmp_path: Path, end: str, mark: bytes, last_end: bool
) -> None:
    path = tmp_path / "a.csv"
    text = end.join([HEAD, GOOD, row(plazo_meses=6), row(plazo_meses=0), GOOD])
    path.write_bytes(mark + (text + end if last_end else text).encode())
    portfolio = read_portfolio(path)
    assert portfolio.loans.numbers["plazo_meses"].tolist() == [12, 6, 12]
    assert portfolio.loans.lines.tolist() == [2, 3, 5]
    assert [rejected.line for rejected in portfolio.rejected] == [4]


def test_blank_lines_are_no_rows_but_count_as_lines(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "", GOOD, "", "", row(plazo_meses=0), "")
    assert portfolio.loans.lines.tolist() == [3]
    assert [rejected.line for rejected in portfolio.rejected] == [6]
    assert portfolio.rows_read == 2


def test_the_hash_is_that_of_the_file_s_bytes(tmp_path: Path) -> None:
    portfolio = read(tmp_path, GOOD)
    content = (tmp_path / "loans.csv").read_bytes()
    assert portfolio.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f"{GOOD},", "tiene 24 campos y el encabezado 23"),
        (GOOD.rpartition(",")[0], "tiene 22 campos y el encabezado 23"),
        ("hola", "tiene 1 campos y el encabezado 23"),
        ("   ", "tiene 1 campos y el encabezado 23"),
        (row(tipo_laboral='"Empleado" '), "comillas"),
        (row(tipo_laboral='"Emple"ado'), "comillas"),
        (row(tipo_laboral='"Empleado'), "comillas"),
        (row(tipo_credito='"4'), "comillas"),
        (row(Pago_atiempo='"1'), "comillas"),
    ],
)
def test_a_broken_line_alone_is_lost(tmp_path: Path, line: str, reason: str) -> None:
    portfolio = read(tmp_path, GOOD, line, row(plazo_meses=6), GOOD)
    (rejected,) = portfolio.rejected
    assert (rejected.line, rejected.content) == (3, line)
    assert reason in rejected.reason
    assert portfolio.loans.lines.tolist() == [2, 4, 5]
    assert portfolio.loans.numbers["plazo_meses"].tolist() == [12, 6, 12]


@pytest.mark.parametrize("closed", [False, True])
def test_a_stray_quote_in_the_middle_of_a_big_file_loses_its_line_only(
    tmp_path: Path, closed: bool
) -> None:
    lines = [row(plazo_meses=1 + number % 100) for number in range(4_000)]
    lines[2_000] = row(tipo_laboral='"Empleado')
    if closed:  # the quote's text ends in a row of the right width
        lines[3_000] = row(tipo_laboral='Empleado"')
    portfolio = read(tmp_path, *lines)
    assert [(r.line, r.content) for r in portfolio.rejected] == [(2_002, lines[2_000])]
    assert len(portfolio.loans) == 3_999
    assert 2_002 not in portfolio.loans.lines
    assert portfolio.loans.numbers["plazo_meses"][2_000] == 2_001 % 100 + 1


@pytest.mark.parametrize("name", HEADER)
def test_two_stray_quotes_in_a_column_of_the_loan_hide_no_rows(tmp_path: Path, name: str) -> None:
    lines = [row(**{name: '"'}), row(**{name: '"'}), GOOD]
    portfolio = read(tmp_path, *lines)
    assert portfolio.loans.lines.tolist() == [4]
    assert [(one.line, one.content) for one in portfolio.rejected] == [(2, lines[0]), (3, lines[1])]


def test_a_quoted_text_may_end_in_a_newline(tmp_path: Path) -> None:
    portfolio = read(tmp_path, row(tendencia_ingresos='"Estable\n"'), GOOD)
    assert portfolio.loans.texts["tendencia_ingresos"].tolist() == ["Estable", "Creciente"]
    assert portfolio.loans.lines.tolist() == [2, 4]


@pytest.mark.parametrize("distance", [1, 2, 50])
@pytest.mark.parametrize("place", [0, 23])
def test_quotes_in_an_unknown_column_hide_no_rows(
    tmp_path: Path, distance: int, place: int
) -> None:
    def line(note: str) -> str:
        fields = GOOD.split(",")
        return ",".join([*fields[:place], note, *fields[place:]])

    names = [*HEADER[:place], "nota", *HEADER[place:]]
    lines = [line("") for _ in range(60)]
    lines[3] = line('"abre')
    lines[3 + distance] = line('cierra"')
    path = tmp_path / "a.csv"
    path.write_text("\n".join([",".join(names), *lines]) + "\n")
    portfolio = read_portfolio(path)
    assert portfolio.rows_read == 60
    assert [rejected.line for rejected in portfolio.rejected] == [5]
    assert "comillas" in portfolio.rejected[0].reason


def test_texts_with_commas_quotes_and_newlines_are_kept_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    notes = ['"uno, dos"', '"dice ""sí"""', '"tres\nlíneas\r\ny, más"', '"última\n"']
    bad = row(plazo_meses=0)
    lines = [f"{note},{row(plazo_meses=number)}" for number, note in enumerate(notes, 1)]
    path.write_bytes("\n".join([f"nota,{HEAD}", *lines, f"x,{bad}", f"x,{GOOD}", ""]).encode())
    portfolio = read_portfolio(path)
    assert portfolio.loans.numbers["plazo_meses"].tolist() == [1, 2, 3, 4, 12]
    assert portfolio.loans.lines.tolist() == [2, 3, 4, 7, 10]
    assert [(rejected.line, rejected.content) for rejected in portfolio.rejected] == [
        (9, f"x,{bad}")
    ]


def test_a_broken_line_after_rows_of_several_lines_has_its_right_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = [f'"a\nb\nc",{GOOD}', "corta", f'"d\ne",{GOOD}', f'"f,{GOOD}', f"g,{GOOD}"]
    path.write_text("\n".join([f"nota,{HEAD}", *lines]))
    portfolio = read_portfolio(path)
    assert portfolio.loans.lines.tolist() == [2, 6, 9]
    assert [rejected.line for rejected in portfolio.rejected] == [5, 8]


def test_a_rejected_row_is_written_as_it_came_even_with_repeated_unknown_columns(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.csv"
    bad = row(plazo_meses=0)
    path.write_text(f'{HEAD},x,x,,\n{GOOD},1,2,3,4\n{bad},"1,5",2,3,4\n')
    portfolio = read_portfolio(path)
    assert portfolio.rejected[0].content == f'{bad},"1,5",2,3,4'


def test_a_very_long_broken_line_is_cut(tmp_path: Path) -> None:
    portfolio = read(tmp_path, GOOD, "x" * 5_000)
    assert portfolio.rejected[0].content == "x" * 1_000 + "…"


def test_a_field_longer_than_csv_takes_loses_its_line_only(tmp_path: Path) -> None:
    portfolio = read(tmp_path, GOOD, row(tipo_laboral="x" * 140_000), GOOD)
    assert portfolio.loans.lines.tolist() == [2, 4]
    assert len(portfolio.rejected[0].content) == 1_001


def test_a_nul_deep_inside_loses_its_line_only(tmp_path: Path) -> None:
    lines = [GOOD] * 2_000
    lines[1_000] = row(salario_cliente="35\x0000000")
    portfolio = read(tmp_path, *lines)
    assert [rejected.line for rejected in portfolio.rejected] == [1_002]


def test_a_nul_near_the_start_means_that_the_file_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="binario"):
        read(tmp_path, GOOD, row(salario_cliente="35\x0000000"))


# --- values ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3500000", 3_500_000),
        (" 3500000 ", 3_500_000),
        ("3.5e6", 3_500_000),
        ("+3500000.50", 3_500_000.5),
        ("-0", 0),
        ("0", 0),
        ('"3500000"', 3_500_000),
        ("1e-400", 0),
    ],
)
def test_numbers(tmp_path: Path, text: str, value: float) -> None:
    loans = read(tmp_path, row(salario_cliente=text)).loans
    assert loans.numbers["salario_cliente"].tolist() == [value]


@pytest.mark.parametrize(
    "text",
    [
        "1_000_000",
        "3.500.000",
        "3 500 000",
        '"3,500,000"',
        '"3500000,50"',
        "$3500000",
        "٣٥٠٠٠٠٠",
        "３５０００００",
        "\u00a03500000",
        "3500000−",
        "0x10",
        "1e",
        "--1",
        "True",
        "tres",
        "ninguno",
    ],
)
def test_what_is_no_number_is_rejected_once_with_what_came(tmp_path: Path, text: str) -> None:
    reason = only_reason(tmp_path, row(salario_cliente=text))
    shown = printable(text.strip('"'))
    assert reason == (
        f"salario_cliente: «{shown}» no es un número (decimales con punto, sin separador de miles)"
    )


@pytest.mark.parametrize("text", ["1e400", "inf", "Infinity", "+INF", "-inf", "1e12000", "-1"])
def test_what_no_salary_can_be_is_rejected_with_the_bounds(tmp_path: Path, text: str) -> None:
    reason = only_reason(tmp_path, row(salario_cliente=text))
    assert "está fuera de lo posible [0; 1.000.000.000.000]" in reason


@pytest.mark.parametrize("text", ["", " ", "nan", "NaN", "null", "NULL", "None", "N/A", "<NA>"])
def test_nulls(tmp_path: Path, text: str) -> None:
    reason = only_reason(tmp_path, row(salario_cliente=text))
    assert reason == "salario_cliente: falta el valor y es obligatorio"
    changes = {"puntaje_datacredito": text, "tendencia_ingresos": text}
    loans = read(tmp_path, row(**changes)).loans
    assert np.isnan(loans.numbers["puntaje_datacredito"]).all()
    assert loans.texts["tendencia_ingresos"].tolist() == [None]


@pytest.mark.parametrize("column", NUMERIC, ids=lambda column: column.name)
def test_each_bound_belongs_to_what_is_possible(tmp_path: Path, column: Any) -> None:
    low, high = column.possible.low, column.possible.high
    portfolio = read(
        tmp_path, *(row(**{column.name: repr(value)}) for value in (low, low - 1, high, high + 1))
    )
    assert portfolio.loans.numbers[column.name].tolist() == [low, high]
    assert [rejected.line for rejected in portfolio.rejected] == [3, 5]
    assert all(r.reason.startswith(f"{column.name}: ") for r in portfolio.rejected)


@pytest.mark.parametrize("name", [c.name for c in NUMERIC if c.is_whole])
def test_what_must_be_whole(tmp_path: Path, name: str) -> None:
    assert "debe ser un número entero" in only_reason(tmp_path, row(**{name: "19.5"}))
    assert read(tmp_path, row(**{name: "19.0"})).loans.numbers[name].tolist() == [19]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"plazo_meses": "12.0000001"}, "plazo_meses: 12,0000001 debe ser un número entero"),
        ({"salario_cliente": "-1e-9"}, "salario_cliente: -1e-09 está fuera de lo posible"),
        ({"salario_cliente": "-1234567.5"}, "salario_cliente: -1.234.567,5 está fuera"),
        ({"salario_cliente": "1e300"}, "salario_cliente: 1e+300 está fuera"),
        ({"capital_prestado": "-0"}, "capital_prestado: 0 está fuera"),
    ],
)
def test_reasons_show_the_number_that_came(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    assert only_reason(tmp_path, row(**changes)).startswith(said)


def test_a_number_beyond_all_floats_can_be_shown() -> None:
    assert messages.number(-(10**400)) == "-1,00000e+400"
    assert messages.number(10**15) == "1,00000e+15"


@pytest.mark.parametrize("text", ["2", "", "-1", "0.5", "01", "sí", "True", "nan", "1e0", "１"])
def test_targets_that_are_neither_0_nor_1(tmp_path: Path, text: str) -> None:
    reason = only_reason(tmp_path, row(Pago_atiempo=text))
    assert reason == f"Pago_atiempo: «{text}» no es 0 (en mora) ni 1 (a tiempo)"


def test_targets(tmp_path: Path) -> None:
    texts = ["0", "1", "0.0", "1.0", " 1 "]
    loans = read(tmp_path, *(row(Pago_atiempo=text) for text in texts)).loans
    assert loans.target is not None
    assert loans.target.tolist() == [0, 1, 0, 1, 1]


@pytest.mark.parametrize(
    "text", ["", "2025-02-30", "1700-01-01", "09/03/2025", "2025-03-09 25:00:00", "45725", "hoy"]
)
def test_impossible_dates(tmp_path: Path, text: str) -> None:
    assert only_reason(tmp_path, row(fecha_prestamo=text)).startswith("fecha_prestamo: ")


def test_dates_of_every_shape_may_stand_together(tmp_path: Path) -> None:
    texts = [
        "2025-03-09T17:00:00Z",
        "2025-03-09 12:00:00",
        "2025-03-09T12:00",
        "2025-03-09T12:00:00.125",
        "2025-03-09T18:00:00+01:00",
        " 2025-03-09 12:00:00 ",
    ]
    loans = read(tmp_path, *(row(fecha_prestamo=text) for text in texts), GOOD).loans
    assert len(set(loans.seconds[:-1].tolist())) == 1


def test_texts_are_stripped_and_may_be_unseen(tmp_path: Path) -> None:
    loans = read(tmp_path, row(tipo_laboral=" Empleado "), row(tipo_laboral="Pensión 1")).loans
    assert loans.texts["tipo_laboral"].tolist() == ["Empleado", "Pensión 1"]


def test_texts_have_a_longest_length_blanks_around_apart(tmp_path: Path) -> None:
    assert "el texto tiene 65 caracteres; se aceptan hasta 64" in only_reason(
        tmp_path, row(tipo_laboral="x" * 65)
    )
    assert len(read(tmp_path, row(tipo_laboral=" " * 70 + "x" * 64)).loans) == 1


def test_a_row_says_all_that_is_wrong_with_it(tmp_path: Path) -> None:
    reason = only_reason(
        tmp_path,
        row(
            plazo_meses="0",
            edad_cliente="x",
            salario_cliente="",
            tipo_laboral="",
            fecha_prestamo="ayer",
            Pago_atiempo="2",
        ),
    )
    named = [part.partition(":")[0] for part in reason.split("; ") if ": " in part]
    assert named == [
        "plazo_meses",
        "edad_cliente",
        "salario_cliente",
        "tipo_laboral",
        "fecha_prestamo",
        "Pago_atiempo",
    ]


# --- chunks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000])
def test_chunks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    lines = [f",{row(plazo_meses=1 + number)}" for number in range(30)]
    lines[4] = f'"dos\nlíneas",{row(plazo_meses=0)}'
    lines[8] = "corta"
    lines[13] = f'"abierta,{GOOD}'
    path = tmp_path / "a.csv"
    path.write_text("\n".join([f"nota,{HEAD}", *lines]) + "\n")
    whole = read_portfolio(path)
    monkeypatch.setattr(readers, "CHUNK_ROWS", size)
    in_chunks = read_portfolio(path)
    assert same_tables(whole.loans, in_chunks.loans)
    assert whole.loans.lines.tolist() == in_chunks.loans.lines.tolist()
    assert [r.line for r in whole.rejected] == [6, 11, 16]
    assert in_chunks.rejected == whole.rejected
    assert in_chunks.rows_read == 30


def test_chunks_have_at_most_their_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "CHUNK_ROWS", 4)
    documents = random_documents(10, 2)
    csv_path = write_csv(tmp_path / "a.csv", documents, [1] * 10)
    for path in (csv_path, to_parquet(csv_path, tmp_path / "a.parquet", {})):
        _, chunks = open_loans(path, with_target=True)
        sizes = [len(chunk.loans) for chunk in chunks]
        assert [size for size in sizes if size] == [4, 4, 2]


_FIELDS = st.sampled_from(
    ["", " ", "0", "1", "-1", "18", "19.5", "nan", "inf", "1e400", "x", "1_0", '"', '"7"', "7,7"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(st.sampled_from(HEADER), _FIELDS, max_size=2).map(lambda d: row(**d))
        | st.sampled_from([GOOD, GOOD, "corta", "   ", f"{GOOD},"]),
        max_size=12,
    ),
    st.integers(1, 5),
)
def test_nothing_is_lost(tmp_path: Path, lines: list[str], size: int) -> None:
    """Every line is a loan or a rejected row, each once, with its own number and content."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "CHUNK_ROWS", size)
        portfolio = read(tmp_path, GOOD, *lines)
    rejected = {one.line: one.content for one in portfolio.rejected}
    assert len(rejected) == len(portfolio.rejected)
    assert sorted([*portfolio.loans.lines, *rejected]) == list(range(2, len(lines) + 3))
    for number, content in rejected.items():
        plain = lines[number - 3].replace('"7"', "7")
        assert content.replace('"', "") == plain.replace('"', "")


# --- one verdict with the service ------------------------------------------------------------


def _accepted(one: dict[str, object]) -> bool:
    """Tell whether the service takes a loan."""
    try:
        LoanApplication.model_validate(one)
    except ValidationError:
        return False
    return True


def _values() -> st.SearchStrategy[tuple[str, Value]]:
    """Give a column and a value for it, near and beyond what is possible."""
    numbers = st.sampled_from([-1e13, -101.0, -0.0, 0.5, 17.0, 130.5, 601.0, 1e12, 1e13])
    strategies = []
    for column in COLUMNS:
        values: st.SearchStrategy[Value]
        if column.kind is Kind.MOMENT:
            values = st.sampled_from(
                ["2025-02-30", "1700-01-01", "2025-01-01T10:00Z", "2025-1-1", "2100-12-31", "x"]
            )
        elif column.is_text:
            values = st.none() | st.sampled_from(["", " ", "Otro", "x" * 64, "x" * 65, " a "])
        else:
            assert column.possible is not None
            low, high = column.possible.low, column.possible.high
            near = [low, high, low - 1, high + 1, low + 0.5, float(np.nextafter(high, np.inf))]
            values = st.none() | numbers | st.sampled_from(near)
        strategies.append(st.tuples(st.just(column.name), values))
    return st.one_of(strategies)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_values(), min_size=1, max_size=25))
def test_a_file_and_the_service_take_the_same_loans(
    tmp_path: Path, changes: list[tuple[str, Value]]
) -> None:
    documents = [document(**{name: value}) for name, value in changes]
    path = write_csv(tmp_path / "a.csv", [document(), *documents], [1] * (len(documents) + 1))
    portfolio = read_portfolio(path)
    taken = {int(line) - 3 for line in portfolio.loans.lines[1:]}
    for position, one in enumerate(documents):
        null = one["tendencia_ingresos"]  # an empty field is null in a file, a text is none in JSON
        same = {**one, "tendencia_ingresos": None} if str(null).strip() == "" else one
        assert (position in taken) == _accepted(dict(same)), changes[position]


def test_a_document_and_its_line_are_the_same_loan(tmp_path: Path) -> None:
    documents = random_documents(100, 3)
    path = write_csv(tmp_path / "a.csv", documents, [1] * 100)
    assert same_tables(read_portfolio(path, with_target=False).loans, tables_of(*documents))


# --- Parquet ---------------------------------------------------------------------------------


def to_parquet(source: Path, path: Path, types: dict[str, pa.DataType]) -> Path:
    """Write a CSV's columns as Parquet: of the given types, else as texts."""
    with source.open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    columns: dict[str, Any] = {}
    for name, texts in zip(header, zip(*rows, strict=True), strict=True):
        array = pa.array([text or None for text in texts], pa.string())
        kind = types.get(name, pa.string())
        if pa.types.is_integer(kind):
            array = array.cast(pa.float64())
        columns[name] = array.cast(kind)
    pq.write_table(pa.table(columns), path)
    return path


_WHOLE = [c.name for c in NUMERIC if c.is_whole]
_AMOUNTS = [c.name for c in NUMERIC if not c.is_whole]


@pytest.mark.parametrize(
    "types",
    [
        {},
        dict.fromkeys(_WHOLE, pa.int64()) | dict.fromkeys(_AMOUNTS, pa.float64()),
        dict.fromkeys(_WHOLE, pa.int32()) | {TARGET: pa.int8(), DATE: pa.timestamp("s")},
        dict.fromkeys(_WHOLE, pa.uint16()) | {TARGET: pa.float64(), DATE: pa.timestamp("ms")},
        dict.fromkeys(_WHOLE, pa.float64()) | {TARGET: pa.int64(), DATE: pa.timestamp("us")},
        dict.fromkeys(_AMOUNTS, pa.decimal128(20, 2)) | {DATE: pa.timestamp("ns")},
        {
            "tipo_laboral": pa.dictionary(pa.int8(), pa.string()),
            "tendencia_ingresos": pa.large_string(),
        },
    ],
    ids=["texts", "int64", "seconds", "milliseconds", "microseconds", "decimals", "categories"],
)
def test_the_same_300_loans_as_csv_and_as_parquet(
    tmp_path: Path, types: dict[str, pa.DataType]
) -> None:
    targets = [int(number % 7 > 0) for number in range(300)]
    source = write_csv(tmp_path / "a.csv", random_documents(300, 4), targets)
    expected = read_portfolio(source)
    found = read_portfolio(to_parquet(source, tmp_path / "a.parquet", types))
    assert len(expected.loans) == 300
    assert same_tables(found.loans, expected.loans)
    assert found.loans.lines.tolist() == expected.loans.lines.tolist() == list(range(2, 302))


def parquet(path: Path, rows: int, **arrays: Any) -> Path:
    """Write the example loan `rows` times, some columns replaced by the given arrays."""
    fields = dict(zip(HEADER, GOOD.split(","), strict=True))
    columns = {name: pa.array([text or None] * rows) for name, text in fields.items()}
    pq.write_table(pa.table({**columns, **arrays}), path)
    return path


def test_parquet_dates_of_every_type(tmp_path: Path) -> None:
    noon = datetime(2025, 3, 9, 12, tzinfo=UTC)
    naive = noon.replace(tzinfo=None)
    dates = {
        "plain": pa.array([naive], pa.timestamp("us")),
        "fraction": pa.array([naive.replace(microsecond=999_999)], pa.timestamp("us")),
        "utc": pa.array([noon.replace(hour=17)], pa.timestamp("ms", tz="UTC")),
        "bogota": pa.array([noon.replace(hour=17)], pa.timestamp("ns", tz="America/Bogota")),
        "nowhere": pa.array([noon.replace(hour=17)], pa.timestamp("s", tz="+09:00")),
        "text": pa.array(["2025-03-09T17:00:00Z"]),
    }
    seconds = {
        name: read_portfolio(parquet(tmp_path / f"{name}.parquet", 1, **{DATE: array}))
        .loans.seconds.tolist()
        for name, array in dates.items()
    }  # fmt: skip
    assert seconds == {name: [int(noon.timestamp())] for name in dates}


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_parquet_days_are_midnights(tmp_path: Path, kind: pa.DataType) -> None:
    array = pa.array([date(2025, 3, 9)], kind)
    loans = read_portfolio(parquet(tmp_path / "a.parquet", 1, **{DATE: array})).loans
    assert loans.seconds.tolist() == [int(datetime(2025, 3, 9, tzinfo=UTC).timestamp())]


@pytest.mark.parametrize(
    "dates",
    [
        pa.array([10**9, None, -(10**13), 10**15, 1_741_521_600]).cast(pa.timestamp("s")),
        pa.array([10**18, None, -(10**17), 2**63 - 1, 1_741_521_600_000_000]).cast(
            pa.timestamp("us", tz="UTC")
        ),
        pa.array([-1, None, 1, 2**63 - 1, 1_741_521_600_000_000_001]).cast(pa.timestamp("ns")),
        pa.array([10**8, None, -(10**8), 0, 20_000], pa.int32()).cast(pa.date32()),
    ],
    ids=["seconds", "aware", "nanoseconds", "days"],
)
def test_parquet_dates_beyond_any_calendar_are_rejected_and_written_out(
    tmp_path: Path, dates: Any
) -> None:
    first_too = dates.type != pa.timestamp("s")  # 2001 is a possible year
    portfolio = read_portfolio(parquet(tmp_path / "a.parquet", 5, **{DATE: dates}))
    lines = [2, 3, 4, 5] if first_too else [3, 4, 5]
    assert [rejected.line for rejected in portfolio.rejected] == lines
    by_line = {rejected.line: rejected for rejected in portfolio.rejected}
    assert by_line[3].reason == "fecha_prestamo: falta el valor y es obligatorio"
    assert "fuera de las fechas posibles" in by_line[4].reason
    assert all(r.content.startswith("4,") for r in portfolio.rejected)


def test_a_rejected_aware_date_is_written_with_its_mark(tmp_path: Path) -> None:
    dates = pa.array([datetime(2200, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)])
    portfolio = read_portfolio(parquet(tmp_path / "a.parquet", 2, **{DATE: dates}))
    assert "2200-01-01 00:00:00.000000Z" in portfolio.rejected[0].reason
    assert ",2200-01-01 00:00:00.000000Z," in portfolio.rejected[0].content


def test_parquet_columns_without_a_type_are_unknown(tmp_path: Path) -> None:
    nothing = pa.array([None, None])
    nullable = {c.name: nothing for c in COLUMNS if c.nullable}
    loans = read_portfolio(parquet(tmp_path / "a.parquet", 2, **nullable)).loans
    assert all(np.isnan(loans.numbers[name]).all() for name in nullable if name in loans.numbers)
    assert loans.texts["tendencia_ingresos"].tolist() == [None, None]


@pytest.mark.parametrize("name", ["salario_cliente", "tipo_laboral", DATE, TARGET])
def test_parquet_nulls_where_there_must_be_a_value(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotEnoughLoansError, match="2 rechazadas"):
        read_portfolio(parquet(tmp_path / "a.parquet", 2, **{name: pa.array([None, None])}))


def test_parquet_numbers_are_held_to_the_same_bounds(tmp_path: Path) -> None:
    salaries = pa.array([1.0, -1.0, np.nan, np.inf, None, 1e12])
    path = parquet(tmp_path / "a.parquet", 6, salario_cliente=salaries)
    portfolio = read_portfolio(path)
    assert portfolio.loans.numbers["salario_cliente"].tolist() == [1.0, 1e12]
    assert [rejected.line for rejected in portfolio.rejected] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([True, False]),
        pa.array([[1], [2]]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([b"1", b"2"]),
        pa.array([date(2025, 1, 1)] * 2),
    ],
    ids=["booleans", "lists", "structures", "bytes", "dates"],
)
def test_parquet_columns_of_another_nature_are_no_numbers(tmp_path: Path, values: Any) -> None:
    _, chunks = open_loans(parquet(tmp_path / "a.parquet", 2, plazo_meses=values), with_target=True)
    (chunk,) = chunks
    assert len(chunk.loans) == 0
    assert all("plazo_meses: «" in rejected.reason for rejected in chunk.rejected)


def test_batches_of_both_formats_hold_the_same_texts(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", random_documents(20, 6), [1] * 20)
    to_parquet(source, tmp_path / "a.parquet", {})
    _, lines = csv_lines.open_batches(source, 50)
    _, batches = parquet_batches.open_batches(tmp_path / "a.parquet", 50)
    one, other = next(lines).texts, next(batches).texts
    assert dict(one) == dict(other)
    assert len(one) == len(other) == len(HEADER)
    assert "nota" not in other


def test_parquet_decimals_keep_their_value(tmp_path: Path) -> None:
    amounts = pa.array([Decimal("290000.25"), Decimal("290000.50")])
    loans = read_portfolio(parquet(tmp_path / "a.parquet", 2, cuota_pactada=amounts)).loans
    assert loans.numbers["cuota_pactada"].tolist() == [290_000.25, 290_000.5]


def test_a_rejected_parquet_row_is_written_like_a_line(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", 3, plazo_meses=pa.array([12, 0, 12]))
    portfolio = read_portfolio(path)
    assert [(r.line, r.content) for r in portfolio.rejected] == [(3, row(plazo_meses=0))]


def test_unknown_parquet_columns_are_not_read(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", 2, nota=pa.array([{"a": [1]}, None]))
    portfolio = read_portfolio(path)
    assert portfolio.ignored_columns == ("nota",)
    assert len(portfolio.loans) == 2


def test_parquet_texts_that_are_no_text_refuse_the_file(tmp_path: Path) -> None:
    offsets, content = np.array([0, 2], np.int32).tobytes(), b"\xff\xfe"
    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    )
    path = parquet(tmp_path / "a.parquet", 1, tipo_laboral=broken)
    with pytest.raises(UnreadableFileError, match="no es un archivo Parquet legible"):
        read_portfolio(path)


def test_a_parquet_file_that_breaks_off_inside_is_refused_while_it_is_read(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", 20_000, salario_cliente=pa.array(np.arange(20_000) + 1))
    content = bytearray(path.read_bytes())
    content[200 : len(content) // 2] = bytes(len(content) // 2 - 200)
    path.write_bytes(bytes(content))
    with pytest.raises(UnreadableFileError, match="no es un archivo Parquet legible"):
        read_portfolio(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["a.csv", "a.parquet"]),
    st.lists(st.tuples(st.integers(0, 5_000), st.binary(min_size=1, max_size=6)), max_size=4),
)
def test_no_damage_makes_a_reader_fall(
    tmp_path: Path, name: str, damages: Sequence[tuple[int, bytes]]
) -> None:
    """A damaged file is read or refused with an InputError; no other error comes out."""
    content = bytearray(_WHOLE_FILES[name](tmp_path))
    for place, damage in damages:
        start = place % len(content)
        content[start : start + len(damage)] = damage
    path = tmp_path / name
    path.write_bytes(bytes(content))
    with contextlib.suppress(InputError):
        portfolio = read_portfolio(path)
        assert portfolio.rows_read >= len(portfolio.loans) > 0


def _whole_csv(tmp_path: Path) -> bytes:
    return write(tmp_path / "whole.csv", *[GOOD] * 20).read_bytes()


def _whole_parquet(tmp_path: Path) -> bytes:
    months = pa.array(np.arange(20) + 1)
    return parquet(tmp_path / "whole.parquet", 20, plazo_meses=months).read_bytes()


_WHOLE_FILES: dict[str, Callable[[Path], bytes]] = {
    "a.csv": _whole_csv,
    "a.parquet": _whole_parquet,
}


# --- whole portfolios ------------------------------------------------------------------------


def test_the_real_portfolio_is_read_without_loss(real_data: Path) -> None:
    portfolio = read_portfolio(real_data)
    assert (len(portfolio.loans), portfolio.rejected) == (6_908, ())
    assert portfolio.loans.lines.tolist() == list(range(2, 6_910))
    assert portfolio.loans.target is not None
    assert int((portfolio.loans.target == 0).sum()) == 363
    days = portfolio.loans.seconds[[portfolio.loans.seconds.argmin()]] // 86_400
    assert days.tolist() == [(date(2024, 11, 26) - date(1970, 1, 1)).days]


def test_the_real_portfolio_has_the_nulls_of_its_texts(real_data: Path) -> None:
    loans = read_portfolio(real_data).loans
    with real_data.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for column in COLUMNS:
        if column.kind is Kind.MOMENT:
            continue
        empty = [one[column.name] == "" for one in rows]
        values = loans[column.name]
        unknown = [value is None or value != value for value in values.tolist()]  # noqa: PLR0124
        assert unknown == empty, column.name


def test_a_generated_portfolio_is_read_without_loss_in_both_formats(tmp_path: Path) -> None:
    write_portfolio(500, 3, tmp_path / "a.csv")
    write_portfolio(500, 3, tmp_path / "a.parquet")
    one, other = (read_portfolio(tmp_path / f"a.{suffix}") for suffix in ("csv", "parquet"))
    assert (one.rejected, other.rejected) == ((), ())
    assert len(one.loans) == 500
    assert same_tables(one.loans, other.loans)


def test_generated_documents_are_loans_that_the_service_takes() -> None:
    documents = sample_documents(30, 5)
    assert len(documents) == 30
    assert all(set(one) == set(BY_NAME) for one in documents)
    assert all(_accepted(dict(one)) for one in documents)
    assert documents == sample_documents(30, 5)


@given(st.lists(st.text(alphabet='ab,"\n\r ;'), min_size=1, max_size=4))
def test_a_row_written_as_a_line_reads_back(fields: list[str]) -> None:
    line = csv_careful.to_line(fields)
    assert next(csv.reader(io.StringIO(line + "\n", newline=""), strict=True)) == fields
