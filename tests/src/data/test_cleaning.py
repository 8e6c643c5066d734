"""Cleaning: what becomes unknown, what is kept, what is said; one loan and many alike."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline.src.data.cleaning import Finding, Flag, LoanFlag, clean, clean_loan
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.schema import BUREAU_COUNTS, BUREAU_SCORE, NUMERIC, TEXTS
from mlops_pipeline.src.data.table import LoanTable, concatenate
from tests.support import (
    Value,
    document,
    loan,
    possible_documents,
    same_tables,
    same_values,
    table,
    tables_of,
)


def flagged(**changes: Value) -> list[tuple[str, Finding, float | str]]:
    """Give what is found about the example loan with changes."""
    return [(flag.column, flag.finding, flag.value) for flag in clean_loan(loan(**changes))[1]]


@pytest.mark.parametrize("age", [101, 121, 123, 130])
def test_an_age_that_nobody_has_becomes_unknown(age: int) -> None:
    cleaned, flags = clean_loan(loan(edad_cliente=age))
    assert math.isnan(float(cleaned["edad_cliente"] or 0))
    assert flags == (LoanFlag("edad_cliente", Finding.UNKNOWN, float(age)),)


@pytest.mark.parametrize("age", [18, 100])
def test_the_ends_of_the_plausible_band_belong_to_it(age: int) -> None:
    assert flagged(edad_cliente=age) == []


@pytest.mark.parametrize("salary", [0, 99_999, 22e9])
def test_an_odd_salary_is_kept_and_named(salary: float) -> None:
    cleaned, flags = clean_loan(loan(salario_cliente=salary))
    assert cleaned["salario_cliente"] == salary
    assert flags == (LoanFlag("salario_cliente", Finding.KEPT, float(salary)),)


@pytest.mark.parametrize("score", [0, -7])
def test_no_bureau_score_means_that_zeros_were_not_counted(score: float) -> None:
    cleaned, flags = clean_loan(
        loan(
            puntaje_datacredito=score,
            cant_creditosvigentes=0,
            huella_consulta=0,
            creditos_sectorFinanciero=2,
            creditos_sectorCooperativo=0,
            creditos_sectorReal=0,
        )
    )
    unknown = {name for name in cleaned if cleaned[name] != cleaned[name]}
    counts = {*BUREAU_COUNTS} - {"creditos_sectorFinanciero"}
    assert unknown == {BUREAU_SCORE} | counts
    assert {flag.column for flag in flags if flag.finding is Finding.NO_RECORD} == counts
    assert cleaned["creditos_sectorFinanciero"] == 2


def test_a_missing_bureau_score_says_the_same_as_one_of_zero() -> None:
    assert flagged(puntaje_datacredito=None, creditos_sectorCooperativo=0) == [
        ("creditos_sectorCooperativo", Finding.NO_RECORD, 0.0)
    ]


def test_with_a_bureau_score_a_zero_is_a_count() -> None:
    changes: dict[str, Value] = dict.fromkeys(BUREAU_COUNTS, 0)
    assert flagged(**changes) == []


@pytest.mark.parametrize("text", ["Pensionado", "empleado", "58"])
def test_an_unseen_text_stays_and_is_named(text: str) -> None:
    cleaned, flags = clean_loan(loan(tipo_laboral=text))
    assert cleaned["tipo_laboral"] == text
    assert flags == (LoanFlag("tipo_laboral", Finding.UNSEEN_TEXT, text),)


def test_an_unknown_text_needs_no_word() -> None:
    assert flagged(tendencia_ingresos=None) == []


def test_a_number_for_a_text_is_a_category_of_that_name() -> None:
    assert flagged(tendencia_ingresos=58) == [("tendencia_ingresos", Finding.UNSEEN_TEXT, "58")]
    assert flagged(tendencia_ingresos=0.5) == [("tendencia_ingresos", Finding.UNSEEN_TEXT, "0.5")]


def test_unknown_values_are_not_outside_any_band() -> None:
    nullable: dict[str, Value] = {
        column.name: None for column in (*NUMERIC, *TEXTS) if column.nullable
    }
    assert flagged(**nullable, creditos_sectorCooperativo=1) == []


def test_clean_leaves_its_argument_alone() -> None:
    before, one = table(50, 1), loan(edad_cliente=121)
    before.numbers["edad_cliente"][:] = 121
    cleaned, _ = clean(before)
    assert np.isnan(cleaned.numbers["edad_cliente"]).all()
    assert (before.numbers["edad_cliente"] == 121).all()
    clean_loan(one)
    assert one["edad_cliente"] == 121


def test_plausible_loans_come_back_untouched() -> None:
    loans = table(100, 2)
    loans.numbers[BUREAU_SCORE][:] = 700
    cleaned, flags = clean(loans)
    assert flags == ()
    assert same_tables(cleaned, loans)


def test_cleaning_twice_changes_nothing_more() -> None:
    loans = table(200, 3)
    loans.numbers["edad_cliente"][::3] = 121
    loans.numbers[BUREAU_SCORE][::5] = 0
    loans.numbers["huella_consulta"][:] = 0
    once, _ = clean(loans)
    twice, flags = clean(once)
    assert same_tables(once, twice)
    assert {flag.finding for flag in flags} == set()


def test_the_target_and_the_lines_go_along() -> None:
    loans = table(30, 4)
    loans.numbers["edad_cliente"][0] = 122
    cleaned, _ = clean(loans)
    assert cleaned.target is loans.target
    assert cleaned.lines is loans.lines


@given(st.lists(possible_documents(), min_size=1, max_size=6))
def test_one_loan_is_cleaned_like_the_same_loan_in_a_table(
    documents: list[dict[str, Value]],
) -> None:
    cleaned, flags = clean(tables_of(*documents))
    for row, one in enumerate(documents):
        alone, alone_flags = clean_loan(loan_from_json(one))
        assert same_row(cleaned, row, alone)
        came = loan_from_json(one)
        in_table = [
            LoanFlag(flag.column, flag.finding, value)
            for flag in flags
            for value in [came[flag.column]]
            if row in flag.rows and value is not None
        ]
        assert [*alone_flags] == in_table


def same_row(loans: LoanTable, row: int, one: dict[str, float | int | str | None]) -> bool:
    """Tell whether a row of a table holds a loan, NaN being NaN."""
    return same_tables(loans.take(np.array([row])), LoanTable.from_loans([one]))


def test_rows_of_a_flag_are_positions_in_order() -> None:
    loans = table(10, 5)
    loans.numbers["edad_cliente"][[7, 2, 9]] = 121
    found = [flag for flag in clean(loans)[1] if flag.column == "edad_cliente"]
    assert [flag.rows.tolist() for flag in found] == [[2, 7, 9]]


def test_clean_takes_no_loans_at_all() -> None:
    cleaned, flags = clean(table(5, 6).take(slice(0, 0)))
    assert len(cleaned) == 0
    assert flags == ()


def test_a_loan_whose_number_is_a_text_is_a_programming_error() -> None:
    with pytest.raises(TypeError, match="salario_cliente is not a number: '3'"):
        clean_loan({**loan(), "salario_cliente": "3"})
    with pytest.raises(TypeError, match="salario_cliente is not a number: None"):
        clean_loan({**loan(), "salario_cliente": None})


def test_a_table_gives_its_loans_back() -> None:
    documents = [document(plazo_meses=6), document(tendencia_ingresos=None, puntaje=None)]
    loans = tables_of(*documents)
    again = LoanTable.from_loans([loans.loan(row) for row in range(2)])
    assert same_tables(again, loans)
    assert loans["fecha_prestamo"] is loans.seconds
    assert loans["tipo_laboral"].tolist() == ["Empleado", "Empleado"]
    assert loans["plazo_meses"].tolist() == [6.0, 12.0]


def test_tables_are_joined_in_order() -> None:
    loans = table(20, 7)
    assert same_tables(concatenate([loans.take(slice(0, 8)), loans.take(slice(8, 20))]), loans)
    without = [tables_of(document()), tables_of(document())]
    assert concatenate(without).target is None


def test_tables_with_and_without_a_target_are_not_joined() -> None:
    with pytest.raises(ValueError, match="some tables have a target and some have not"):
        concatenate([table(3, 8), tables_of(document())])
    with pytest.raises(ValueError, match="no table"):
        concatenate([])


# --- the real portfolio ----------------------------------------------------------------------


def _rows(flags: tuple[Flag, ...], column: str, finding: Finding) -> int:
    """Count the rows of a finding about a column."""
    return sum(len(f.rows) for f in flags if (f.column, f.finding) == (column, finding))


def _expected(path: Path) -> Counter[tuple[str, Finding]]:
    """Count, from the texts of the file, what its README calls dirt."""
    rules: dict[tuple[str, Finding], Callable[[dict[str, str]], bool]] = {
        ("edad_cliente", Finding.UNKNOWN): lambda row: int(row["edad_cliente"]) > 100,
        (BUREAU_SCORE, Finding.UNKNOWN): lambda row: float(row[BUREAU_SCORE] or 1) < 1,
        ("salario_cliente", Finding.KEPT): lambda row: (
            not (100_000 <= float(row["salario_cliente"]) <= 1e9)
        ),
        ("tendencia_ingresos", Finding.UNSEEN_TEXT): lambda row: (
            row["tendencia_ingresos"] not in ("", "Creciente", "Estable", "Decreciente")
        ),
        ("huella_consulta", Finding.NO_RECORD): lambda row: (
            float(row[BUREAU_SCORE] or 0) < 1 and float(row["huella_consulta"]) == 0
        ),
    }
    with path.open(encoding="utf-8", newline="") as stream:
        return Counter(key for row in csv.DictReader(stream) for key in rules if rules[key](row))


# What the README of the data counts in the full portfolio, of which the file is a part.
IN_THE_FULL_PORTFOLIO = {
    ("edad_cliente", Finding.UNKNOWN): 150,
    (BUREAU_SCORE, Finding.UNKNOWN): 146,
    ("tendencia_ingresos", Finding.UNSEEN_TEXT): 58,
}


def test_the_dirt_of_the_real_portfolio_is_flagged_row_by_row(real_data: Path) -> None:
    _, flags = clean(read_portfolio(real_data).loans)
    expected = _expected(real_data)
    assert {key: _rows(flags, *key) for key in expected} == dict(expected)
    for key, full in IN_THE_FULL_PORTFOLIO.items():
        assert full / 3 < _rows(flags, *key) <= full


def test_cleaning_the_real_portfolio_only_ever_makes_values_unknown(real_data: Path) -> None:
    before = read_portfolio(real_data).loans
    after, _ = clean(before)
    for column in NUMERIC:
        came, left = before.numbers[column.name], after.numbers[column.name]
        kept = ~np.isnan(left)
        assert same_values(came[kept], left[kept])
