"""The 35 features: hand-computed values, one loan equal to many, unknown in is unknown out."""

from __future__ import annotations

import inspect
import math
import struct
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlops_pipeline.src import ft_engineering
from mlops_pipeline.src.data.cleaning import clean, clean_loan
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.schema import BUREAU_COUNTS, COLUMNS, DATE, NUMERIC, TEXTS
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.features.catalogue import (
    BY_FEATURE,
    CATALOGUE,
    FEATURE_NAMES,
    Feature,
    Role,
)
from mlops_pipeline.src.features.numbers import ARRAYS, SCALARS, month_of
from mlops_pipeline.src.ft_engineering import (
    build_feature_row,
    build_features,
)
from tests.support import (
    Value,
    descendants,
    document,
    feature_row_matrix,
    loan,
    possible_documents,
    same_values,
    table,
    tables_of,
)

CALENDAR = ("mes_prestamo", "dia_semana", "trimestre", "dias_desde_epoca")
FINANCIAL = (
    "ratio_cuota_salario",
    "ratio_deuda_ingreso",
    "ratio_capital_salario",
    "tiene_mora",
    "tiene_codeudor_mora",
    "nivel_endeudamiento",
    "total_creditos_sector",
    "ratio_financiero",
    "ingreso_disponible",
    "ratio_puntajes",
)
DERIVED = [feature for feature in CATALOGUE if feature.name in FINANCIAL]


def feature(name: str, **changes: Value) -> float:
    """Give one feature of the example loan with changes, having checked it in a table too."""
    one = loan(**changes)
    alone = build_feature_row(one)[FEATURE_NAMES.index(name)]
    in_table = build_features(LoanTable.from_loans([loan(), one])).column(name)[1]
    assert same_values(np.array([alone]).astype(np.float32), np.array([in_table]))
    return alone


# --- the catalogue's size and order ----------------------------------------------------------


def test_there_are_35_features_of_four_groups() -> None:
    numeric = tuple(c.name for c in COLUMNS if c in NUMERIC)
    texts = tuple(c.name for c in TEXTS)
    assert (len(numeric), len(texts), len(CALENDAR), len(FINANCIAL)) == (19, 2, 4, 10)
    assert numeric[0] == "tipo_credito"
    assert (*numeric, *texts, *CALENDAR, *FINANCIAL) == FEATURE_NAMES
    assert len(set(FEATURE_NAMES)) == 35


def test_a_matrix_is_float32_of_35_named_columns_in_c_order() -> None:
    features = build_features(table(7, 1))
    assert features.values.shape == (7, 35)
    assert features.values.dtype == np.float32
    assert features.values.flags.c_contiguous
    assert features.names == FEATURE_NAMES
    assert len(features) == 7


def test_no_loans_give_no_features() -> None:
    assert build_features(table(3, 1).take(slice(0, 0))).values.shape == (0, 35)


@pytest.mark.parametrize("one", DERIVED, ids=lambda one: one.name)
def test_the_lineage_is_the_names_of_the_function_s_arguments(one: Feature) -> None:
    assert one.compute is not None
    number_system, *arguments = inspect.signature(one.compute).parameters
    assert number_system == "xp"
    assert one.sources == tuple(arguments)
    assert set(arguments) <= {column.name for column in NUMERIC}
    assert one.name == one.compute.__name__


def test_every_column_of_the_loan_is_used() -> None:
    assert {source for one in CATALOGUE for source in one.sources} == {c.name for c in COLUMNS}
    for one in CATALOGUE:
        if one.compute is None:
            assert one.sources == (one.name,)
        if one.role is Role.CALENDAR:
            assert one.sources == (DATE,)


@pytest.mark.parametrize("one", DERIVED, ids=lambda one: one.name)
@pytest.mark.parametrize("column", [c.name for c in NUMERIC])
def test_a_feature_depends_on_its_sources_and_on_nothing_else(one: Feature, column: str) -> None:
    base = loan(puntaje=95.2, saldo_mora=3, saldo_mora_codeudor=3)
    value = base[column]
    assert isinstance(value, float)
    unknown = feature_row_matrix({**base, column: math.nan}).column(one.name)
    changed = feature_row_matrix({**base, column: value * 1.5 + 1}).column(one.name)
    plain = feature_row_matrix(base).column(one.name)
    if column in one.sources:
        assert np.isnan(unknown).all()
        assert one.name.startswith("tiene_") or changed != plain
    else:
        assert unknown == changed == plain


def test_descendants_follow_the_lineage() -> None:
    assert descendants({"puntaje"}) == ("puntaje", "ratio_puntajes")
    assert descendants({"saldo_mora", "saldo_mora_codeudor"}) == (
        "saldo_mora",
        "saldo_mora_codeudor",
        "tiene_mora",
        "tiene_codeudor_mora",
    )
    assert descendants({"ratio_puntajes"}) == ("ratio_puntajes",)
    assert descendants({DATE}) == CALENDAR
    assert descendants(set()) == ()


# --- values, computed by hand ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes", "value"),
    [
        ("ratio_cuota_salario", {"cuota_pactada": 250_000, "salario_cliente": 2e6}, 0.125),
        ("ratio_deuda_ingreso", {"total_otros_prestamos": 5e6, "salario_cliente": 2e6}, 2.5),
        ("ratio_deuda_ingreso", {"total_otros_prestamos": 0, "salario_cliente": 2e6}, 0.0),
        ("ratio_capital_salario", {"capital_prestado": 3e6, "salario_cliente": 2e6}, 1.5),
        ("tiene_mora", {"saldo_mora": 0}, 0.0),
        ("tiene_mora", {"saldo_mora": 0.001}, 1.0),
        ("tiene_mora", {"saldo_mora": 250}, 1.0),
        ("tiene_codeudor_mora", {"saldo_mora_codeudor": 0}, 0.0),
        ("tiene_codeudor_mora", {"saldo_mora_codeudor": 7}, 1.0),
        # 16,000 thousand COP owed, 2 million COP earned: eight months of income
        ("nivel_endeudamiento", {"saldo_total": 16_000, "salario_cliente": 2e6}, 8.0),
        (
            "total_creditos_sector",
            {
                "creditos_sectorFinanciero": 2,
                "creditos_sectorCooperativo": 3,
                "creditos_sectorReal": 5,
            },
            10.0,
        ),
        (
            "ratio_financiero",
            {
                "creditos_sectorFinanciero": 2,
                "creditos_sectorCooperativo": 1,
                "creditos_sectorReal": 5,
            },
            0.25,
        ),
        (
            "ingreso_disponible",
            {"salario_cliente": 2e6, "cuota_pactada": 250_000, "total_otros_prestamos": 5e6},
            -3_250_000.0,
        ),
        ("ratio_puntajes", {"puntaje": 95, "puntaje_datacredito": 760}, 0.125),
        ("ratio_puntajes", {"puntaje": -38, "puntaje_datacredito": 760}, -0.05),
        ("plazo_meses", {"plazo_meses": 24}, 24.0),
        ("tipo_credito", {"tipo_credito": 68}, 68.0),
        ("tipo_laboral", {"tipo_laboral": "Empleado"}, 0.0),
        ("tipo_laboral", {"tipo_laboral": "Independiente"}, 1.0),
        ("tendencia_ingresos", {"tendencia_ingresos": "Creciente"}, 0.0),
        ("tendencia_ingresos", {"tendencia_ingresos": "Estable"}, 1.0),
        ("tendencia_ingresos", {"tendencia_ingresos": "Decreciente"}, 2.0),
        ("mes_prestamo", {DATE: "2025-03-09 23:59:59"}, 3.0),
        ("dia_semana", {DATE: "2025-03-09 23:59:59"}, 6.0),  # a Sunday
        ("dia_semana", {DATE: "2025-03-10"}, 0.0),
        ("trimestre", {DATE: "2025-03-31"}, 1.0),
        ("trimestre", {DATE: "2025-04-01"}, 2.0),
        ("dias_desde_epoca", {DATE: "2025-01-01"}, 20_089.0),
        ("dias_desde_epoca", {DATE: "2025-01-01T04:59:59Z"}, 20_088.0),  # still 2024 in Bogota
    ],
)
def test_values_computed_by_hand(name: str, changes: dict[str, Value], value: float) -> None:
    assert feature(name, **changes) == value


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("ratio_cuota_salario", {"salario_cliente": 0}),
        ("ratio_deuda_ingreso", {"salario_cliente": 0, "total_otros_prestamos": 0}),
        ("ratio_capital_salario", {"salario_cliente": -0.0}),
        ("nivel_endeudamiento", {"salario_cliente": 0}),
        ("ratio_puntajes", {"puntaje": 95, "puntaje_datacredito": 0}),
        (
            "ratio_financiero",
            {
                "creditos_sectorFinanciero": 0,
                "creditos_sectorCooperativo": 0,
                "creditos_sectorReal": 0,
            },
        ),
        ("tiene_mora", {"saldo_mora": None}),
        ("tiene_codeudor_mora", {"saldo_mora_codeudor": None}),
        ("nivel_endeudamiento", {"saldo_total": None}),
        ("ratio_puntajes", {"puntaje": None}),
        ("ratio_puntajes", {"puntaje_datacredito": None}),
        ("tipo_laboral", {"tipo_laboral": "Pensionado"}),
        ("tipo_laboral", {"tipo_laboral": "empleado"}),
        ("tendencia_ingresos", {"tendencia_ingresos": None}),
        ("tendencia_ingresos", {"tendencia_ingresos": 58}),
    ],
)
def test_what_is_not_known_or_not_defined_is_nan(name: str, changes: dict[str, Value]) -> None:
    assert math.isnan(feature(name, **changes))


def test_a_customer_without_bureau_record_has_no_counted_credits() -> None:
    changes: dict[str, Value] = {**dict.fromkeys(BUREAU_COUNTS, 0), "puntaje_datacredito": 0}
    cleaned, _ = clean_loan(loan(**changes))
    found = dict(zip(FEATURE_NAMES, build_feature_row(cleaned), strict=True))
    unknown = {name for name, value in found.items() if math.isnan(value)}
    expected = {*BUREAU_COUNTS, "puntaje_datacredito"}
    assert unknown == expected | {"total_creditos_sector", "ratio_financiero", "ratio_puntajes"}


# --- one loan and many -----------------------------------------------------------------------


@given(st.lists(possible_documents(), min_size=1, max_size=8), st.integers(1, 4))
def test_a_loan_alone_equals_its_row_in_a_batch_bit_for_bit(
    documents: list[dict[str, Value]], block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ft_engineering, "BLOCK_ROWS", block)
        batch = build_features(clean(tables_of(*documents))[0])
    for row, one in enumerate(documents):
        alone = feature_row_matrix(clean_loan(loan_from_json(one))[0])
        assert alone.names == batch.names
        assert same_values(alone.values, batch.values[[row]])


@given(st.lists(possible_documents(), min_size=4, max_size=4), st.permutations(range(4)))
def test_a_loan_s_features_do_not_depend_on_its_neighbours(
    documents: list[dict[str, Value]], order: list[int]
) -> None:
    loans, rows = clean(tables_of(*documents))[0], np.array(order)
    assert same_values(build_features(loans.take(rows)).values, build_features(loans).values[rows])


@given(possible_documents())
def test_no_infinity_comes_out(one: dict[str, Value]) -> None:
    for cleaned in (loan_from_json(one), clean_loan(loan_from_json(one))[0]):
        assert not np.isinf(feature_row_matrix(cleaned).values).any()
        assert not np.isinf(build_features(LoanTable.from_loans([cleaned])).values).any()


@pytest.mark.parametrize("salary", [5e-324, 1e-300, 1e-35])
def test_a_ratio_over_next_to_nothing_is_unknown(salary: float) -> None:
    one = loan(salario_cliente=salary, saldo_total=1e9, total_otros_prestamos=1e12)
    for features in (feature_row_matrix(one), build_features(LoanTable.from_loans([one]))):
        for name in ("ratio_cuota_salario", "ratio_deuda_ingreso", "nivel_endeudamiento"):
            assert np.isnan(features.column(name)).all()
        assert features.column("ingreso_disponible").tolist() == [np.float32(-1e12 - 290_000)]


@given(possible_documents(), st.sampled_from([c.name for c in NUMERIC]))
def test_unknown_in_is_unknown_out(one: dict[str, Value], column: str) -> None:
    unknown = {**loan_from_json(one), column: math.nan}
    found = feature_row_matrix(unknown)
    for name in descendants({column}):
        assert np.isnan(found.column(name)).all(), name


def test_a_whole_column_of_unknowns_is_unknown() -> None:
    loans = table(50, 2)
    nothing: NDArray[np.float64] = np.full(50, np.nan)
    features = build_features(loans.with_numbers({c.name: nothing for c in NUMERIC}))
    known = {name for name in FEATURE_NAMES if not np.isnan(features.column(name)).all()}
    assert known == {*CALENDAR, "tipo_laboral", "tendencia_ingresos"}


def test_building_features_leaves_the_loans_alone() -> None:
    loans, same = table(40, 3), table(40, 3)
    build_features(loans)
    assert all(same_values(loans.numbers[c.name], same.numbers[c.name]) for c in NUMERIC)
    one = loan()
    build_feature_row(one)
    assert one == loan()


def test_a_number_that_is_a_text_is_a_programming_error() -> None:
    with pytest.raises(struct.error, match="not a float"):
        feature_row_matrix({**loan(), "plazo_meses": "12"})


# --- the two number systems ------------------------------------------------------------------


_ANY = st.floats(allow_nan=True, allow_infinity=False, width=64) | st.sampled_from([0.0, -0.0])


@given(st.lists(st.tuples(_ANY, _ANY), min_size=1, max_size=20))
def test_scalars_and_arrays_agree_bit_for_bit(pairs: list[tuple[float, float]]) -> None:
    above, below = (np.array(side) for side in zip(*pairs, strict=True))
    with np.errstate(over="ignore"):
        ratios = ARRAYS.ratio(above, below)
    assert same_values(ratios, np.array([SCALARS.ratio(*pair) for pair in pairs]))
    positive = np.array([SCALARS.positive(one) for one in above.tolist()])
    assert same_values(ARRAYS.positive(above), positive)


def test_nothing_divided_by_nothing_is_unknown() -> None:
    assert math.isnan(SCALARS.ratio(0.0, 0.0))
    assert np.isnan(ARRAYS.ratio(np.array([0.0, 1.0]), np.array([-0.0, 0.0]))).all()


# --- the calendar ----------------------------------------------------------------------------


EPOCH = date(1970, 1, 1)
FIRST_DAY = (date(1990, 1, 1) - EPOCH).days
LAST_DAY = (date(2100, 12, 31) - EPOCH).days


def _by_datetime(day: date) -> tuple[int, int, int, int]:
    """Give the four calendar features as the standard library has them."""
    return day.month, day.weekday(), (day.month + 2) // 3, (day - EPOCH).days


def test_the_calendar_is_right_on_every_day_from_1990_to_2100() -> None:
    days = np.arange(FIRST_DAY, LAST_DAY + 1)
    assert len(days) == 40_542
    expected = np.array([_by_datetime(EPOCH + timedelta(days=day)) for day in days.tolist()])
    functions = [BY_FEATURE[name].compute for name in CALENDAR]
    for function, values in zip(functions, expected.T, strict=True):
        assert function is not None
        assert np.array_equal(function(days), values)
        assert [function(day) for day in days.tolist()] == values.tolist()


def test_months_are_right_before_1970_and_over_centuries() -> None:
    days = [-1, -306, -719_468, 47_540, 730_000]
    assert [month_of(day) for day in days] == month_of(np.array(days)).tolist()
    assert [month_of(day) for day in days[:2]] == [12, 3]


@given(st.integers(FIRST_DAY, LAST_DAY), st.integers(0, 86_399))
def test_the_time_of_day_changes_nothing(day: int, second: int) -> None:
    moment = datetime.fromtimestamp(86_400 * day + second, UTC).strftime("%Y-%m-%d %H:%M:%S")
    found = feature_row_matrix(loan(fecha_prestamo=moment))
    values = [float(found.column(name)[0]) for name in CALENDAR]
    assert values == [*_by_datetime(EPOCH + timedelta(days=day))]


def test_days_are_exact_in_float32() -> None:
    features = build_features(
        tables_of(document(fecha_prestamo="2100-12-31"), document(fecha_prestamo="2100-12-30"))
    )
    assert features.column("dias_desde_epoca").tolist() == [LAST_DAY, LAST_DAY - 1]


# --- the matrix ------------------------------------------------------------------------------


def test_columns_are_chosen_by_name_in_the_order_asked_for() -> None:
    features = build_features(table(9, 4))
    chosen = features.select(("trimestre", "plazo_meses"))
    assert chosen.names == ("trimestre", "plazo_meses")
    assert same_values(chosen.values[:, 1], features.column("plazo_meses"))
    assert features.select(()).values.shape == (9, 0)


def test_an_unknown_feature_has_no_column() -> None:
    features = build_features(table(2, 5))
    with pytest.raises(KeyError, match="puntage"):
        features.column("puntage")
    with pytest.raises(KeyError, match="puntage"):
        features.select(("puntage",))


def test_rows_are_taken_by_position_and_by_mask() -> None:
    features = build_features(table(5, 6))
    by_position = features.take(np.array([4, 0]))
    by_mask = features.take(np.array([True, False, False, False, True]))
    assert same_values(by_position.values[::-1], by_mask.values)
    assert by_position.names == features.names


def test_the_real_portfolio_alone_and_together(real_data: Path) -> None:
    loans, _ = clean(read_portfolio(real_data).loans)
    features = build_features(loans)
    assert not np.isinf(features.values).any()
    for row in range(0, len(loans), 23):
        assert same_values(feature_row_matrix(loans.loan(row)).values, features.values[[row]])
    # "Salaries 0": a ratio over them is unknown, never 0
    penniless = loans.numbers["salario_cliente"] == 0
    assert penniless.any()
    assert np.isnan(features.column("ratio_cuota_salario")[penniless]).all()
