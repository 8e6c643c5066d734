"""Strategies for bodies that no client should send, and some that one may."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from mlops_pipeline.src.data.schema import COLUMNS, HEADER
from tests.support import document, possible_documents

_NAMES = tuple(column.name for column in COLUMNS)
_ODD_NUMBERS = (
    "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "-0", "-0.0", "00", "1.", ".5",
    "+1", "0x10", "1_000", "9" * 400, "1" + "0" * 5_000, "1." + "0" * 3_000 + "1",
    "18446744073709551616", "-9223372036854775809", "1e308", "2.5", "4.000000000000001",
)  # fmt: skip
_ODD_TEXTS = (
    '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"a\\u0000b"', '"\\x41"', '"', '"\n"', '"\ufeff"',
    '"' + "á" * 70_000 + '"', '"=cmd()"', '"2026-13-45"', '"2026-02-23T10:30:00+99:59"',
    '"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"２０２６-02-23"', '""', '" "',
)  # fmt: skip
_ODD_VALUES = ("null", "true", "false", "[]", "{}", "[[]]", '{"a":{}}', "nul", "")

odd_values = st.sampled_from((*_ODD_NUMBERS, *_ODD_TEXTS, *_ODD_VALUES))
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(_NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


def _written(loan: dict[str, object], replaced: dict[str, str]) -> str:
    """Write a loan with some values as they are given, allowed in JSON or not."""
    parts = {**{name: json.dumps(value) for name, value in loan.items()}, **replaced}
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in parts.items()) + "}"


def _one_odd() -> st.SearchStrategy[str]:
    """Give a sound loan with some odd values, names or both."""
    names = st.sampled_from(_NAMES) | st.text(max_size=12) | st.sampled_from(_TYPING_ERRORS)
    odd = st.dictionaries(names, odd_values, min_size=1, max_size=3)
    return st.builds(_written, _any_loan, odd)


_TYPING_ERRORS = ("edad_client", "Salario_cliente", "puntaje ", "capital-prestado", "\ud83d", "")
_any_loan = st.just(dict(document())) | possible_documents()


def _nested(depth: int, kind: str) -> str:
    """Give something inside something, so many times."""
    opened, closed = {"list": ("[", "]"), "map": ('{"a":', "}"), "open": ("[", "")}[kind]
    return opened * depth + closed * depth


def _shortened(loan: dict[str, object], name: str) -> str:
    """Leave a field out."""
    return json.dumps({key: value for key, value in loan.items() if key != name})


def _doubled(text: str, name: str) -> str:
    """Say a field twice."""
    return text[:-1] + f',"{name}":1}}'


loans_as_text = st.one_of(
    _any_loan.map(json.dumps),
    _any_loan.map(json.dumps),
    _one_odd(),
    st.builds(_shortened, _any_loan, st.sampled_from(_NAMES)),
    st.builds(_doubled, _any_loan.map(json.dumps), st.sampled_from(_NAMES)),
)


def _mangled(content: bytes, place: int, put: bytes) -> bytes:
    """Put something into the middle of a body."""
    middle = place % (len(content) + 1)
    return content[:middle] + put + content[middle:]


_BAD_BYTES = (
    b"\x00",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"}",
    b'"',
    b",",
)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _any_bytes(texts: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Give bodies of texts: as they are, damaged, in another encoding, or no text at all."""
    sound = texts.map(_bytes)
    return st.one_of(
        sound,
        sound,
        st.builds(_mangled, sound, st.integers(0, 4_000), st.sampled_from(_BAD_BYTES)),
        st.builds(lambda content, end: content[: end % (len(content) + 1)], sound, st.integers(0)),
        sound.map(lambda content: b"\xef\xbb\xbf" + content),
        texts.map(lambda text: text.encode("utf-16", "surrogatepass")),
        st.binary(max_size=300),
        any_json.map(lambda found: _bytes(json.dumps(found))),
        odd_values.map(_bytes),
        st.builds(
            _nested, st.sampled_from((1, 60, 127, 128, 300, 9_000)), st.sampled_from(_KINDS)
        ).map(_bytes),
    )


_KINDS = ("list", "map", "open")


def _batch(loans: list[str], more: str) -> str:
    return f'{{"data":[{",".join(loans)}]{more}}}'


_MORE = ("", "", ',"return_probabilities":true', ',"return_probabilities":"yes"', ',"dato":[]')
batches_as_text = st.builds(
    _batch,
    st.lists(loans_as_text, max_size=3) | st.lists(_any_loan.map(json.dumps), max_size=3),
    st.sampled_from(_MORE),
)


def _csv(rows: list[list[str]], end: str) -> str:
    return end.join(",".join(row) for row in [list(HEADER), *rows])


_cells = st.sampled_from(("", "4", "1e400", "NaN", "=1+1", '"', '"a,b"', "Empleado", "2026-02-23"))
_row = st.lists(_cells | st.text(max_size=6), min_size=20, max_size=24)
_sound_row = _any_loan.map(
    lambda loan: ["" if value is None else str(value) for value in loan.values()] + ["1"]
)
files_as_text = st.builds(
    _csv, st.lists(_row | _sound_row, max_size=4), st.sampled_from(("\n", "\r\n", "\r"))
)

single_bodies = _any_bytes(loans_as_text)
batch_bodies = _any_bytes(batches_as_text)
file_bodies = _any_bytes(files_as_text)
