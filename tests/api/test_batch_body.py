"""A batch is read column by column; the loan's own model must agree on every body."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from mlops_pipeline.api import batch_body
from mlops_pipeline.api.batch_body import read_batch
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


def test_a_missing_field_is_named_with_the_loan_s_place() -> None:
    missing = document()
    del missing["plazo_meses"]
    with pytest.raises(Refused) as refused:
        read_batch(_body({"data": [document(), missing]}), 10)
    [error] = refused.value.detail
    assert isinstance(error, dict)
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
    assert [value == value for value in found.loans.numbers["puntaje"]] == [False, True]  # noqa: PLR0124
