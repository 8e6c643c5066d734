"""The leakage audit catches the answer in every disguise, and does not cry wolf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.schema import NUMERIC, TEXTS
from mlops_pipeline.src.data.splits import out_of_time_split
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.features.catalogue import FEATURE_NAMES
from mlops_pipeline.src.features.leakage import (
    MAX_SINGLE_AUC,
    MIN_PER_CLASS,
    LeakageAudit,
    Taint,
    _rankings,
    audit_leakage,
    separates,
    single_feature_auc,
)
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.ft_engineering import build_features
from tests.support import descendants, table

Values = NDArray[np.float64]
Late = NDArray[np.bool_]

LOANS = 2_000
AFTER = ("puntaje", "ratio_puntajes")  # tainted whatever their values
CARRIERS = [c.name for c in NUMERIC if c.name not in {"puntaje", "tipo_credito"}]


def target_of(loans: LoanTable) -> NDArray[np.int8]:
    """Give the target of loans that have one."""
    assert loans.target is not None
    return loans.target


def audited(loans: LoanTable) -> LeakageAudit:
    """Audit the features of loans."""
    return audit_leakage(build_features(loans), target_of(loans), loans.lines)


def leak(late: Late, rng: np.random.Generator, noise: float = 0.376) -> Values:
    """Give the answer with noise: ROC-AUC 0.97 for a standard deviation of 0.376."""
    return late + rng.normal(0, noise, len(late))


def within(values: Values, low: float, high: float) -> Values:
    """Rescale values to [low, high]."""
    rescaled: Values = low + (values - values.min()) / np.ptp(values) * (high - low)
    return rescaled


def taints(audit: LeakageAudit, name: str) -> tuple[Taint, ...]:
    """Give the taints of one feature."""
    return next(one.taints for one in audit.features if one.feature == name)


# --- leaks are caught ------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("column", CARRIERS)
def test_a_renamed_rescaled_and_noised_leak_is_caught_with_its_descendants(
    column: str, sign: int
) -> None:
    loans = table(LOANS, 1)
    late = target_of(loans) == 0
    hidden = within(sign * leak(late, np.random.default_rng(2)), 1, 30)
    assert 0.96 < max(roc_auc_score(late, hidden), 1 - roc_auc_score(late, hidden)) < 0.98
    family = descendants({column})
    some = dict.fromkeys((*family, *AFTER, "tipo_laboral", "dia_semana", "plazo_meses"))
    features = build_features(loans.with_numbers({column: hidden})).select(tuple(some))
    found = audit_leakage(features, target_of(loans), loans.lines)
    assert set(found.tainted) == {*family, *AFTER}
    assert Taint.AUC in taints(found, column)
    for name in set(family) - {column}:
        (heir,) = (one for one in found.features if one.feature == name)
        assert Taint.LINEAGE in heir.taints
        assert column in heir.parents


@pytest.mark.parametrize("shift", [0.0, 1e6])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_neither_scale_nor_offset_hides_a_leak(scale: float, shift: float) -> None:
    loans = table(LOANS, 3)
    late = target_of(loans) == 0
    features = FeatureMatrix(
        (leak(late, np.random.default_rng(4)) * scale * 1e3 + shift)[:, None].astype(np.float32),
        ("columna_nueva",),
    )
    found = audit_leakage(features, target_of(loans), loans.lines)
    assert found.tainted == ("columna_nueva",)


def test_a_leak_in_a_text_is_caught() -> None:
    loans = table(LOANS, 5)
    texts = np.where(target_of(loans) == 0, "Independiente", "Empleado").astype(np.object_)
    found = audited(replace(loans, texts={**loans.texts, "tipo_laboral": texts}))
    assert set(found.tainted) == {"tipo_laboral", *AFTER}


def _middle(late: Late, rng: np.random.Generator) -> Values:
    return np.where(late, rng.normal(0, 0.1, len(late)), rng.normal(0, 3, len(late)))


def _ends(late: Late, rng: np.random.Generator) -> Values:
    far = rng.choice([-3.0, 3.0], len(late)) + rng.normal(0, 0.3, len(late))
    return np.where(late, far, rng.normal(0, 1, len(late)))


def _stripes(late: Late, rng: np.random.Generator) -> Values:
    return 2.0 * rng.integers(0, 3, len(late)) + late + rng.uniform(0, 0.9, len(late))


def _code(late: Late, rng: np.random.Generator) -> Values:
    return np.where(late, rng.choice([6.0, 68.0], len(late)), rng.choice([4.0, 9.0], len(late)))


@pytest.mark.parametrize("shape", [_middle, _ends, _stripes, _code])
def test_a_leak_that_is_not_monotone_is_caught(
    shape: Callable[[Late, np.random.Generator], Values],
) -> None:
    rng = np.random.default_rng(6)
    late = rng.random(LOANS) < 0.05
    values = shape(late, rng)
    assert single_feature_auc(values, late) >= 0.85


@pytest.mark.parametrize("unknown_if_late", [True, False])
def test_a_leak_through_missing_values_is_caught(unknown_if_late: bool) -> None:
    loans = table(LOANS, 7)
    late = target_of(loans) == 0
    rng = np.random.default_rng(8)
    often = np.where(late == unknown_if_late, 0.8, 0.1)
    values = np.where(
        rng.random(LOANS) < often, np.nan, loans.numbers["promedio_ingresos_datacredito"]
    )
    found = audited(loans.with_numbers({"promedio_ingresos_datacredito": values}))
    assert set(found.tainted) == {"promedio_ingresos_datacredito", *AFTER}


@pytest.mark.parametrize("sign", [1, -1])
def test_unknown_counts_as_highest_and_as_lowest(sign: int) -> None:
    values = sign * np.arange(float(LOANS))
    late = np.arange(LOANS) >= LOANS - 30
    values[-15:] = np.nan  # half of the late loans are unknown, the others come next to them
    assert single_feature_auc(values, late) == 1.0


def test_a_column_that_is_unknown_for_every_late_loan_is_caught() -> None:
    loans = table(LOANS, 9)
    late = target_of(loans) == 0
    values = np.where(late, np.nan, loans.numbers["saldo_mora"])
    found = audited(loans.with_numbers({"saldo_mora": values}))
    assert set(found.tainted) == {"saldo_mora", "tiene_mora", *AFTER}


def test_classes_that_do_not_overlap_are_named() -> None:
    loans = table(LOANS, 10)
    late = target_of(loans) == 0
    score = np.random.default_rng(11).uniform(0, 60, LOANS) + np.where(late, 0, 61)
    found = audited(loans.with_numbers({"huella_consulta": score}))
    assert taints(found, "huella_consulta") == (Taint.AUC, Taint.SEPARATION)


def test_a_column_known_only_after_the_loan_is_tainted_even_as_noise() -> None:
    found = audited(table(LOANS, 12))
    assert taints(found, "puntaje") == (Taint.KNOWN_AFTER,)
    assert taints(found, "ratio_puntajes") == (Taint.LINEAGE,)


def test_what_is_made_from_such_a_column_is_tainted_without_the_column_itself() -> None:
    loans = table(LOANS, 13)
    features = build_features(loans).select(("plazo_meses", "ratio_puntajes"))
    found = audit_leakage(features, target_of(loans), loans.lines)
    assert found.tainted == ("ratio_puntajes",)
    assert found.features[1].parents == ("puntaje",)


def test_another_lineage_may_be_given() -> None:
    loans = table(LOANS, 14)
    late = target_of(loans) == 0
    rng = np.random.default_rng(15)
    columns = [leak(late, rng), rng.random(LOANS), rng.random(LOANS)]
    features = FeatureMatrix(np.column_stack(columns).astype(np.float32), ("a", "b", "c"))
    lineage = {"b": ("x", "a"), "c": ("x",)}
    found = audit_leakage(features, target_of(loans), loans.lines, lineage)
    assert (found.tainted, found.clean) == (("a", "b"), ("c",))
    assert found.features[1].parents == ("a",)
    assert audit_leakage(features, target_of(loans), loans.lines).tainted == ("a",)


# --- and nothing else is ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(100, 106))
def test_pure_chance_taints_nothing(seed: int) -> None:
    loans = table(LOANS, seed)
    found = audited(loans)
    assert found.tainted == AFTER
    assert found.clean == tuple(name for name in FEATURE_NAMES if name not in AFTER)
    assert (found.loans, found.late) == (LOANS, int((target_of(loans) == 0).sum()))
    assert all(0.5 <= one.auc < 0.67 for one in found.features)


def test_an_honest_signal_taints_nothing() -> None:
    loans = table(LOANS, 16, late_share=0.1)
    late = target_of(loans) == 0
    values = within(leak(late, np.random.default_rng(17), noise=2.0), 1, 999)
    assert 0.55 < roc_auc_score(late, values) < 0.7
    found = audited(loans.with_numbers({"puntaje_datacredito": values}))
    assert "puntaje_datacredito" in found.clean


@pytest.mark.parametrize("late", [0, 1, MIN_PER_CLASS - 1])
def test_too_few_late_loans_say_nothing(late: int) -> None:
    loans = table(200, 18, late_share=0.0)
    target = np.ones(200, dtype=np.int8)
    target[:late] = 0
    answer = np.where(target == 0, 1.0, 50.0)
    loans = replace(loans.with_numbers({"huella_consulta": answer}), target=target)
    found = audited(loans)
    assert found.tainted == AFTER
    assert all(np.isnan(one.auc) for one in found.features)
    assert np.isnan(found.row_order_auc)
    assert found.late == late


def test_chance_among_few_late_loans_is_no_leak() -> None:
    rng = np.random.default_rng(26)
    highest = 0.0
    for _ in range(400):
        late = rng.permutation(np.arange(400) < MIN_PER_CLASS)
        values = np.where(rng.random(400) < 0.1, np.nan, rng.random(400))
        ranked = _rankings(values, late)
        assert all(one.auc < one.limit for one in ranked)
        highest = max(highest, *(one.auc for one in ranked))
    assert highest > 0.7  # chance comes near the limit of larger portfolios, and may pass it


@pytest.mark.parametrize(
    ("late", "limit"), [(MIN_PER_CLASS, 0.80), (25, 0.77), (40, MAX_SINGLE_AUC)]
)
def test_the_fewer_late_loans_the_more_a_leak_must_show(late: int, limit: float) -> None:
    one = _rankings(np.arange(2_000.0), np.arange(2_000) < late)[0]
    assert one.auc == 1
    assert one.limit == pytest.approx(limit, abs=0.01)


def test_a_noised_leak_is_caught_among_the_fewest_late_loans() -> None:
    rng = np.random.default_rng(27)
    for _ in range(40):
        late = rng.permutation(np.arange(400) < MIN_PER_CLASS)
        assert any(one.auc >= one.limit for one in _rankings(leak(late, rng), late))


def test_twenty_late_loans_are_enough() -> None:
    target = np.ones(200, dtype=np.int8)
    target[:MIN_PER_CLASS] = 0
    answer = np.where(target == 0, 1.0, 50.0)
    found = audited(
        replace(table(200, 19).with_numbers({"huella_consulta": answer}), target=target)
    )
    assert "huella_consulta" in found.tainted


def test_no_loans_at_all_say_nothing() -> None:
    found = audited(table(10, 20).take(slice(0, 0)))
    assert (found.loans, found.late, found.tainted) == (0, 0, AFTER)


def test_a_column_of_unknowns_says_nothing() -> None:
    late = np.arange(LOANS) % 20 == 0
    nothing = np.full(LOANS, np.nan)
    assert single_feature_auc(nothing, late) == 0.5
    assert not separates(nothing, late)


@pytest.mark.parametrize("seed", range(5))
def test_a_constant_says_nothing_however_the_late_loans_lie(seed: int) -> None:
    rng = np.random.default_rng(seed)
    by_chance = rng.permutation(np.arange(LOANS) < MIN_PER_CLASS)
    for late in (by_chance, np.arange(LOANS) % 20 == 0, np.arange(LOANS) < 101):
        assert single_feature_auc(np.ones(LOANS), late) == pytest.approx(0.5)
        assert not separates(np.ones(LOANS), late)


def test_one_loan_on_the_wrong_side_is_an_overlap() -> None:
    late = np.arange(LOANS) % 20 == 0
    values = late * 10.0
    assert separates(values, late)
    assert separates(-values, late)
    values[0] = 0.0
    assert not separates(values, late)


@pytest.mark.parametrize("seed", range(4))
def test_direction_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    late = rng.random(LOANS) < 0.1
    values = leak(late, rng, noise=1.0)
    assert single_feature_auc(values, late) == pytest.approx(
        single_feature_auc(-values, late), abs=0.02
    )


# --- the order of the file -------------------------------------------------------------------


def test_the_order_of_the_file_is_measured() -> None:
    loans = table(LOANS, 21)
    assert audited(loans).row_order_auc < 0.6
    by_answer = loans.take(np.argsort(target_of(loans), kind="stable")[::-1])
    sorted_file = replace(by_answer, lines=np.arange(2, LOANS + 2))
    assert audited(sorted_file).row_order_auc == 1.0


def test_the_order_of_the_rows_given_does_not_matter() -> None:
    loans = table(LOANS, 22)
    late = target_of(loans) == 0
    hidden = loans.with_numbers(
        {"saldo_total": within(leak(late, np.random.default_rng(23)), 0, 9)}
    )
    by_answer = hidden.take(np.argsort(late, kind="stable"))
    one, other = audited(hidden), audited(by_answer)
    assert one.tainted == other.tainted
    assert one.row_order_auc == pytest.approx(other.row_order_auc, abs=0.05)


# --- the real portfolio ----------------------------------------------------------------------


def test_the_leak_of_the_real_portfolio_is_caught_and_nothing_else(real_data: Path) -> None:
    loans, _ = clean(read_portfolio(real_data).loans)
    found = audited(out_of_time_split(loans).train)
    assert found.tainted == AFTER
    assert {Taint.AUC, Taint.SEPARATION, Taint.KNOWN_AFTER} == {*taints(found, "puntaje")}
    assert {Taint.AUC, Taint.LINEAGE} <= {*taints(found, "ratio_puntajes")}
    assert all(one.auc < MAX_SINGLE_AUC - 0.05 for one in found.features if not one.taints)


@pytest.mark.parametrize("column", ["huella_consulta", "saldo_total", "capital_prestado"])
def test_the_real_leak_under_another_name_is_caught(real_data: Path, column: str) -> None:
    loans, _ = clean(read_portfolio(real_data).loans)
    rng = np.random.default_rng(24)
    late = target_of(loans) == 0
    puntaje = loans.numbers["puntaje"]
    noised = puntaje * 1_000 + rng.normal(0, 16_000, len(loans))
    assert 0.94 < 1 - roc_auc_score(late, noised) < 0.99
    found = audited(loans.with_numbers({column: noised}))
    assert set(found.tainted) == {*descendants({column}), *AFTER}


def test_texts_of_the_table_have_codes_in_the_audit() -> None:
    assert {column.name for column in TEXTS} <= {
        one.feature for one in audited(table(LOANS, 25)).features if 0.5 <= one.auc < 0.67
    }
