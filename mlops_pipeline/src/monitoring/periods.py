"""Loans by day, week or month: one tally each, made once; larger windows are their sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.moments import SECONDS_PER_DAY
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.monitoring.counting import AsOf, Counter, Scores
from mlops_pipeline.src.monitoring.grid import Grid
from mlops_pipeline.src.monitoring.tally import Tally

Labels = NDArray[np.str_]


class Span(StrEnum):
    """How long a period is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class PeriodTally:
    """The loans of a period.

    Attributes:
        period: `2025-07-01`, `2025-W27` or `2025-07`; joined ones `2025-07/2025-08`.
        model_version: what scored them; None where that is not known.

    """

    period: str
    tally: Tally
    model_version: str | None = None


@dataclass(frozen=True, slots=True)
class SegmentTally:
    """A segment's loans of a period, over the coarse grid; in a bundle small ones join as «otros».

    Attributes:
        period, model_version: as of a `PeriodTally`.
        tipo_laboral, tipo_credito: categories by the names of their cells.

    """

    period: str
    tipo_laboral: str
    tipo_credito: str
    tally: Tally
    model_version: str | None = None


def period_labels(seconds: NDArray[np.int64], span: Span) -> Labels:
    """Give the period of each of n moments (seconds since 1970-01-01), shape (n,).

    Weeks begin on Monday and belong to the year that has their Thursday (ISO 8601).

    >>> period_labels(np.array([1735689600]), Span.WEEK).tolist()  # 2025-01-01, a Wednesday
    ['2025-W01']
    """
    days = (seconds // SECONDS_PER_DAY).astype("datetime64[D]")
    if span is Span.DAY:
        return days.astype(np.str_)
    if span is Span.MONTH:
        return days.astype("datetime64[M]").astype(np.str_)
    thursdays = days - (days.astype(np.int64) + 3) % 7 + np.timedelta64(3, "D")
    years = thursdays.astype("datetime64[Y]")
    weeks = (thursdays - years.astype("datetime64[D]")).astype(np.int64) // 7 + 1
    numbers = np.char.zfill(weeks.astype(np.str_), 2)
    return np.char.add(np.char.add(years.astype(np.str_), "-W"), numbers)


def joined_labels(labels: Labels, least: int) -> Labels:
    """Join a period with less than so many loans to the following ones, the last to the one before.

    Loans fewer than that in all stay together in one period.
    """
    names, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    groups: list[list[int]] = []
    held = least
    for position, count in enumerate(counts.tolist()):
        if held >= least:
            groups.append([])
            held = 0
        groups[-1].append(position)
        held += count
    if held < least and len(groups) > 1:
        groups[-2].extend(groups.pop())
    joined = np.empty(len(names), dtype=np.object_)
    for group in groups:
        ends = names[group[0]], names[group[-1]]
        joined[group] = str(ends[0]) if len(group) == 1 else "/".join(ends)
    return joined[place].astype(np.str_)


def grouped(labels: Labels) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Give each label, in order, and the rows that have it, ascending."""
    names, starts = np.unique(np.sort(labels), return_index=True)
    rows = np.split(np.argsort(labels, kind="stable"), starts[1:])
    yield from zip(names.tolist(), rows, strict=bool(len(labels)))


def tally_periods(
    grid: Grid,
    loans: LoanTable,
    labels: Labels,
    probability: Scores | None = None,
    as_of: AsOf = None,
) -> Mapping[str, Tally]:
    """Count n loans (as they came) by label, shape (n,): one tally for each period.

    Raises:
        WindowError: as `tally_loans`.

    """
    names, place = np.unique(labels, return_inverse=True)
    found = Counter(grid).by_group(loans, place, probability, as_of)
    return {str(names[group]): tally for group, tally in found.items()}
