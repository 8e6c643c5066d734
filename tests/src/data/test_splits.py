"""Splits: training lies before testing, whatever the file's order, and too little is refused."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.splits import (
    MIN_LATE,
    MIN_LOANS,
    MIN_PER_FOLD,
    immature,
    out_of_time_split,
    rolling_origin,
)
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import NotEnoughLoansError
from tests.support import document, same_tables, table, tables_of


def shuffled(loans: LoanTable, seed: int) -> LoanTable:
    """Give the same loans in another order."""
    return loans.take(np.random.default_rng(seed).permutation(len(loans)))


def at_moments(loans: LoanTable, seconds: list[int]) -> LoanTable:
    """Give the same loans at other moments."""
    return replace(loans, seconds=np.array(seconds, dtype=np.int64))


def test_the_latest_fifth_is_tested_on() -> None:
    loans = table(1_500, 1, late_share=0.2)
    split = out_of_time_split(loans)
    assert (len(split.train), len(split.test)) == (1_200, 300)
    assert split.train.seconds.max() < split.test.seconds.min()
    assert (np.diff(split.train.seconds) >= 0).all()
    assert (np.diff(split.test.seconds) >= 0).all()


def test_the_order_of_the_file_decides_nothing() -> None:
    loans = table(1_500, 2, late_share=0.2)
    one, other = out_of_time_split(loans), out_of_time_split(shuffled(loans, 3))
    assert same_tables(one.train, other.train)
    assert same_tables(one.test, other.test)


def test_loans_of_the_same_second_keep_no_order_of_the_file() -> None:
    loans = table(1_500, 4, late_share=0.2)
    by_day = at_moments(loans, [second // 864_000 for second in loans.seconds.tolist()])
    one, other = out_of_time_split(by_day), out_of_time_split(shuffled(by_day, 5))
    assert same_tables(one.train, other.train)
    assert same_tables(one.test, other.test)


def test_no_loan_is_lost_or_doubled() -> None:
    loans = table(1_500, 6, late_share=0.2)
    split = out_of_time_split(shuffled(loans, 7))
    assert sorted([*split.train.lines, *split.test.lines]) == loans.lines.tolist()


def test_targets_stay_with_their_loans() -> None:
    loans = table(1_500, 8, late_share=0.2)
    split = out_of_time_split(shuffled(loans, 9))
    assert loans.target is not None
    for side in (split.train, split.test):
        assert side.target is not None
        assert np.array_equal(side.target, loans.target[side.lines - 2])


def test_one_moment_never_stands_on_both_sides() -> None:
    loans = table(1_000, 10, late_share=0.3)
    moments = [100] * 700 + [200] * 250 + [300] * 50
    with pytest.raises(NotEnoughLoansError):  # 200 of the loans of moment 200 would be needed
        out_of_time_split(at_moments(loans, [100] * 1_000))
    split = out_of_time_split(at_moments(loans, moments))
    assert (len(split.train), len(split.test)) == (700, 300)


def test_another_share_may_be_asked_for() -> None:
    split = out_of_time_split(table(1_000, 11, late_share=0.3), share=0.5)
    assert (len(split.train), len(split.test)) == (500, 500)


@pytest.mark.parametrize("rows", [0, 1, MIN_LOANS * 5 - 5])
def test_too_few_loans_are_refused_with_the_figures(rows: int) -> None:
    with pytest.raises(NotEnoughLoansError, match=f"al menos {MIN_LOANS} y {MIN_LATE}"):
        out_of_time_split(table(rows, 12, late_share=0.3))


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_class_alone_is_refused(outcome: int) -> None:
    loans = table(2_000, 13)
    with pytest.raises(NotEnoughLoansError, match="Hay muy pocos"):
        out_of_time_split(replace(loans, target=np.full(2_000, outcome, dtype=np.int8)))


def test_late_loans_in_the_training_part_only_are_refused() -> None:
    loans = table(2_000, 14)
    order = np.argsort(loans.seconds)
    target = np.ones(2_000, dtype=np.int8)
    target[order[:500]] = 0
    with pytest.raises(NotEnoughLoansError, match="400, de ellos 0 en mora"):
        out_of_time_split(replace(loans, target=target))


def test_loans_without_a_target_cannot_be_split() -> None:
    with pytest.raises(NotEnoughLoansError, match="no tienen la columna Pago_atiempo"):
        out_of_time_split(tables_of(document(), document()))


def test_folds_grow_and_validate_on_what_comes_next() -> None:
    loans = at_moments(table(1_000, 15, late_share=0.3), list(range(1_000)))
    assert [(len(fold.train), len(fold.validation)) for fold in rolling_origin(loans)] == [
        (400, 150),
        (550, 150),
        (700, 150),
        (850, 150),
    ]


@given(st.lists(st.integers(0, 30), min_size=60, max_size=120), st.integers(2, 4))
def test_no_fold_validates_on_the_past(moments: list[int], every: int) -> None:
    seconds = sorted(moments)
    target = (np.arange(len(seconds)) % every > 0).astype(np.int8)
    loans = replace(at_moments(table(len(seconds), 16), seconds), target=target)
    seen = np.zeros(len(seconds), dtype=np.int64)
    with contextlib.suppress(NotEnoughLoansError):  # as where there is one moment only
        for fold in rolling_origin(loans):
            assert loans.seconds[fold.train].max() < loans.seconds[fold.validation].min()
            for side in (fold.train, fold.validation):
                assert np.bincount(target[side], minlength=2).min() >= MIN_PER_FOLD
            seen[fold.validation] += 1
    assert (seen <= 1).all()


def test_folds_without_enough_of_either_class_are_left_out() -> None:
    target = np.ones(1_000, dtype=np.int8)
    target[400:850:10] = 0  # none before the first origin, none after the last
    loans = replace(at_moments(table(1_000, 17), list(range(1_000))), target=target)
    assert [(len(fold.train), len(fold.validation)) for fold in rolling_origin(loans)] == [
        (550, 150),
        (700, 150),
    ]


def test_one_moment_alone_gives_no_folds() -> None:
    with pytest.raises(NotEnoughLoansError):
        rolling_origin(at_moments(table(500, 18, late_share=0.3), [7] * 500))


def test_one_fold_is_not_enough() -> None:
    target = np.ones(1_000, dtype=np.int8)
    target[700:1_000:5] = 0
    loans = replace(at_moments(table(1_000, 19), list(range(1_000))), target=target)
    with pytest.raises(NotEnoughLoansError):
        rolling_origin(loans)


def test_loans_without_a_target_have_no_folds() -> None:
    with pytest.raises(NotEnoughLoansError, match="no tienen la columna Pago_atiempo"):
        rolling_origin(tables_of(document(), document()))


def test_a_loan_is_immature_until_its_term_has_run() -> None:
    loans = tables_of(
        document(fecha_prestamo="2024-01-01", plazo_meses=12),
        document(fecha_prestamo="2024-01-01", plazo_meses=1),
        document(fecha_prestamo="2024-12-31", plazo_meses=1),
    )
    at = parse_moment("2024-12-30")
    assert immature(loans, at).tolist() == [True, False, True]
    assert immature(loans, at + 3 * 86_400).tolist() == [False, False, True]
