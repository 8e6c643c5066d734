"""What the short way takes for ordinary, the full check and the cleaning have nothing to say of."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from mlops_pipeline.api.answers import one_prediction_json, prediction_json
from mlops_pipeline.api.ordinary import OrdinaryLoans
from mlops_pipeline.api.wire import LoanApplication
from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.convert import loan_from_checked
from mlops_pipeline.src.data.schema import NUMERIC, example_loan
from mlops_pipeline.src.features.encoder import Treatment, fit_encoder
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.scoring.domain import learn_domain
from mlops_pipeline.src.scoring.one_loan import LoanCleaner, LoanEncoder, silent_bands
from tests.support import Value, possible_documents, same_values, table

TRAINING, _ = clean(table(400, 5))
DOMAIN = learn_domain(TRAINING, frozenset(TRAINING.numbers))
ORDINARY = OrdinaryLoans(DOMAIN)
CLEANER = LoanCleaner(DOMAIN)
ENCODER = LoanEncoder(fit_encoder(build_features(TRAINING), Treatment.IMPUTED))
FULL = TypeAdapter(LoanApplication)
SILENT = [row for row in range(len(TRAINING)) if not CLEANER.clean(TRAINING.loan(row))[1]]


def body_of(document: dict[str, Value]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def check(body: bytes) -> bool:
    """Hold what is taken for ordinary to the full check, the cleaning and the model's inputs."""
    loan = ORDINARY.read(body)
    if loan is None:
        return False
    cleaned, flags = CLEANER.clean(loan_from_checked(FULL.validate_json(body).__dict__))
    assert flags == ()
    assert same_values(ENCODER.inputs(loan), ENCODER.inputs(cleaned))
    return True


@given(possible_documents())
def test_any_loan(document: dict[str, Value]) -> None:
    check(body_of(document))


def ordinary() -> dict[str, Value]:
    """A loan of which nothing is to be said."""
    document: dict[str, Value] = dict(example_loan())
    for column in NUMERIC:
        band = silent_bands(DOMAIN)[column.name]
        value = document[column.name]
        assert isinstance(value, int | float)
        inside = min(max(value, band.low), band.high)
        document[column.name] = round(inside) if column.is_whole else inside
    document["tipo_credito"] = int(DOMAIN.codes["tipo_credito"][0])
    return document


@given(st.data())
def test_an_ordinary_loan_with_one_value_of_another(data: st.DataObject) -> None:
    other = data.draw(possible_documents())
    name = data.draw(st.sampled_from(sorted(other)))
    check(body_of({**ordinary(), name: other[name]}))


@pytest.mark.parametrize("absent", [(), ("puntaje",)])
def test_an_ordinary_loan_is_taken(absent: tuple[str, ...]) -> None:
    document = {name: value for name, value in ordinary().items() if name not in absent}
    assert check(body_of(document))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plazo_meses", True),
        ("plazo_meses", 12.5),
        ("plazo_meses", "12"),
        ("plazo_meses", None),
        ("tipo_credito", 5),
        ("tipo_credito", True),
        ("saldo_mora", float("nan")),
        ("capital_prestado", float("inf")),
        ("puntaje_datacredito", None),
        ("puntaje_datacredito", 0),
        ("tipo_laboral", "Otro"),
        ("fecha_prestamo", "2026-02-30"),
        ("fecha_prestamo", 1),
        ("otro_campo", 1),
        ("otro_campo", "texto"),
    ],
)
def test_what_is_not_ordinary_is_left_to_the_full_check(name: str, value: Value) -> None:
    assert ORDINARY.read(json.dumps({**ordinary(), name: value}).encode()) is None


@pytest.mark.parametrize("end", [b',"plazo_meses":12}', b"", b"}}", b',"a":"\\""}'])
def test_neither_is_a_body_that_is_not_one_object_of_each_name_once(end: bytes) -> None:
    assert ORDINARY.read(body_of(ordinary()).removesuffix(b"}") + end) is None


@given(
    st.sampled_from([0, 1]),
    st.none() | st.floats(0, 1),
    st.lists(st.fixed_dictionaries({"index": st.just(0), "message": st.text()})),
)
def test_one_answer_is_written_like_many(
    decision: int, probability: float | None, warnings: list[dict[str, object]]
) -> None:
    shown = None if probability is None else [probability]
    rest = "v20261128_101027", "2026-11-28T10:27:24Z", warnings
    expected = prediction_json([decision], shown, ["an-id"], *rest)
    assert one_prediction_json(decision, probability, "an-id", *rest) == expected
