"""The form's fields: derived from the loan's definition, whole, and exact both ways."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

from mlops_pipeline import messages
from mlops_pipeline.api.wire import LoanApplication
from mlops_pipeline.dashboard.prediction import fields
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.schema import BY_NAME, COLUMNS, DATE, example_loan
from tests.support import Value, possible_documents


def test_every_column_has_a_label_a_help_and_one_place_in_the_form() -> None:
    names = {column.name for column in COLUMNS}
    assert set(messages.FIELD_LABELS) == names
    assert len(set(messages.FIELD_LABELS.values())) == len(names)
    placed = [name for group in fields.GROUPS.values() for name in group]
    assert sorted(placed) == sorted(names)
    assert fields.GROUPS.keys() == messages.FIELD_GROUPS.keys()
    for column in COLUMNS:
        said = fields.help_text(column)
        assert column.description in said
        assert f"`{column.name}`" in said
        assert ("puede quedar vacío" in said.lower()) == column.nullable
        if column.possible is not None:
            assert f"{messages.number(column.possible.low)} a " in said
        assert column.unit in ("", "conteo") or column.unit in fields.label(column.name)


def test_a_name_that_is_no_column_labels_itself() -> None:
    assert fields.label("otra_cosa") == "otra_cosa"


def test_the_example_loan_goes_through_the_form_unchanged() -> None:
    shown = {c.name: fields.field_text(c, example_loan()[c.name]) for c in COLUMNS}
    assert shown["capital_prestado"] == "3.000.000"
    assert shown["puntaje"] == "95,227787"
    assert shown[DATE] == "23/02/2026 10:30"
    document, reasons = fields.read_form(shown)
    assert reasons == {}
    assert loan_from_json(document) == loan_from_json(example_loan())


def is_nan(value: object) -> bool:
    """Tell whether a value is NaN."""
    return isinstance(value, float) and math.isnan(value)


@given(possible_documents())
def test_whatever_may_be_sent_can_be_shown_and_read_again(sent: dict[str, Value]) -> None:
    shown = {c.name: fields.field_text(c, sent[c.name]) for c in COLUMNS}
    document, reasons = fields.read_form(shown)
    assert reasons == {}
    LoanApplication.model_validate(document)
    left, right = loan_from_json(document), loan_from_json(sent)
    for name, value in left.items():
        assert value == right[name] or (is_nan(value) and is_nan(right[name])), name


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("capital_prestado", " $ 3.000.000 ", 3_000_000),
        ("capital_prestado", "3000000,5", 3_000_000.5),
        ("puntaje", "-12,5", -12.5),
        ("puntaje", "", None),
        ("tendencia_ingresos", "  ", None),
        ("tipo_laboral", " Pensionado ", "Pensionado"),
        (DATE, "1/2/2026", "2026-02-01"),
        (DATE, "01/02/2026 7:05", "2026-02-01 07:05:00"),
        (DATE, "2026-02-01T10:30:15", "2026-02-01T10:30:15"),
    ],
)
def test_good_texts(name: str, text: str, value: Value) -> None:
    assert fields.read_field(BY_NAME[name], text) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("capital_prestado", "", "obligatorio"),
        ("capital_prestado", None, "obligatorio"),
        ("capital_prestado", "3.0000", "no es un número"),
        ("capital_prestado", "3000000.5", "coma para los decimales"),
        ("capital_prestado", "1e6", "no es un número"),
        ("capital_prestado", "٣", "no es un número"),
        ("capital_prestado", "0", "fuera de lo posible"),
        ("capital_prestado", "9" * 400, "fuera de lo posible"),
        ("edad_cliente", "17", "fuera de lo posible \\[18; 130\\]"),
        ("edad_cliente", "42,5", "entero"),
        ("tipo_laboral", "x" * 65, "65 caracteres"),
        ("tipo_laboral", None, "obligatorio"),
        (DATE, "31/02/2026", "no es una fecha; escriba DD/MM/AAAA"),
        (DATE, "01/02/2026 25:00", "no es una fecha"),
        (DATE, "mañana", "no es una fecha"),
        (DATE, "01/01/1950", "fechas posibles"),
    ],
)
def test_bad_texts_are_named(name: str, text: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fields.read_field(BY_NAME[name], text)


def test_all_that_is_wrong_is_told_at_once() -> None:
    shown = {c.name: fields.field_text(c, example_loan()[c.name]) for c in COLUMNS}
    document, reasons = fields.read_form({**shown, "edad_cliente": "17", "plazo_meses": None})
    assert set(reasons) == {"edad_cliente", "plazo_meses"}
    assert set(document) == set(BY_NAME) - set(reasons)
    assert not any(is_nan(v) for v in document.values())
