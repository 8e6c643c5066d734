"""Counts as they may be shown to whoever asks: as in a bundle, nobody is told about one client.

What is kept stays exact, by day. What is shown counts at least `LEAST_LOANS` loans: days under
that are joined to the next ones of their month, a segment's days to its month; of a month under it
only the number of loans is told. Moments are days, and an unseen category is named from as many
loans on (it is a client's own text).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from mlops_pipeline.src.monitoring.aggregates import LEAST_LOANS, daily
from mlops_pipeline.src.monitoring.periods import PeriodTally, SegmentTally
from mlops_pipeline.src.monitoring.tally import Labels, Tally
from mlops_pipeline.src.monitoring.windows import Window

_MONTH = len("YYYY-MM")

Days = Sequence[tuple[str, Tally]]  # a month's days in order
Names = dict[str, set[str]]


def published(window: Window) -> Window:
    """Give a window of days as it may be shown; its loans are as many as before."""
    named = _named(part.tally.unseen for part in window.parts)
    parts = [
        PeriodTally(period, _shown(tally, named), version)
        for (version, _), days in groupby(
            sorted(window.parts, key=lambda one: (one.model_version or "", one.period)),
            key=lambda one: (one.model_version, one.period[:_MONTH]),
        )
        for period, tally in _joined([(one.period, one.tally) for one in days])
    ]
    parts.sort(key=lambda one: (one.period, one.model_version or ""))
    segments = [
        SegmentTally(period, work, credit, _shown(tally, named), version)
        for (version, work, credit, month), days in groupby(
            sorted(window.segments, key=_segment), key=_month_of
        )
        for period, tally in _monthly(month, [(one.period, one.tally) for one in days])
    ]
    segments.sort(key=lambda one: (one.period, *_segment(one)))
    return replace(window, parts=tuple(parts), segments=tuple(segments))


def _segment(one: SegmentTally) -> tuple[str, str, str, str]:
    """Order by segment, then by day."""
    return one.model_version or "", one.tipo_laboral, one.tipo_credito, one.period


def _month_of(one: SegmentTally) -> tuple[str | None, str, str, str]:
    """Give a segment's month."""
    return one.model_version, one.tipo_laboral, one.tipo_credito, one.period[:_MONTH]


def _joined(days: Days) -> Days:
    """Join days of few loans to the next ones, the last ones to those before."""
    groups: list[list[tuple[str, Tally]]] = []
    for day in days:
        if groups and _loans(groups[-1]) < LEAST_LOANS:
            groups[-1].append(day)
        else:
            groups.append([day])
    if len(groups) > 1 and _loans(groups[-1]) < LEAST_LOANS:
        groups[-2].extend(groups.pop())
    return [(_label(group), _sum(group)) for group in groups]


def _monthly(month: str, days: Days) -> Days:
    """Join a month's days if one of them has few loans."""
    if len(days) == 1 or all(tally.loans >= LEAST_LOANS for _, tally in days):
        return days
    return [(month, _sum(days))]


def _label(days: Days) -> str:
    """Name days that follow each other."""
    return days[0][0] if len(days) == 1 else f"{days[0][0]}/{days[-1][0]}"


def _loans(days: Days) -> int:
    """Count the loans of days."""
    return sum(tally.loans for _, tally in days)


def _sum(days: Days) -> Tally:
    """Add up days, of which there is one at least."""
    return sum((tally for _, tally in days[1:]), start=days[0][1])


def _named(found: Iterable[Labels]) -> Names:
    """Give the unseen categories that enough loans have."""
    counts: dict[tuple[str, str], int] = {}
    for labels in found:
        for variable, names in labels.items():
            for name, loans in names.items():
                counts[variable, name] = counts.get((variable, name), 0) + loans
    named: Names = {}
    for (variable, name), loans in counts.items():
        if loans >= LEAST_LOANS:
            named.setdefault(variable, set()).add(name)
    return named


def _shown(tally: Tally, named: Names) -> Tally:
    """Give counts as they may be shown; of few loans, how many they are."""
    if tally.loans < LEAST_LOANS:
        nothing = np.zeros_like(tally.counts), np.zeros_like(tally.checks)
        return Tally(tally.grid, *nothing, loans=tally.loans)
    unseen = {
        variable: {name: loans for name, loans in names.items() if name in named[variable]}
        for variable, names in tally.unseen.items()
        if variable in named
    }
    return replace(daily(tally), unseen=unseen)
