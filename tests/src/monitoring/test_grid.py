"""The cells: what they hold, what they keep apart, that they are one and the same after JSON."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline.src.errors import NotEnoughLoansError, WindowError
from mlops_pipeline.src.monitoring import statistics
from mlops_pipeline.src.monitoring.grid import (
    BINS,
    CELL_SHARE,
    CategoryCells,
    NumericCells,
    learn_numeric,
)
from mlops_pipeline.src.monitoring.reference import (
    dump_reference,
    learn_reference,
    load_reference,
)
from mlops_pipeline.src.monitoring.variables import VARIABLES, Place
from tests.src.monitoring.support import reference, scores_of, training
from tests.support import table

VALUES = st.lists(
    st.one_of(st.sampled_from([0.0, 1.0, 12.0]), st.floats(-1e6, 1e6, allow_subnormal=False)),
    min_size=1,
    max_size=200,
)


@given(VALUES, VALUES)
def test_ks_through_cells_is_within_half_a_percent(left: list[float], right: list[float]) -> None:
    one, other = np.array(left), np.array(right)
    cells = learn_numeric(one)
    counts = [np.bincount(cells.locate(v), minlength=cells.size)[:-1] for v in (one, other)]
    exact = statistics.ks_exact(one, other)
    assert exact - CELL_SHARE - 1e-12 <= statistics.ks_statistic(*counts) <= exact + 1e-12


@given(VALUES)
def test_cells_hold_every_training_value_inside_the_range(values: list[float]) -> None:
    cells = learn_numeric(np.array(values))
    counts = np.bincount(cells.locate(np.array(values)), minlength=cells.size)
    assert counts[0] == counts[-2] == counts[-1] == 0
    bins = cells.bins(counts)
    assert bins.sum() == len(values)
    assert (bins[:-1] > 0).all()
    assert len(bins) <= BINS + 1


def test_a_cell_holds_at_most_its_share_unless_it_is_one_value() -> None:
    rng = np.random.default_rng(0)
    values = np.where(rng.random(9_000) < 0.3, 7.0, rng.normal(0, 5, 9_000))
    cells = learn_numeric(values)
    counts = np.bincount(cells.locate(values), minlength=cells.size)
    heavy = np.flatnonzero(counts > CELL_SHARE * len(values))
    assert len(heavy) == 1
    assert cells.locate(np.array([7.0]))[0] == heavy[0]
    assert cells.locate(np.array([np.nextafter(7.0, 0)]))[0] != heavy[0]


def test_values_outside_the_range_and_unknown_ones_have_cells_of_their_own() -> None:
    cells = learn_numeric(np.array([1.0, 2.0, 3.0]))
    found = cells.locate(np.array([-np.inf, 0.5, 1.0, 3.0, 3.5, np.inf, np.nan]))
    assert found[0] == found[1] == 0
    assert found[4] == found[5] == cells.size - 2
    assert found[6] == cells.size - 1
    assert 0 < found[2] < found[3] < cells.size - 2


def test_float32_values_fall_into_the_cells_that_they_taught() -> None:
    values = np.array([0.1, 0.2, 0.3] * 10, dtype=np.float32)
    cells = learn_numeric(values)
    assert len(set(cells.locate(values).tolist())) == 3


def test_a_variable_never_known_in_training_has_every_value_outside() -> None:
    cells = learn_numeric(np.array([np.nan, np.nan]))
    assert cells == NumericCells((), (1,))
    assert cells.locate(np.array([5.0, np.nan])).tolist() == [0, 1]
    assert cells.bins(np.array([1, 2])).tolist() == [1, 2]
    assert cells.coarse() == cells


def test_a_constant_has_one_bin() -> None:
    cells = learn_numeric(np.full(50, 4.0))
    counts = np.bincount(cells.locate(np.array([3.0, 4.0, 5.0])), minlength=cells.size)
    assert counts.tolist() == [1, 1, 1, 0]
    assert cells.bins(counts).tolist() == [3, 0]


def test_categories() -> None:
    cells = CategoryCells(("a", "b"))
    texts = np.array(["b", None, "x", "a"], dtype=np.object_)
    assert cells.locate(texts).tolist() == [1, 3, 2, 0]
    codes = CategoryCells(("4", "9"))
    assert codes.locate(np.array([9, np.nan, 5, 4], dtype=np.float32)).tolist() == [1, 3, 2, 0]


def test_the_coarse_grid_keeps_bins_and_what_lies_outside() -> None:
    fine = reference()
    coarse = fine.grid.coarse()
    counts = fine.grid.coarsened(fine.tally.counts)
    assert counts.size == coarse.size < fine.grid.size / 5
    parts = dict(zip((a.name for a in coarse.axes), coarse.slices(), strict=True))
    for axis, part in fine.grid.slices():
        own, place = parts[axis.name]
        assert counts[place].sum() == len(training())
        assert (own.cells.bins(counts[place]) == axis.cells.bins(fine.tally.counts[part])).all()
        if isinstance(own.cells, NumericCells) and isinstance(axis.cells, NumericCells):
            assert own.cells.bin_edges == axis.cells.bin_edges
            outside = np.array([axis.cells.edges[0] - 1e9, axis.cells.edges[-1] + 1e9])
            assert own.cells.locate(outside).tolist() == [0, own.cells.size - 2]


def test_every_feature_the_hidden_columns_two_ratios_and_the_score_are_watched() -> None:
    places = [variable.place for variable in VARIABLES]
    assert places.count(Place.CALENDAR) == 4
    assert places.count(Place.AFTERWARDS) == 2
    assert places.count(Place.FEATURE) == 29
    assert places.count(Place.DERIVED) == 2
    assert places.count(Place.RAW) == 7
    assert places.count(Place.SCORE) == 1


def test_a_reference_survives_json_and_is_small() -> None:
    content = dump_reference(reference())
    again = load_reference(content)
    assert again.grid == reference().grid
    assert again.importance == reference().importance
    assert (again.tally.counts == reference().tally.counts).all()
    assert len(content) < 300_000


def test_a_damaged_reference_is_refused() -> None:
    content = dump_reference(reference())
    for damaged in (
        b"{}",
        content.replace(b'"plazo_meses"', b'"plazo"', 1),
        content.replace(b'"counts":"', b'"counts":"!', 1),
        content.replace(b'"edges":[', b'"edges":[-1e300,', 1),
    ):
        with pytest.raises(WindowError):
            load_reference(damaged)


def test_a_reference_needs_loans_and_their_scores() -> None:
    few = table(10, 0)
    with pytest.raises(NotEnoughLoansError):
        learn_reference(few, scores_of(few))
    with pytest.raises(WindowError):
        learn_reference(training(), scores_of(few))
