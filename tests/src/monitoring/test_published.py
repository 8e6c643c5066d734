"""What may be shown of counts: never a few loans, always all of them in number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlops_pipeline.src.monitoring.aggregates import LEAST_LOANS
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.periods import PeriodTally, SegmentTally, Span
from mlops_pipeline.src.monitoring.published import published
from mlops_pipeline.src.monitoring.tally import Tally
from mlops_pipeline.src.monitoring.windows import Window, by_span
from tests.src.monitoring.support import reference
from tests.support import table

GRID = reference().grid


def tally(loans: int, **changes: object) -> Tally:
    """Count random loans."""
    return replace(tally_loans(GRID, table(loans, loans + 1)), **changes)  # type: ignore[arg-type]


def window(*days: tuple[str, int]) -> Window:
    """Give days of so many loans."""
    parts = tuple(PeriodTally(day, tally(loans), "v1") for day, loans in days)
    segments = tuple(SegmentTally(one.period, "A", "4", one.tally, "v1") for one in parts)
    return Window("Tráfico", parts, segments)


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        ([("2026-11-01", 10), ("2026-11-02", 30)], ["2026-11-01", "2026-11-02"]),
        ([("2026-11-01", 4), ("2026-11-02", 5), ("2026-11-04", 1)], ["2026-11-01/2026-11-04"]),
        ([("2026-11-01", 12), ("2026-11-02", 9)], ["2026-11-01/2026-11-02"]),
        ([("2026-10-31", 11), ("2026-11-01", 9)], ["2026-10-31", "2026-11-01"]),
    ],
)
def test_few_loans_are_joined_to_others(days: list[tuple[str, int]], shown: list[str]) -> None:
    before = window(*days)
    after = published(before)
    assert [one.period for one in after.parts] == shown
    assert after.loans == before.loans == sum(one.tally.loans for one in after.segments)
    for one in [*(p.tally for p in after.parts), *(s.tally for s in after.segments)]:
        assert one.counts.any() == (one.loans >= LEAST_LOANS)
        assert one.first is None or one.first % 86_400 == 0
    months = by_span(after.parts, Span.MONTH)
    assert [one.period for one in months] == sorted({day[:7] for day, _ in days})


def test_models_are_never_joined() -> None:
    parts = (PeriodTally("2026-11-01", tally(6), "v1"), PeriodTally("2026-11-01", tally(7), "v2"))
    after = published(Window("Tráfico", parts))
    assert [(one.model_version, one.tally.loans) for one in after.parts] == [("v1", 6), ("v2", 7)]
    assert not any(one.tally.counts.any() for one in after.parts)


def test_an_unseen_category_is_named_from_ten_loans_on() -> None:
    names = ({"rare": 4, "common": 5}, {"rare": 5, "common": 5})
    parts = tuple(
        PeriodTally(f"2026-11-0{day}", tally(20, unseen={"tipo_laboral": named}), "v1")
        for day, named in enumerate(names, 1)
    )
    after = published(Window("Tráfico", parts))
    assert [one.tally.unseen for one in after.parts] == [{"tipo_laboral": {"common": 5}}] * 2
