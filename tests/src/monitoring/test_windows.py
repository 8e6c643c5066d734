"""Windows: days counted while they come, longer periods and segments as their sums."""

from __future__ import annotations

import datetime
from dataclasses import asdict

import numpy as np
import pytest

from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.convert_many import table_from_json
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.monitoring.aggregates import SEGMENT_BY, categories_of
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.day_counts import DayCounts
from mlops_pipeline.src.monitoring.periods import PeriodTally, Span, period_labels, tally_periods
from mlops_pipeline.src.monitoring.prediction_log.loans import read_loans
from mlops_pipeline.src.monitoring.tally import total
from mlops_pipeline.src.monitoring.tally_document import (
    part_document,
    part_of,
    segment_document,
    segment_of,
    to_document,
)
from mlops_pipeline.src.monitoring.windows import (
    Window,
    by_span,
    period_days,
    segments_by_span,
)
from tests.src.monitoring.support import reference, scores_of, window
from tests.support import document, random_documents, table, tables_of

GRID = reference().grid


def counted(loans: LoanTable, pieces: int = 3) -> Window:
    """Count loans by day, some at a time."""
    days = DayCounts(GRID)
    for rows in np.array_split(np.arange(len(loans)), pieces):
        some = loans.take(rows)
        days.add(some, some.seconds, scores_of(some), "v1", None)
    return Window("aquí", *days.in_order())


def test_days_and_their_segments_are_what_they_would_be_alone() -> None:
    loans = table(700, 51)
    found = counted(loans)
    alone = tally_periods(GRID, loans, period_labels(loans.seconds, Span.DAY), scores_of(loans))
    assert {one.period: to_document(one.tally) for one in found.parts} == {
        day: to_document(tally) for day, tally in alone.items()
    }
    assert found.loans == 700
    assert sum(one.tally.loans for one in found.segments) == 700
    assert {one.model_version for one in found.parts} == {"v1"}
    assert {one.model_version for one in found.segments} == {"v1"}


@pytest.mark.parametrize(
    ("tipo_laboral", "tipo_credito"),
    [("Empleado", None), (None, "9"), ("Independiente", "4"), ("no vista", "desconocido")],
)
def test_a_segment_is_counted_over_the_coarse_grid(
    tipo_laboral: str | None, tipo_credito: str | None
) -> None:
    loans = table(900, 52)
    loans.texts["tipo_laboral"][:30] = "Pensionado"
    loans.numbers["tipo_credito"][:60] = np.nan
    chosen = np.ones(900, dtype=np.bool_)
    for name, value in zip(SEGMENT_BY, (tipo_laboral, tipo_credito), strict=True):
        if value is not None:
            chosen &= categories_of(GRID, loans, name) == value
    assert chosen.any()
    found = counted(loans).segment(tipo_laboral, tipo_credito)
    some = loans.take(chosen)
    expected = tally_loans(GRID.coarse(), some, scores_of(some))
    assert to_document(total((p.tally for p in found.parts), GRID.coarse())) == to_document(
        expected
    )
    assert found.loans == int(chosen.sum())
    assert found.segment(tipo_laboral, tipo_credito).loans == found.loans
    assert "aquí (" in found.origin


def test_no_choice_is_the_window_itself_and_an_unknown_segment_is_empty() -> None:
    whole = counted(table(60, 53))
    assert whole.segment(None, None) is whole
    assert whole.segment("nadie", None).parts == ()


def test_longer_periods_are_sums_of_days() -> None:
    loans = table(500, 54)
    found = counted(loans)
    for span in Span:
        labels = period_labels(loans.seconds, span)
        alone = tally_periods(GRID, loans, labels, scores_of(loans))
        longer = by_span(found.parts, span)
        assert [one.period for one in longer] == sorted(set(labels.tolist()))
        assert [to_document(one.tally) for one in longer] == [*map(to_document, alone.values())]
        segments = segments_by_span(found.segments, span)
        assert sum(one.tally.loans for one in segments) == 500
        assert {one.period for one in segments} == {one.period for one in longer}


def test_a_range_takes_each_period_that_it_touches() -> None:
    parts = tuple(
        PeriodTally(name, window(table(60, 55)))
        for name in ("2025-01", "2025-02/2025-03", "2025-04-30", "2025-W19")
    )
    whole = Window("aquí", parts)

    def between(first: str | None, last: str | None) -> list[str]:
        days = [None if day is None else datetime.date.fromisoformat(day) for day in (first, last)]
        return [one.period for one in whole.between(*days).parts]

    assert between(None, None) == [one.period for one in parts]
    assert between("2025-01-31", "2025-01-31") == ["2025-01"]
    assert between("2025-03-31", "2025-04-29") == ["2025-02/2025-03"]
    assert between("2025-05-11", None) == ["2025-W19"]
    assert between("2025-05-12", None) == []
    assert period_days("2024-02") == (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))


def test_documents_give_the_same_counts_again() -> None:
    found = counted(table(80, 56))
    for part in found.parts:
        assert part_document(part_of(part_document(part))) == part_document(part)
    for segment in found.segments:
        again = segment_of(segment_document(segment))
        assert asdict(segment_document(again)) == asdict(segment_document(segment))


def _same(left: LoanTable, right: LoanTable) -> None:
    """Check that two tables hold the same."""
    for name, values in left.numbers.items():
        np.testing.assert_array_equal(values, right.numbers[name])
    for name, texts in left.texts.items():
        assert texts.tolist() == right.texts[name].tolist()
    assert left.seconds.tolist() == right.seconds.tolist()


def test_columns_of_documents_are_what_each_alone_gives() -> None:
    documents = [
        *random_documents(40, 57),
        document(fecha_prestamo="2025-03-01"),
        document(fecha_prestamo="2025-03-01T05:00:00Z", tipo_laboral=7, puntaje=None),
        document(edad_cliente="44", tendencia_ingresos=-3.5),
    ]
    found, usable = table_from_json(documents)
    assert usable.all()
    _same(found, tables_of(*documents))
    empty, none = table_from_json([])
    assert len(empty) == len(none) == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"fecha_prestamo": "ayer"},
        {"fecha_prestamo": None},
        {"edad_cliente": "mucha"},
        {"edad_cliente": [1]},
        {"tipo_laboral": {}},
        {"_texto": "{"},
    ],
)
def test_documents_that_describe_no_loan_are_left_out(bad: dict[str, object]) -> None:
    good = random_documents(3, 58)
    wrong = bad if "_texto" in bad else {**document(), **bad}
    found, usable = table_from_json([good[0], wrong, *good[1:]])
    assert usable.tolist() == [True, False, True, True]
    _same(found, LoanTable.from_loans([*map(loan_from_json, good)]))


def test_logged_texts_older_than_todays_rules_are_read_with_care() -> None:
    loans, usable = read_loans(['{"a": ', "[1]", '{"fecha_prestamo": NaN}'])
    assert len(loans) == 0
    assert usable.tolist() == [False, False, False]
