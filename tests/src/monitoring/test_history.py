"""Periods, what a bundle keeps of them, and drift over time."""

from __future__ import annotations

import datetime
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import parse_moment
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.splits import out_of_time_split
from mlops_pipeline.src.data.table import LoanTable, concatenate
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.model_monitoring import detect_drift
from mlops_pipeline.src.monitoring.aggregates import (
    LEAST_LOANS,
    aggregate,
    dump_aggregates,
    load_aggregates,
)
from mlops_pipeline.src.monitoring.history import history_of
from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.periods import (
    PeriodTally,
    Span,
    grouped,
    joined_labels,
    period_labels,
    tally_periods,
)
from mlops_pipeline.src.monitoring.reference import dump_reference, learn_reference
from mlops_pipeline.src.monitoring.tally import empty_tally, total
from mlops_pipeline.src.monitoring.tally_document import to_document
from tests.src.monitoring.support import reference, scores_of, window
from tests.support import table

compare = partial(detect_drift, reference())


@given(st.dates(datetime.date(1990, 1, 1), datetime.date(2100, 12, 31)), st.integers(0, 86_399))
def test_periods_are_those_of_the_calendar(day: datetime.date, second: int) -> None:
    moment = np.array([parse_moment(day.isoformat()) + second])
    year, week, _ = day.isocalendar()
    assert period_labels(moment, Span.DAY).tolist() == [day.isoformat()]
    assert period_labels(moment, Span.WEEK).tolist() == [f"{year}-W{week:02}"]
    assert period_labels(moment, Span.MONTH).tolist() == [f"{day:%Y-%m}"]


def test_small_periods_join_their_neighbours() -> None:
    labels = np.array(["a"] * 3 + ["b"] * 12 + ["c"] * 20 + ["d"] * 4)
    joined = joined_labels(labels, 10)
    assert [name for name, _ in grouped(joined)] == ["a/b", "c/d"]
    assert [len(rows) for _, rows in grouped(joined)] == [15, 24]
    assert set(joined_labels(labels[:3], 10).tolist()) == {"a"}
    assert joined_labels(labels[:0], 10).size == 0
    assert list(grouped(labels[:0])) == []


def test_periods_add_up_to_the_whole() -> None:
    loans = table(800, 21)
    labels = period_labels(loans.seconds, Span.WEEK)
    weeks = tally_periods(reference().grid, loans, labels, scores_of(loans))
    assert list(weeks) == sorted(weeks)
    whole = total(weeks.values(), reference().grid)
    assert to_document(whole) == to_document(window(loans))


def test_a_bundle_keeps_months_and_segments_of_at_least_ten_loans() -> None:
    loans = table(900, 22)
    loans.texts["tipo_laboral"][:5] = [f"rara {k}" for k in range(5)]
    found = aggregate(reference().grid, loans, scores_of(loans), model_version="v1")
    assert sum(month.tally.loans for month in found.months) == 900
    assert sum(segment.tally.loans for segment in found.segments) == 900
    for tally in (*(m.tally for m in found.months), *(s.tally for s in found.segments)):
        assert tally.loans >= LEAST_LOANS
        assert tally.first is not None
        assert tally.first % 86_400 == 0
    names = {(one.tipo_laboral, one.tipo_credito) for one in found.segments}
    assert ("Empleado", "4") in names
    assert (messages.OTHER_SEGMENTS, messages.OTHER_SEGMENTS) in names
    assert not any(name.startswith("rara") for pair in names for name in pair)
    again = load_aggregates(dump_aggregates(found))
    assert dump_aggregates(again) == dump_aggregates(found)
    assert again.months[0].model_version == "v1"
    with pytest.raises(WindowError):
        load_aggregates(b"[]")


def test_segments_are_compared_with_the_coarse_reference() -> None:
    loans = table(2_000, 23)
    found = aggregate(reference().grid, loans, scores_of(loans))
    counts = [s.tally for s in found.segments if s.tipo_laboral == "Empleado"]
    coarse = reference().coarse()
    report = detect_drift(coarse, total(counts, coarse.grid))
    assert report["tipo_laboral"].level is Level.RED
    assert report["capital_prestado"].level is Level.GREEN


def test_an_empty_history_says_so() -> None:
    found = history_of((), compare)
    assert found.points == ()
    assert "no hay historia" in found.note
    assert found.since() == {}


def _shifted(seed: int, rows: int = 600) -> LoanTable:
    """Give loans with longer terms."""
    loans = table(rows, seed)
    loans.numbers["plazo_meses"][:] = np.ceil(loans.numbers["plazo_meses"] / 3)
    return loans


def test_a_history_marks_changes_of_level_and_model_and_invents_nothing() -> None:
    windows = [
        PeriodTally("2025-01", window(table(600, 31)), "v1"),
        PeriodTally("2025-02", window(_shifted(32)), "v1"),
        PeriodTally("2025-03", window(_shifted(33, 20)), "v1"),
        PeriodTally("2025-05", window(_shifted(34)), "v2"),
        PeriodTally("2025-06", empty_tally(reference().grid), "v2"),
        PeriodTally("2025-07", window(table(600, 35)), "v2"),
    ]
    found = history_of(windows, compare)
    assert found.note == ""
    assert [point.period for point in found.points] == [one.period for one in windows]
    assert [point.level for point in found.points] == [
        Level.GREEN,
        Level.RED,
        Level.INSUFFICIENT,
        Level.RED,
        Level.INSUFFICIENT,
        Level.GREEN,
    ]
    assert [point.level_changed for point in found.points] == [
        False,
        True,
        False,
        False,
        False,
        True,
    ]
    assert [point.model_changed for point in found.points] == [False] * 3 + [True, False, False]
    assert found.since() == {}
    assert history_of(windows[:5], compare).since()["plazo_meses"] == "2025-02"
    rates = [point.window.late_rate for point in found.points]
    assert rates[4] is None
    assert rates[0] == pytest.approx(0.05, abs=0.03)
    assert found.points[0].variables["plazo_meses"].median is not None
    assert found.points[0].variables["tipo_laboral"].median is None


def test_real_months_are_kept_in_half_a_megabyte(real_data: Path) -> None:
    loans = read_portfolio(real_data).loans
    split = out_of_time_split(loans)
    known = learn_reference(split.train)
    as_of = int(loans.seconds.max())
    kept = [aggregate(known.grid, side, as_of=as_of) for side in (split.train, split.test)]
    assert sum(map(len, map(dump_aggregates, kept))) + len(dump_reference(known)) < 500_000
    assert load_aggregates(dump_aggregates(kept[1])).months[0].tally.loans > 0
    late = [month.tally.late for side in kept for month in side.months]
    assert loans.target is not None
    assert sum(late) == int((loans.target == 0).sum())
    joined = concatenate([split.train, split.test])
    assert sum(m.tally.immature for side in kept for m in side.months) == int(
        (joined.seconds + joined.numbers["plazo_meses"] * 86_400 * 365.25 / 12 > as_of).sum()
    )


def test_a_period_of_another_grid_is_refused() -> None:
    foreign = replace(window(table(100, 1)), grid="0" * 16)
    with pytest.raises(WindowError):
        history_of([PeriodTally("2025-01", foreign)], compare)
