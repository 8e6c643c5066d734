"""What a bundle keeps of a period's loans: months, and segments of them, as counts only.

Nothing that is kept counts fewer than `LEAST_LOANS` loans, unless the whole period has fewer;
segments are counted over the coarse grid, and dates are kept to the day.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import SECONDS_PER_DAY
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.counting import Scores, tally_loans
from mlops_pipeline.src.monitoring.documents import PartDocument, SegmentDocument
from mlops_pipeline.src.monitoring.grid import CategoryCells, Grid
from mlops_pipeline.src.monitoring.periods import (
    Labels,
    PeriodTally,
    SegmentTally,
    Span,
    grouped,
    joined_labels,
    period_labels,
    tally_periods,
)
from mlops_pipeline.src.monitoring.tally import Tally
from mlops_pipeline.src.monitoring.tally_document import (
    part_document,
    part_of,
    segment_document,
    segment_of,
)

LEAST_LOANS = 10
SEGMENT_BY = ("tipo_laboral", "tipo_credito")


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Loans by month, and by month × tipo_laboral × tipo_credito."""

    months: tuple[PeriodTally, ...]
    segments: tuple[SegmentTally, ...]


@dataclass(frozen=True, slots=True)
class _Document:
    """Aggregates as JSON."""

    months: tuple[PartDocument, ...]
    segments: tuple[SegmentDocument, ...]


_DOCUMENT = TypeAdapter(_Document)


def aggregate(
    grid: Grid,
    loans: LoanTable,
    probability: Scores | None = None,
    as_of: int | None = None,
    model_version: str | None = None,
) -> Aggregates:
    """Count n loans, as they came, by month of their date and by segment.

    Args:
        grid: the reference's.
        loans: the loans; a known target is counted as an outcome.
        probability: of paying on time, shape (n,), NaN for a loan that was not scored.
        as_of: as for `tally_loans`.
        model_version: what gave the probabilities.

    Raises:
        WindowError: as `tally_loans`.

    """
    labels = joined_labels(period_labels(loans.seconds, Span.MONTH), LEAST_LOANS)
    months = tally_periods(grid, loans, labels, probability, as_of)
    segments = []
    for period, rows in grouped(labels):
        some = loans.take(rows)
        for names, chosen in _segments(grid, some):
            scores = None if probability is None else probability[rows[chosen]]
            tally = daily(tally_loans(grid.coarse(), some.take(chosen), scores, as_of))
            segments.append(SegmentTally(period, *names, tally, model_version))
    return Aggregates(
        tuple(PeriodTally(name, daily(t), model_version) for name, t in months.items()),
        tuple(segments),
    )


def daily(tally: Tally) -> Tally:
    """Keep dates to the day."""
    days = [
        None if moment is None else moment // SECONDS_PER_DAY * SECONDS_PER_DAY
        for moment in (tally.first, tally.last)
    ]
    return replace(tally, first=days[0], last=days[1])


def _segments(grid: Grid, loans: LoanTable) -> list[tuple[tuple[str, str], NDArray[np.int64]]]:
    """Give a period's segments and their rows; those under `LEAST_LOANS` joined.

    If even joined they are too few, the smallest of the other ones joins them.
    """
    first, second = (categories_of(grid, loans, name) for name in SEGMENT_BY)
    keys = np.char.add(np.char.add(first, "\n"), second)
    groups = sorted(grouped(keys), key=lambda group: -len(group[1]))
    small = [group for group in groups if len(group[1]) < LEAST_LOANS]
    large = groups[: len(groups) - len(small)]
    while large and 0 < sum(len(rows) for _, rows in small) < LEAST_LOANS:
        small.append(large.pop())
    found = [(_pair(key), rows) for key, rows in large]
    if small:
        rest = np.sort(np.concatenate([rows for _, rows in small]))
        found.append(((messages.OTHER_SEGMENTS, messages.OTHER_SEGMENTS), rest))
    return found


def _pair(key: str) -> tuple[str, str]:
    """Split a segment's key."""
    first, _, second = key.partition("\n")
    return first, second


def category_cells(grid: Grid, name: str) -> CategoryCells:
    """Give the cells of a category that segments are made by."""
    cells = next(axis.cells for axis in grid.axes if axis.name == name)
    if not isinstance(cells, CategoryCells):
        raise TypeError(f"{name} is no category")
    return cells


def category_names(grid: Grid, name: str) -> tuple[str, ...]:
    """Give the names of a category's cells."""
    names = category_cells(grid, name).categories
    return (*names, messages.UNSEEN, messages.UNKNOWN_VALUE)


def located(grid: Grid, loans: LoanTable, name: str) -> NDArray[np.int64]:
    """Give the cell of each loan's category, shape (n,)."""
    values = loans.texts[name] if name in loans.texts else loans.numbers[name].astype(np.float32)
    return category_cells(grid, name).locate(values)


def categories_of(grid: Grid, loans: LoanTable, name: str) -> Labels:
    """Give each loan's category by the name of its cell."""
    return np.array(category_names(grid, name), dtype=np.str_)[located(grid, loans, name)]


def dump_aggregates(found: Aggregates) -> bytes:
    """Write aggregates as JSON."""
    months = tuple(map(part_document, found.months))
    return _DOCUMENT.dump_json(_Document(months, tuple(map(segment_document, found.segments))))


def load_aggregates(content: bytes) -> Aggregates:
    """Read aggregates.

    Raises:
        WindowError: these are none.

    """
    try:
        document = _DOCUMENT.validate_json(content)
    except ValidationError as error:
        raise WindowError(messages.unreadable_tally()) from error
    return Aggregates(
        tuple(map(part_of, document.months)), tuple(map(segment_of, document.segments))
    )
