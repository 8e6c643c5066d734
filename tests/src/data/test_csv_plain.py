"""Lines read at once, held against the same lines read one by one: not one verdict may differ."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_pipeline.src.data import csv_lines, csv_pieces, readers
from mlops_pipeline.src.data.csv_careful import TextBatch
from mlops_pipeline.src.data.csv_plain import PlainBatch, plain
from mlops_pipeline.src.data.readers import Chunk, open_loans
from mlops_pipeline.src.data.schema import DATE, HEADER
from mlops_pipeline.src.data.table import concatenate
from mlops_pipeline.src.errors import InputError, UnreadableFileError
from tests.support import csv_lines_of, document, random_documents, same_tables, write_csv

GOOD = csv_lines_of([document()], [1])[0]
HEAD = ",".join(HEADER)


def line(**changes: str) -> str:
    """Give the example loan as a line of CSV, texts as they are given."""
    fields = {**dict(zip(HEADER, GOOD, strict=True)), **changes}
    return ",".join(fields[name] for name in HEADER)


def chunks_of(path: Path) -> list[Chunk] | str:
    """Read a file's chunks, or why it is refused."""
    try:
        return [chunk for chunk in open_loans(path, with_target=True)[1] if len(chunk.loans)]
    except InputError as error:
        return str(error)


def same(left: list[Chunk] | str, right: list[Chunk] | str) -> bool:
    """Tell whether two readings agree in every loan, line and rejected row."""
    if isinstance(left, str) or isinstance(right, str):
        return left == right
    one, other = (
        (concatenate([c.loans for c in chunks]), [r for c in chunks for r in c.rejected])
        if chunks
        else None
        for chunks in (left, right)
    )
    if one is None or other is None:
        return one is other
    return (
        same_tables(one[0], other[0])
        and np.array_equal(one[0].lines, other[0].lines)
        and one[1] == other[1]
    )


def both_ways(path: Path, size: int) -> tuple[list[Chunk] | str, list[Chunk] | str]:
    """Read a file as it is read, and line by line throughout."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(readers, "CHUNK_ROWS", size)
        found = chunks_of(path)
        patch.setattr(csv_lines, "plain", lambda _: None)
        return found, chunks_of(path)


def kinds(path: Path, rows: int = 1_000) -> list[type]:
    """Give how each batch of a file is read."""
    return [type(batch) for batch in csv_lines.open_batches(path, rows)[1]]


def write(path: Path, *lines: str, end: str = "\n") -> Path:
    """Write a header and lines."""
    path.write_bytes(end.join([HEAD, *lines, ""]).encode())
    return path


_WORDS = (
    "0 -0 1 -1 18 19.5 .5 5. -.5 . - + +5 1e3 1E+3 1e 1e400 -1e400 1e-400 4.9e-324 inf -Infinity "
    "nan -nan nan(1) nan(ind) NaN 1_0 0x10 1d5 1,5 1;5 ٣ ３ 1e5f 0.1 2.2250738585072011e-308 null "
    "N/A <NA> true 123456789012345678901234567890"
)
_NUMBERS = st.sampled_from(_WORDS.split()) | st.from_regex(
    r"[ \t]?[-+]?[0-9]{0,18}\.?[0-9]{0,20}([eE][-+]?[0-9]{1,3})?[ \t]?", fullmatch=True
)
_DATES = st.sampled_from(
    [
        "2025-03-09",
        "2025-03-09 12:00:00",
        "2025-03-09T12:00:00",
        "2025-03-09 12+00:00",
        "2025-03-09 24:00:00",
        "2025-03-09 23:59:60",
        "2025-02-29",
        "2024-02-29 00:00:00",
        "1989-12-31",
        "0000-00-00",
        "2025-03-09T17:00:00Z",
        "2025-3-9",
        "",
    ]
)
_TEXTS = st.sampled_from(
    ["", " ", "Empleado", " Estable ", "ñandú", "x" * 65, "=1+1", "nan", "null"]
)
_FORMS = st.sampled_from(["{}", "{}", "{}", '"{}"', '"{}', '{}"', ' "{}"', '"{}""', "\ufeff{}"])


@st.composite
def _lines(draw: st.DrawFn) -> str:
    """Give a line: an ordinary one with some fields changed or badly quoted, or none at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(["", " ", "corta", ",".join(GOOD) + ",", '"', ",", "\r", "\0"]))
    changes = {}
    for name in draw(st.lists(st.sampled_from(HEADER), max_size=3)):
        values = _DATES if name == DATE else _TEXTS if name.startswith("te") else _NUMBERS | _TEXTS
        changes[name] = draw(_FORMS).format(draw(values))
    return line(**changes)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(_lines(), min_size=1, max_size=8),
    st.sampled_from(["\n", "\n", "\r\n", "\r"]),
    st.integers(1, 4),
)
def test_the_fast_way_and_the_careful_one_agree(
    tmp_path: Path, lines: list[str], end: str, size: int
) -> None:
    found, expected = both_ways(write(tmp_path / "a.csv", line(), *lines, line(), end=end), size)
    assert same(found, expected)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_NUMBERS, min_size=1, max_size=6))
def test_numbers_alone_agree(tmp_path: Path, texts: list[str]) -> None:
    path = write(tmp_path / "a.csv", *(line(salario_cliente=text) for text in texts))
    assert same(*both_ways(path, 100))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_DATES, min_size=1, max_size=4))
def test_dates_alone_agree(tmp_path: Path, texts: list[str]) -> None:
    path = write(tmp_path / "a.csv", *(line(fecha_prestamo=text) for text in texts))
    assert same(*both_ways(path, 100))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=4), st.integers(1, 7))
def test_damaged_bytes_agree(tmp_path: Path, place: int, damage: bytes, size: int) -> None:
    path = write(tmp_path / "a.csv", *[line()] * 9)
    content = bytearray(path.read_bytes())
    start = len(HEAD) + 1 + place % (len(content) - len(HEAD) - 1)
    content[start : start + len(damage)] = damage
    path.write_bytes(bytes(content))
    assert same(*both_ways(path, size))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_ordinary_files_are_read_at_once(tmp_path: Path, end: str) -> None:
    path = write_csv(tmp_path / "a.csv", random_documents(50, 1), [1] * 50)
    path.write_bytes(path.read_bytes().replace(b"\n", end.encode()))
    assert kinds(path) == [PlainBatch]
    assert same(*both_ways(path, 20))


def test_quoted_fields_with_commas_are_read_at_once_and_written_again(tmp_path: Path) -> None:
    bad = line(plazo_meses="0", tipo_laboral='"x"', tendencia_ingresos='"a, b"')
    path = write(tmp_path / "a.csv", line(tipo_laboral='"Empleado"'), bad)
    assert kinds(path) == [PlainBatch]
    found, expected = both_ways(path, 20)
    assert same(found, expected)
    assert isinstance(found, list)
    assert found[0].rejected[0].content == bad.replace('"x"', "x")


def test_one_odd_line_costs_its_own_piece_alone(tmp_path: Path) -> None:
    lines = [line()] * 30
    lines[12] = line(tipo_laboral='"Emple"ado')
    path = write(tmp_path / "a.csv", *lines)
    assert kinds(path, 10) == [PlainBatch, TextBatch, PlainBatch]
    assert same(*both_ways(path, 10))


def test_a_row_that_goes_on_in_the_next_piece_takes_it_along(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f",{line()}"] * 12
    rows[3] = f'"dos\nlíneas",{line()}'  # its second line is the first one of the second piece
    path.write_text("\n".join([f"nota,{HEAD}", *rows]) + "\n")
    assert kinds(path, 4) == [TextBatch, TextBatch, PlainBatch, PlainBatch]
    found, expected = both_ways(path, 4)
    assert same(found, expected)


@pytest.mark.parametrize(
    "piece",
    [
        b"\n",
        b"a\n\nb\n",
        b"\na\n",
        b"a\rb\n",
        b"a\n\r\nb\n",
        b"a\0\n",
        b"\xff\n",
        b"\xef\xbb\xbfa\n",
        b'"a\n',
        b'a"b"\n',
        b'"a"b\n',
        b'"a""b"\n',
        b'"a\nb"\n',
        b' "a"\n',
        b"x" * 131_073 + b"\n",
    ],
)
def test_what_is_not_plain(piece: bytes) -> None:
    assert plain(piece) is None


@pytest.mark.parametrize(
    ("piece", "lines"),
    [
        (b"a", b"a\n"),
        (b"a\r\nb\r\n", b"a\nb\n"),
        (b'"a",""\n"b"', b'"a",""\n"b"\n'),
        (b'x,"a, b"\n', b'x,"a, b"\n'),
        ("ñ\u2028\x0b\n".encode(), "ñ\u2028\x0b\n".encode()),
    ],
)
def test_what_is_plain(piece: bytes, lines: bytes) -> None:
    assert plain(piece) == lines


def test_a_line_without_an_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_pieces, "PIECE_BYTES", 1_000)
    monkeypatch.setattr(csv_pieces, "_READ_BYTES", 300)
    path = write(tmp_path / "a.csv", line(), line(tipo_laboral="x" * 2_000))
    with pytest.raises(UnreadableFileError, match=r"una línea de más de 1\.000 bytes"):
        kinds(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_pieces_are_cut_at_their_longest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    path = write(tmp_path / "a.csv", *[line(plazo_meses=f"{n}") for n in range(1, 41)], end=end)
    whole = both_ways(path, 100)
    monkeypatch.setattr(csv_pieces, "PIECE_BYTES", 600)
    monkeypatch.setattr(csv_pieces, "_READ_BYTES", 250)
    assert len(kinds(path)) > 5
    assert same(whole[0], both_ways(path, 100)[0])
    assert same(whole[0], whole[1])


def test_a_column_that_may_be_absent_is_unknown_either_way(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "a.csv",
        random_documents(5, 2),
        [1] * 5,
        [name for name in HEADER if name != "puntaje"],
    )
    found, expected = both_ways(path, 3)
    assert same(found, expected)
    assert isinstance(found, list)
    assert np.isnan(found[0].loans.numbers["puntaje"]).all()
