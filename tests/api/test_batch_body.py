"""A batch is read column by column; the loan's own model must agree on every body."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mlops_pipeline.api import batch_body
from mlops_pipeline.api.batch_body import read_batch
from mlops_pipeline.api.batch_wire import as_received
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.wire import BatchRequest, LoanApplication
from mlops_pipeline.src.data.convert import loan_from_checked
from mlops_pipeline.src.data.schema import COLUMNS
from mlops_pipeline.src.data.table import LoanTable
from tests.support import Value, document, possible_documents, same_tables


def _body(value: object) -> bytes:
    """Write JSON."""
    return json.dumps(value).encode()


_ONE: TypeAdapter[Any] = TypeAdapter(LoanApplication)

ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=70),
    st.sampled_from(["2026-01-01", " 2026-01-01T10:00:00Z ", "ayer", "42", "", "  "]),
    st.lists(st.integers(), max_size=2),
)
_MANY_FIELDS = b"[" + json.dumps({f"x{number}": 1 for number in range(200_000)}).encode() + b"]"
NAMES = st.sampled_from([*(column.name for column in COLUMNS), "plazo", "x"])


@given(st.lists(possible_documents(), min_size=1, max_size=6), st.booleans())
def test_what_the_loan_s_model_accepts_is_read_the_same(
    documents: list[dict[str, Value]], wanted: bool
) -> None:
    body = _body({"data": documents, "return_probabilities": wanted})
    request = TypeAdapter(BatchRequest).validate_json(body)
    expected = LoanTable.from_loans([loan_from_checked(one.__dict__) for one in request.data])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch_body, "_worded", None)  # read at once, or not at all
        found = read_batch(body, 10)
    assert same_tables(found.loans, expected)
    assert found.loans.lines.tolist() == list(range(len(documents)))
    assert found.return_probabilities is wanted


@given(possible_documents(), NAMES, ODD_VALUES)
def test_what_the_loan_s_model_refuses_is_refused_and_nothing_else(
    one: dict[str, Value], name: str, value: object
) -> None:
    changed: dict[str, object] = {**one, name: value}
    try:
        _ONE.validate_json(_body(changed))
        good = True
    except ValidationError:
        good = False
    body = _body({"data": [document(), changed]})
    if good:
        assert len(read_batch(body, 10).loans) == 2
    else:
        with pytest.raises(Refused) as refused:
            read_batch(body, 10)
        assert refused.value.status == 422
        places = [error["loc"][:3] for error in refused.value.detail if isinstance(error, dict)]
        assert places
        assert all(place == ["body", "data", 1] for place in places)


TOKENS = (
    b"NaN", b"Infinity", b"1e400", b"-0", b"-0.0", b"01", b"1.", b"+1", b"1e3", b"5e-324",
    b"9" * 400, b"0.1000000000000000055511151231257827", b"123456789012345678", b"true", b"null",
    b'"42"', b'""',
    b'" a "', b'"\\u001f"', b'"\\ud800"', b'"\\u00e9\\ud83d\\ude00"', b'"\xc2\xa0a"', b'"\xff"',
    b'"a\tb"', b'"' + b"a" * 65 + b'"', b"[]", b"{}", b"[" * 3_000,
)  # fmt: skip
PIECES = (
    *TOKENS,
    b",",
    b":",
    b'"',
    b"\\",
    b"}",
    b"]",
    b" ",
    b"\n",
    b"\x00",
    b"\xef\xbb\xbf",
    b"/**/",
)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Give the body of a batch, as different programs write it, with up to three things odd."""
    documents = draw(st.lists(possible_documents(), min_size=1, max_size=3))
    request = {"data": documents, "return_probabilities": draw(st.booleans())}
    keys = draw(st.permutations(list(request)))
    separators = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]))
    plain = draw(st.booleans())
    text = json.dumps(
        {key: request[key] for key in keys}, ensure_ascii=plain, separators=separators
    )
    body = text.encode()
    for _ in range(draw(st.integers(0, 3))):
        change = draw(st.sampled_from([_value_replaced, _field_repeated, _piece_put]))
        body = change(draw, body)
    return body


def _value_replaced(draw: st.DrawFn, body: bytes) -> bytes:
    """Put a token in the place of the first value of a field."""
    name = draw(st.sampled_from([column.name.encode() for column in COLUMNS]))
    before, named, rest = body.partition(b'"' + name + b'"')
    end = min((at for mark in b",}" if (at := rest.find(mark)) >= 0), default=len(rest))
    colon = rest.find(b":") + 1
    return before + named + rest[:colon] + draw(st.sampled_from(TOKENS)) + rest[end:]


def _field_repeated(draw: st.DrawFn, body: bytes) -> bytes:
    """Put a field before another one."""
    name = draw(st.sampled_from([*(column.name for column in COLUMNS), "data", "plazo"])).encode()
    token = draw(st.sampled_from(TOKENS))
    places = [at + 1 for at in range(len(body)) if body[at : at + 1] in (b"{", b",")]
    place = draw(st.sampled_from(places or [0]))
    return body[:place] + b'"' + name + b'":' + token + b"," + body[place:]


def _piece_put(draw: st.DrawFn, body: bytes) -> bytes:
    """Put a piece in the place of a few bytes."""
    place = draw(st.integers(0, len(body)))
    length = draw(st.sampled_from([0, 0, 1, 2, 40]))
    return body[:place] + draw(st.sampled_from(PIECES)) + body[place + length :]


def _outcome(read: Callable[[bytes, int], batch_body.Batch], body: bytes) -> object:
    """Give what a reader makes of a body, to the last bit."""
    try:
        found = read(body, 2)
    except Refused as refused:
        return refused.status, refused.detail
    loans = found.loans
    numbers = {name: values.tobytes() for name, values in loans.numbers.items()}
    texts = {name: values.tolist() for name, values in loans.texts.items()}
    return numbers, texts, loans.seconds.tolist(), loans.lines.tolist(), found.return_probabilities


@settings(max_examples=300)
@given(bodies())
def test_the_fast_way_and_the_loan_s_own_model_give_the_same_of_any_body(body: bytes) -> None:
    assert _outcome(read_batch, body) == _outcome(batch_body._worded, body)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("name", ["saldo_mora", "plazo_meses", "tendencia_ingresos"])
def test_the_two_give_the_same_of_any_token(name: str, token: bytes) -> None:
    one = json.dumps(document(**{name: 0})).encode()
    body = (
        b'{"data":[' + one.replace(f'"{name}": 0'.encode(), f'"{name}": '.encode() + token) + b"]}"
    )
    assert token in body
    assert _outcome(read_batch, body) == _outcome(batch_body._worded, body)


def test_a_text_is_logged_as_it_stands_in_the_body() -> None:
    texts = ['{ "a" : "\\u00e9" }', '{"b":1.50}']
    assert as_received(f'{{"x":[], "data" : [{texts[0]} ,{texts[1]}]}}'.encode()) == texts


def test_a_missing_field_is_named_with_the_loan_s_place() -> None:
    missing = document()
    del missing["plazo_meses"]
    with pytest.raises(Refused) as refused:
        read_batch(_body({"data": [document(), missing]}), 10)
    assert isinstance(refused.value.detail, list)
    [error] = refused.value.detail
    assert error["loc"] == ["body", "data", 1, "plazo_meses"]


@pytest.mark.parametrize(("loans", "status"), [(0, 400), (3, 413)])
@pytest.mark.parametrize("moment", ["2026-01-01", "2026-01-01T00:00:00Z"])
def test_too_few_and_too_many(loans: int, status: int, moment: str) -> None:
    body = _body({"data": [document(fecha_prestamo=moment)] * loans})
    with pytest.raises(Refused) as refused:
        read_batch(body, 2)
    assert refused.value.status == status


def test_the_internal_score_may_be_left_out() -> None:
    without = document()
    del without["puntaje"]
    found = read_batch(_body({"data": [without, document()]}), 10)
    assert np.isnan(found.loans.numbers["puntaje"]).tolist() == [True, False]


@pytest.mark.parametrize("data", [b"[" + b"{}," * 400_000 + b"{}]", _MANY_FIELDS])
def test_a_body_full_of_errors_is_answered_with_the_first_hundred(data: bytes) -> None:
    tracemalloc.start()
    with pytest.raises(Refused) as refused:
        read_batch(b'{"data":' + data + b"}", 500_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    detail = refused.value.detail
    assert isinstance(detail, list)
    assert [error["type"] for error in detail[-2:]] == [detail[-2]["type"], "more_errors"]
    assert len(detail) == 101
    assert peak < 200 * 2**20


@pytest.mark.parametrize("first", ["NaN", "1e400", "41", '"42"', "9" * 400])
@pytest.mark.parametrize("form", ['{{"edad_cliente":{0},{1}', '{{ "edad_cliente" : {0} , {1}'])
def test_a_field_that_stands_twice_is_refused_alone_and_in_a_batch(
    client: TestClient, first: str, form: str
) -> None:
    twice = form.format(first, json.dumps(document())[1:])
    for path, body, place in (
        ("/predict", twice, ["body", "edad_cliente"]),
        ("/predict/batch", f'{{"data":[{twice}]}}', ["body", "edad_cliente"]),
    ):
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422
        [error] = answer.json()["detail"]
        assert (error["type"], error["loc"]) == ("repeated_field", place)


def test_a_quotation_mark_within_a_text_is_no_repetition(client: TestClient) -> None:
    quoted = document(tipo_laboral='Jefe "de" planta', tendencia_ingresos=None)
    assert client.post("/predict", json=quoted).status_code == 200
    assert client.post("/predict/batch", json={"data": [quoted]}).status_code == 200


def test_only_a_few_unknown_names_are_compared_with_the_known_ones(client: TestClient) -> None:
    many = document() | {f"plazo_mese{number}": 1 for number in range(300)}
    detail = client.post("/predict", json=many).json()["detail"]
    assert len(detail) == 101
    assert sum("¿quiso decir" in error["msg"] for error in detail) == 5
