"""The loan's definition is consistent, and its example is an ordinary loan."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from mlops_pipeline.src.data.cleaning import clean_loan
from mlops_pipeline.src.data.schema import (
    BUREAU_COUNTS,
    BUREAU_SCORE,
    BY_NAME,
    COLUMNS,
    DATE,
    HEADER,
    NUMERIC,
    TARGET,
    TEXTS,
    Band,
    Column,
    Kind,
    KnownAt,
    Outside,
    example_loan,
)
from tests.support import loan


def test_the_header_is_that_of_the_real_portfolio(real_data: Path) -> None:
    with real_data.open(encoding="utf-8", newline="") as stream:
        assert tuple(next(csv.reader(stream))) == HEADER


def test_there_are_22_input_columns_of_distinct_names() -> None:
    assert len(COLUMNS) == len(BY_NAME) == 22
    assert TARGET not in BY_NAME
    assert (len(NUMERIC), [c.name for c in TEXTS]) == (19, ["tipo_laboral", "tendencia_ingresos"])
    assert {c.name for c in COLUMNS} - {c.name for c in (*NUMERIC, *TEXTS)} == {DATE}


@pytest.mark.parametrize("column", NUMERIC, ids=lambda column: column.name)
def test_the_plausible_band_lies_within_the_possible_one(column: Column) -> None:
    assert column.plausible is not None
    assert column.possible is not None
    assert column.possible.low <= column.plausible.low < column.plausible.high
    assert column.plausible.high <= column.possible.high


@pytest.mark.parametrize("column", NUMERIC, ids=lambda column: column.name)
def test_whole_columns_have_whole_bounds(column: Column) -> None:
    assert column.plausible is not None
    assert column.possible is not None
    bounds = (
        column.plausible.low,
        column.plausible.high,
        column.possible.low,
        column.possible.high,
    )
    assert not column.is_whole or all(float(bound).is_integer() for bound in bounds)


def test_only_the_internal_score_is_known_after_the_loan_and_may_be_absent() -> None:
    assert [c.name for c in COLUMNS if c.known_at is KnownAt.AFTER_THE_LOAN] == ["puntaje"]
    assert [c.name for c in COLUMNS if not c.required] == ["puntaje"]
    assert BY_NAME["puntaje"].nullable


def test_values_that_become_unknown_are_the_sentinels_of_the_portfolio() -> None:
    unknown = [c.name for c in NUMERIC if c.outside is Outside.UNKNOWN]
    assert unknown == ["edad_cliente", BUREAU_SCORE]


def test_bureau_counts_are_counts() -> None:
    assert {BY_NAME[name].unit for name in BUREAU_COUNTS} == {"conteo"}


def test_the_example_is_a_whole_loan_about_which_nothing_is_to_be_said() -> None:
    example = example_loan()
    assert tuple(example) == tuple(BY_NAME)
    _, flags = clean_loan(loan())
    assert flags == ()


def test_the_example_can_be_changed_without_changing_the_definition() -> None:
    example_loan()["plazo_meses"] = -1
    assert example_loan()["plazo_meses"] == BY_NAME["plazo_meses"].example


def test_a_band_is_closed_and_has_no_place_for_nan() -> None:
    band = Band(1, 2)
    assert 1 in band
    assert 2 in band
    assert 2.0000001 not in band
    assert not band.__contains__(math.nan)


def test_codes_and_categories_are_told_apart() -> None:
    assert [c.name for c in COLUMNS if c.kind is Kind.CODE] == ["tipo_credito"]
    assert [c.name for c in COLUMNS if c.is_text] == [c.name for c in TEXTS]
