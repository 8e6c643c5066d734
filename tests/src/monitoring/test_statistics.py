"""The statistics against SciPy, against their formulas, and at their edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from mlops_pipeline.src.monitoring import statistics
from mlops_pipeline.src.monitoring.grid import CELL_SHARE, Counts, learn_numeric

COUNTS = st.lists(st.integers(0, 500), min_size=2, max_size=15)


def pairs() -> st.SearchStrategy[tuple[Counts, Counts]]:
    """Give counts of both sides over the same bins, some of them empty."""
    return st.integers(2, 15).flatmap(lambda bins: st.tuples(*(_counts(bins) for _ in range(2))))


def _counts(bins: int) -> st.SearchStrategy[Counts]:
    """Give counts of at least one loan."""
    lists = st.lists(st.integers(0, 500), min_size=bins, max_size=bins).filter(any)
    return lists.map(lambda values: np.array(values, dtype=np.int64))


def samples(kind: str, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give two samples: continuous, heavy-tailed, whole numbers, or mostly one value."""
    rng = np.random.default_rng(seed)
    sizes = (5_000, 700)
    if kind == "normal":
        left, right = (rng.normal(shift, 1, n) for n, shift in zip(sizes, (0, 0.2), strict=True))
    elif kind == "lognormal":
        left, right = (rng.lognormal(15, s, n) for n, s in zip(sizes, (1, 1.3), strict=True))
    elif kind == "whole":
        left, right = (rng.poisson(m, n).astype(float) for n, m in zip(sizes, (3, 4), strict=True))
    elif kind == "between":  # values where the reference has none
        left, right = rng.choice([0.0, 10.0, 20.0], sizes[0]), rng.choice([5.0, 15.0], sizes[1])
    else:
        left, right = (np.where(rng.random(n) < 0.9, 0.0, rng.exponential(5, n)) for n in sizes)
    return left, right


@pytest.mark.parametrize("kind", ["normal", "lognormal", "whole", "mostly zero", "between"])
@pytest.mark.parametrize("seed", range(3))
def test_ks_equals_scipy(kind: str, seed: int) -> None:
    left, right = samples(kind, seed)
    exact = stats.ks_2samp(left, right, method="asymp")
    assert statistics.ks_exact(left, right) == pytest.approx(exact.statistic, abs=1e-12)
    cells = learn_numeric(left)
    counts = [
        np.bincount(cells.locate(values), minlength=cells.size)[:-1] for values in (left, right)
    ]
    through_cells = statistics.ks_statistic(*counts)
    assert exact.statistic - CELL_SHARE <= through_cells <= exact.statistic + 1e-12
    p = statistics.ks_p_values(
        np.array([exact.statistic]), np.array([len(left)]), np.array([len(right)])
    )
    assert p[0] == pytest.approx(exact.pvalue, rel=1e-9, abs=1e-300)


@given(pairs())
def test_chi_square_equals_scipy(pair: tuple[Counts, Counts]) -> None:
    there = (pair[0] + pair[1]) > 0
    found = statistics.chi_square(*pair)
    if there.sum() < 2:
        assert found.degrees == 0
        return
    expected = stats.chi2_contingency(np.stack(pair)[:, there], correction=False)
    assert found.statistic == pytest.approx(expected.statistic, abs=1e-9)
    assert found.degrees == expected.dof
    p = statistics.chi_square_p_values(
        np.array([found.statistic]), np.array([float(found.degrees)])
    )
    assert p[0] == pytest.approx(expected.pvalue, rel=1e-9, abs=1e-300)


@given(pairs())
def test_jensen_shannon_equals_scipy_is_symmetric_and_at_most_1(
    pair: tuple[Counts, Counts],
) -> None:
    found = statistics.js_distance(*pair)
    expected = jensenshannon(*pair, base=2)
    assert found == pytest.approx(np.nan_to_num(expected), abs=1e-7)
    assert found == pytest.approx(statistics.js_distance(*pair[::-1]), abs=1e-12)
    assert 0 <= found <= 1 + 1e-12


@given(pairs())
def test_psi_equals_its_formula_and_is_finite(pair: tuple[Counts, Counts]) -> None:
    left, right = pair
    found = statistics.psi(left, right)
    assert np.isfinite(found)
    assert found >= 0
    assert found == pytest.approx(statistics.psi(right, left))
    if (left > 0).all() and (right > 0).all():
        r, w = left / left.sum(), right / right.sum()
        assert found == pytest.approx(sum((w - r) * np.log(w / r)))


def test_an_empty_bin_counts_as_half_a_loan() -> None:
    left, right = statistics.shares(np.array([10, 0, 0]), np.array([5, 5, 0]))
    assert left.tolist() == [10 / 10.5, 0.5 / 10.5, 0.0]
    assert right.tolist() == [0.5, 0.5, 0.0]


@given(COUNTS.filter(any))
def test_identical_samples_do_not_differ(values: list[int]) -> None:
    counts = np.array(values)
    assert statistics.ks_statistic(counts, counts) == 0
    assert statistics.psi(counts, counts) == 0
    assert statistics.js_distance(counts, counts) == pytest.approx(0, abs=1e-7)
    assert statistics.chi_square(counts, counts).statistic == pytest.approx(0, abs=1e-9)


def test_nothing_is_said_without_loans() -> None:
    none, some = np.zeros(3, dtype=np.int64), np.array([1, 2, 3])
    for pair in ((none, some), (some, none), (none, none)):
        assert np.isnan(statistics.ks_statistic(*pair))
        assert np.isnan(statistics.psi(*pair))
        assert np.isnan(statistics.psi_by_chance(*pair))
        assert np.isnan(statistics.js_distance(*pair))
        assert statistics.chi_square(*pair).degrees == 0
    assert np.isnan(statistics.ks_exact(np.array([np.nan]), np.array([1.0])))
    p = statistics.ks_p_values(np.array([np.nan]), np.array([0]), np.array([5]))
    assert p.tolist() == [1.0]
    assert np.isnan(statistics.quantile(np.array([1.0]), none[:2], 0.5))


def test_psi_by_chance_is_the_mean_of_undrifted_samples() -> None:
    rng = np.random.default_rng(0)
    shares = np.full(10, 0.1)
    draws = [
        statistics.psi(rng.multinomial(4_000, shares), rng.multinomial(500, shares))
        for _ in range(400)
    ]
    expected = statistics.psi_by_chance(np.full(10, 400), np.full(10, 50))
    assert np.mean(draws) == pytest.approx(expected, rel=0.08)


@given(pairs())
def test_rare_bins_are_joined_and_no_loan_is_lost(pair: tuple[Counts, Counts]) -> None:
    left, right = statistics.merge_rare(*pair)
    assert left.sum() == pair[0].sum()
    assert right.sum() == pair[1].sum()
    if len(left) > 1:
        share = min(pair[0].sum(), pair[1].sum()) / (left.sum() + right.sum())
        assert ((left + right) * share >= statistics.MIN_EXPECTED - 1e-9).all()


def test_fisher_equals_scipy() -> None:
    for table in ([[3, 97], [9, 91]], [[0, 400], [3, 97]], [[30, 70], [2, 98]]):
        few, many = (np.array([row[0]]) for row in table)
        sizes = (np.array([sum(table[0])]), np.array([sum(table[1])]))
        more = stats.fisher_exact(table, alternative="less").pvalue
        fewer = stats.fisher_exact(table, alternative="greater").pvalue
        assert statistics.at_least(few, many, sizes)[0] == pytest.approx(more)
        assert statistics.at_most(few, many, sizes)[0] == pytest.approx(fewer)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_adjusted_p_values_equal_scipy(p_values: list[float]) -> None:
    expected = stats.false_discovery_control(p_values)
    assert statistics.adjusted(np.array(p_values)) == pytest.approx(expected)


def test_quantiles_lie_within_a_cell() -> None:
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, 5_000)
    cells = learn_numeric(values)
    counts = np.bincount(cells.locate(values), minlength=cells.size)[:-1]
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        found = statistics.quantile(np.array(cells.edges), counts, share)
        assert share - 1e-9 <= (values <= found).mean() <= share + CELL_SHARE + 1e-9
