"""What is doubtful about a window's data: what came missing, strange, implausible or dated late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.data.cleaning import Finding
from mlops_pipeline.src.monitoring import statistics
from mlops_pipeline.src.monitoring.levels import MIN_LOANS, NOTICE, STRANGE_BANDS
from mlops_pipeline.src.monitoring.report import Aspect, Doubt, QualityFinding, VariableDrift
from mlops_pipeline.src.monitoring.tally import CHECKS, Tally

_DOUBTS = {
    Finding.KEPT: Doubt.IMPLAUSIBLE,
    Finding.UNKNOWN: Doubt.IMPLAUSIBLE,
    Finding.NO_RECORD: Doubt.NO_BUREAU_RECORD,
    Finding.UNSEEN_TEXT: Doubt.UNSEEN_CATEGORY,
}


def quality_findings(
    reference: Tally, window: Tally, drifts: Sequence[VariableDrift]
) -> tuple[QualityFinding, ...]:
    """Give what is doubtful, the window itself first; nothing that chance explains."""
    return (
        *_of_the_window(window),
        *(finding for drift in drifts for finding in _of_a_variable(drift)),
        *_of_cleaning(reference, window),
    )


def _of_the_window(window: Tally) -> Iterator[QualityFinding]:
    """Tell of too few loans and of dates to come."""
    if window.loans < MIN_LOANS:
        text = messages.window_too_small(window.loans, MIN_LOANS)
        yield QualityFinding("", Doubt.TOO_FEW_LOANS, text, window.loans, 0.0, 0.0)
    if window.future:
        text = messages.future_dates(window.future)
        share = window.future / window.loans
        yield QualityFinding("fecha_prestamo", Doubt.FUTURE_DATE, text, window.future, 0.0, share)


def _of_a_variable(drift: VariableDrift) -> Iterator[QualityFinding]:
    """Tell of missing and strange values that are above green."""
    if drift.drifts_in(Aspect.MISSING):
        text = messages.missing_changed(drift.missing_reference, drift.missing)
        yield QualityFinding(
            drift.name,
            Doubt.MISSING,
            messages.named(drift.name, text),
            drift.loans - drift.known,
            drift.missing_reference,
            drift.missing,
        )
    if drift.drifts_in(Aspect.STRANGE):
        loans = round(drift.strange * drift.loans)
        unseen = loans if drift.is_category else 0
        text = messages.strange_values(loans, unseen, drift.loans)
        yield QualityFinding(
            drift.name,
            Doubt.UNSEEN_CATEGORY if drift.is_category else Doubt.OUTSIDE_RANGE,
            messages.named(drift.name, text),
            loans,
            drift.unseen_reference,
            drift.strange,
        )


def _of_cleaning(reference: Tally, window: Tally) -> Iterator[QualityFinding]:
    """Tell of what cleaning finds surely more often than among the training loans."""
    if window.loans < MIN_LOANS:
        return
    sizes = tuple(
        np.full(len(CHECKS), tally.loans, dtype=np.int64) for tally in (reference, window)
    )
    p_values = statistics.at_least(reference.checks, window.checks, (sizes[0], sizes[1]))
    sure = statistics.adjusted(p_values) <= NOTICE
    before, now = reference.checks / reference.loans, window.checks / window.loans
    for k in np.flatnonzero(sure & (now - before >= STRANGE_BANDS.yellow)).tolist():
        column, finding = CHECKS[k]
        text = messages.cleaning_found(column, finding.value, float(before[k]), float(now[k]))
        yield QualityFinding(
            column, _DOUBTS[finding], text, int(window.checks[k]), float(before[k]), float(now[k])
        )
