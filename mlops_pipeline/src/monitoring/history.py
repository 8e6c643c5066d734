"""Drift over time: a point for each period that has loans, never one in between."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mlops_pipeline import messages
from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.periods import PeriodTally
from mlops_pipeline.src.monitoring.report import DriftReport, Facts, VariableDrift
from mlops_pipeline.src.monitoring.tally import Tally

Compare = Callable[[Tally], DriftReport]


@dataclass(frozen=True, slots=True)
class VariablePoint:
    """One variable in one period; None where a figure cannot be told or there is no level."""

    level: Level | None
    psi: float | None
    psi_excess: float | None
    ks: float | None
    js_distance: float | None
    missing: float
    median: float | None


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """One period.

    Attributes:
        window: its loans in figures: number, late rate by vintage, how many are immature.
        level_before: the level of the last earlier period that had enough loans; None: none had.
        level_changed: whether that was another one.
        model_changed: whether another model scored it than the period before.

    """

    period: str
    model_version: str | None
    model_changed: bool
    level: Level
    level_before: Level | None
    level_changed: bool
    cause: str
    window: Facts
    variables: Mapping[str, VariablePoint]


@dataclass(frozen=True, slots=True)
class History:
    """Periods in order; `note` says so where there are none."""

    points: tuple[HistoryPoint, ...]
    note: str

    def since(self) -> Mapping[str, str]:
        """Give, for what is above green in the latest period that can tell, since which one.

        A period with too few loans neither begins nor ends such a run.
        """
        began: dict[str, str] = {}
        for point in self.points:
            for name, variable in point.variables.items():
                if variable.level is None or variable.level is Level.INSUFFICIENT:
                    continue
                if variable.level.severity > 0:
                    began.setdefault(name, point.period)
                else:
                    began.pop(name, None)
        return began


def history_of(windows: Iterable[PeriodTally], compare: Compare) -> History:
    """Compare each period with the reference.

    Args:
        windows: in order of time.
        compare: `model_monitoring.detect_drift` with the reference filled in.

    Raises:
        WindowError: a period was counted over another grid.

    """
    points: list[HistoryPoint] = []
    before: Level | None = None
    for one in windows:
        report = compare(one.tally)
        told = report.level is not Level.INSUFFICIENT
        version = points[-1].model_version if points else one.model_version
        points.append(
            HistoryPoint(
                period=one.period,
                model_version=one.model_version,
                model_changed=one.model_version != version,
                level=report.level,
                level_before=before,
                level_changed=told and before is not None and before is not report.level,
                cause=report.cause,
                window=report.window,
                variables={v.name: _point(v) for v in (*report.variables, *report.shown)},
            )
        )
        before = report.level if told else before
    return History(tuple(points), "" if points else messages.empty_history())


def _point(found: VariableDrift) -> VariablePoint:
    """Keep of a variable what a line over time shows."""
    quantiles = found.quantiles.window
    return VariablePoint(
        level=found.level,
        psi=found.psi,
        psi_excess=found.psi_excess,
        ks=found.ks,
        js_distance=found.js_distance,
        missing=found.missing,
        median=quantiles[len(quantiles) // 2] if quantiles else None,
    )
