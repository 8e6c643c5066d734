"""Door: a window of loans against the reference profile of the model in service."""

from __future__ import annotations

from collections.abc import Sequence

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import format_moment
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.monitoring.compare import compare
from mlops_pipeline.src.monitoring.describe import describe
from mlops_pipeline.src.monitoring.grid import Grid
from mlops_pipeline.src.monitoring.levels import MIN_LOANS, Level, worst
from mlops_pipeline.src.monitoring.quality import quality_findings
from mlops_pipeline.src.monitoring.reference import Reference
from mlops_pipeline.src.monitoring.report import DriftReport, Facts, VariableDrift
from mlops_pipeline.src.monitoring.tally import Tally
from mlops_pipeline.src.monitoring.variables import SCORE

_DATE = len("YYYY-MM-DD")


def detect_drift(reference: Reference, window: Tally) -> DriftReport:
    """Compare a window of loans with the training loans.

    Args:
        reference: of the model in service (`monitoring.reference`).
        window: the window's loans, counted over the reference's grid (`monitoring.tally`); a
            sum of days is as good as the loans themselves.

    Returns:
        Each variable's drift, level and weight for the model, "drifts and matters" first, with
        an overall level. Too few loans (fewer than `levels.MIN_LOANS`), or none, are an answer:
        the level `INSUFFICIENT`, with whatever can be computed beside it.

    Raises:
        WindowError: the window was counted over another grid.

    """
    grid, training = reference.grid, reference.tally
    if window.grid != training.grid or window.counts.size != grid.size:
        raise WindowError(messages.other_grid())
    drifts = [
        describe(found, reference, window.unseen.get(found.variable.name, {}))
        for found in compare(grid, training.counts, window.counts)
    ]
    levelled = sorted((one for one in drifts if one.level), key=_rank)
    level = _overall(window, levelled)
    return DriftReport(
        level=level,
        cause=_cause(level, window, levelled),
        window=_facts(window, grid),
        reference=_facts(training, grid),
        variables=tuple(levelled),
        shown=tuple(one for one in drifts if not one.level),
        findings=quality_findings(training, window, levelled),
    )


def _rank(drift: VariableDrift) -> tuple[int, float, float]:
    """Order by the level as it counts, then by drift × importance, then by drift alone."""
    return -drift.counted_level.severity, -drift.priority, -(drift.psi_excess or 0.0)


def _overall(window: Tally, levelled: Sequence[VariableDrift]) -> Level:
    """Give the worst level; that of a variable which the model hardly needs counts one less."""
    if window.loans < MIN_LOANS:
        return Level.INSUFFICIENT
    return worst(drift.counted_level for drift in levelled)


def _cause(level: Level, window: Tally, levelled: Sequence[VariableDrift]) -> str:
    """Say in words why the window has its level."""
    if level is Level.INSUFFICIENT:
        return messages.window_too_small(window.loans, MIN_LOANS)
    if level is Level.GREEN:
        watched = [drift.name for drift in levelled if drift.level and drift.level.severity > 0]
        return messages.window_green(window.loans, watched)
    causes = [(drift.name, drift.cause) for drift in levelled if drift.counted_level is level]
    return messages.window_drifts(level.value, causes)


def _facts(tally: Tally, grid: Grid) -> Facts:
    """Give a set of loans in figures."""
    scored = next(part for axis, part in grid.slices() if axis.name == SCORE)
    return Facts(
        loans=tally.loans,
        scored=int(tally.counts[scored][:-1].sum()),
        first=None if tally.first is None else format_moment(tally.first)[:_DATE],
        last=None if tally.last is None else format_moment(tally.last)[:_DATE],
        outcomes=tally.outcomes,
        late=tally.late,
        late_rate=tally.late / tally.outcomes if tally.outcomes else None,
        immature=tally.immature,
        future=tally.future,
    )
