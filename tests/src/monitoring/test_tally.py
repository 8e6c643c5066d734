"""Tallies add up, whatever the order and the cuts; bad windows are named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlops_pipeline.src.data.cleaning import Finding, clean
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring import counting as module
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.documents import TallyDocument
from mlops_pipeline.src.monitoring.reference import learn_reference
from mlops_pipeline.src.monitoring.tally import CHECKS, MAX_UNSEEN, Tally, empty_tally, total
from mlops_pipeline.src.monitoring.tally_document import (
    from_document,
    to_document,
)
from tests.src.monitoring.support import reference, training, window
from tests.support import FIRST_SECOND, LAST_SECOND, document, possible_documents, table, tables_of


def same(left: Tally, right: Tally) -> bool:
    """Tell whether two tallies are equal in all parts."""
    return to_document(left) == to_document(right)


@given(st.integers(0, 300), st.integers(0, 2**31))
def test_the_tally_of_two_sets_is_the_sum_of_theirs(cut: int, seed: int) -> None:
    loans = table(300, 5)
    loans.texts["tendencia_ingresos"][:40] = [f"otra {k % 30}" for k in range(40)]
    order = np.random.default_rng(seed).permutation(300)
    parts = (loans.take(order[:cut]), loans.take(order[cut:]))
    as_of = (FIRST_SECOND + LAST_SECOND) // 2
    whole = window(loans, as_of)
    assert same(whole, window(parts[0], as_of) + window(parts[1], as_of))
    assert 0 < whole.future < 300


@given(possible_documents())
def test_any_loan_is_counted_once_in_each_variable(one: dict[str, float | str | None]) -> None:
    counted = window(tables_of(one))
    for _, part in reference().grid.slices():
        assert counted.counts[part].sum() == 1


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loans = table(1_000, 6)
    whole = window(loans)
    monkeypatch.setattr(module, "BLOCK_ROWS", 77)
    assert same(whole, window(loans))


def test_a_week_is_the_sum_of_its_days() -> None:
    loans = table(700, 8)
    days = [window(loans.take(slice(start, start + 100))) for start in range(0, 700, 100)]
    assert same(total(days, reference().grid), window(loans))
    assert same(total([], reference().grid), empty_tally(reference().grid))


def test_outcomes_checks_and_unseen_categories_are_counted() -> None:
    loans = table(500, 9)
    loans.numbers["edad_cliente"][:7] = 122
    loans.texts["tipo_laboral"][:3] = "Pensionado"
    loans.numbers["tipo_credito"][:2] = 68
    counted = window(loans)
    assert loans.target is not None
    assert counted.outcomes == 500
    assert counted.late == int((loans.target == 0).sum())
    assert counted.checks[CHECKS.index(("edad_cliente", Finding.UNKNOWN))] == 7
    assert counted.unseen == {"tipo_credito": {"68": 2}, "tipo_laboral": {"Pensionado": 3}}


def test_every_finding_of_cleaning_has_its_count() -> None:
    loans = tables_of(document(puntaje_datacredito=-7, edad_cliente=121, huella_consulta=0))
    _, flags = clean(loans)
    counted = window(loans)
    assert counted.checks.sum() == len(flags) > 2


def test_a_thousand_unseen_categories_are_counted_and_some_named() -> None:
    loans = table(1_000, 3)
    loans.texts["tipo_laboral"][:] = [f"clase {k:04}" for k in range(1_000)]
    counted = window(loans)
    assert list(counted.unseen["tipo_laboral"]) == [f"clase {k:04}" for k in range(MAX_UNSEEN)]
    axis, part = next(p for p in reference().grid.slices() if p[0].name == "tipo_laboral")
    assert counted.counts[part][-2] == 1_000
    assert axis.cells.size == 4


def test_a_tally_survives_json_compactly() -> None:
    counted = window(table(600, 4), LAST_SECOND)
    packed = to_document(counted)
    assert same(from_document(packed), counted)
    assert len(packed.counts) < 12_000


@pytest.mark.parametrize("text", ["&&", "AAAA", ""])
def test_damaged_counts_are_refused(text: str) -> None:
    packed = to_document(window(table(60, 4)))
    plain = {name: getattr(packed, name) for name in TallyDocument.__slots__}
    for part in ("counts", "checks"):
        with pytest.raises(WindowError):
            from_document(TallyDocument(**{**plain, part: text}))
    with pytest.raises(WindowError):
        from_document(TallyDocument(**{**plain, "checks": plain["counts"]}))


def test_tallies_of_different_grids_do_not_add() -> None:
    other = learn_reference(table(500, 77))
    with pytest.raises(WindowError, match="otro modelo"):
        reference().tally + other.tally


def test_a_missing_column_is_named() -> None:
    loans = training()
    numbers = {name: values for name, values in loans.numbers.items() if name != "saldo_total"}
    without = LoanTable(numbers, loans.texts, loans.seconds, loans.lines)
    with pytest.raises(WindowError, match="saldo_total"):
        window(without)


@pytest.mark.parametrize("scores", [np.ones(3), np.full(60, 1.5), np.full(60, -np.inf)])
def test_scores_that_are_no_probabilities_are_refused(scores: NDArray[np.float64]) -> None:
    with pytest.raises(WindowError, match="probabilidades"):
        tally_loans(reference().grid, table(60, 1), scores)
