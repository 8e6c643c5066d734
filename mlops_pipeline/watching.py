"""Windows of loans from where they really are: a file, the prediction log, or the bundle itself.

Each day of a window is counted once; what is asked for (the whole window, its weeks, its months) is
a sum of days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data.convert import loan_from_json
from mlops_pipeline.src.data.moments import COLOMBIA, SECONDS_PER_DAY
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.model_monitoring import detect_drift
from mlops_pipeline.src.monitoring.aggregates import Aggregates
from mlops_pipeline.src.monitoring.first_history import load_history
from mlops_pipeline.src.monitoring.history import History, history_of
from mlops_pipeline.src.monitoring.periods import PeriodTally, Span, period_labels, tally_periods
from mlops_pipeline.src.monitoring.prediction_log.records import LoggedPrediction
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.prediction_log.texts import read_inputs
from mlops_pipeline.src.monitoring.recommendations import Action, recommend
from mlops_pipeline.src.monitoring.reference import Reference, load_reference
from mlops_pipeline.src.monitoring.report import DriftReport
from mlops_pipeline.src.monitoring.tally import Tally, total
from mlops_pipeline.src.scoring.files import score_file

# From this much real traffic in this many days on, it is the window that is watched by default.
TRAFFIC_LOANS = 300
TRAFFIC_DAYS = 30

_PAGE = 1_000

Days = dict[tuple[str, str], Tally]


@dataclass(frozen=True, slots=True)
class Window:
    """Loans of a stated origin, counted by day (or, from a bundle, by month).

    Attributes:
        origin: where they come from, in words.
        parts: in order of time.
        rejected: rows of a file that cannot be used.

    """

    origin: str
    parts: tuple[PeriodTally, ...]
    rejected: int = 0

    @property
    def loans(self) -> int:
        """The number of loans."""
        return sum(part.tally.loans for part in self.parts)


@dataclass(frozen=True, slots=True)
class Watched:
    """What is to be said about a window: its drift, its course, and what to do."""

    window: Window
    report: DriftReport
    history: History
    plan: tuple[Action, ...]


class Watch:
    """The model in service beside the loans that it is asked about."""

    def __init__(self, deployment: ModelDeployment) -> None:
        """Read the bundle's reference profile and first history.

        Raises:
            WindowError: they cannot be read.

        """
        self._deployment = deployment
        self._reference: Reference = load_reference(deployment.reference)
        self._history = load_history(deployment.history)

    def first(self) -> Window:
        """Give what a new installation has: the out-of-time period, month by month."""
        found: Aggregates = self._history.out_of_time
        return Window(messages.OUT_OF_TIME_WINDOW, found.months)

    def file(self, path: Path) -> Window:
        """Give a file's loans by the day of their date.

        Raises:
            InputError: the file cannot be used.

        """
        days: Days = {}
        rejected = 0
        version = self._deployment.metadata.version
        for chunk in score_file(path, self._deployment.predict):
            rejected += len(chunk.rejected)
            if len(chunk.loans):
                labels = period_labels(chunk.loans.seconds, Span.DAY)
                self._add(days, chunk.loans, labels, chunk.scores.probability, version)
        return Window(messages.file_window(path.name), _in_order(days), rejected)

    def log(self, store: PredictionStore, since: datetime) -> Window:
        """Give the logged loans that arrived since a moment (aware), by day of arrival.

        Raises:
            LogUnavailableError: the log cannot be read.

        """
        days: Days = {}
        for rows in _pages(store, int(since.timestamp() * 1_000)):
            for version in sorted({row.model_version for row in rows}):
                some = [row for row in rows if row.model_version == version]
                loans = LoanTable.from_loans([loan_from_json(read_inputs(r.inputs)) for r in some])
                arrived = np.array([_wall_clock(row.created_at) for row in some], dtype=np.int64)
                probability = np.array([row.probability for row in some])
                labels = period_labels(arrived, Span.DAY)
                self._add(days, loans, labels, probability, version)
        return Window(messages.log_window(since), _in_order(days))

    def watched(self, window: Window, span: Span) -> Watched:
        """Compare a window, whole and period by period, with the training loans."""
        grid = self._reference.grid
        report = self._compare(total((part.tally for part in window.parts), grid))
        history = history_of(_by(window.parts, span), self._compare)
        return Watched(window, report, history, recommend(report, history.since()))

    def _compare(self, tally: Tally) -> DriftReport:
        return detect_drift(self._reference, tally)

    def _add(
        self,
        days: Days,
        loans: LoanTable,
        labels: NDArray[np.str_],
        probability: NDArray[np.float64],
        version: str,
    ) -> None:
        """Count loans into their days."""
        as_of = int(_wall_clock(datetime.now(COLOMBIA)))
        found = tally_periods(self._reference.grid, loans, labels, probability, as_of)
        for day, tally in found.items():
            before = days.get((day, version))
            days[day, version] = tally if before is None else before + tally


def _pages(store: PredictionStore, since_ms: int) -> Iterator[list[LoggedPrediction]]:
    """Read the log page by page."""
    cursor = None
    while True:
        page = store.page(since_ms, None, cursor, _PAGE)
        if page.rows:
            yield page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _wall_clock(moment: datetime) -> int:
    """Give a moment in seconds since 1970-01-01, Colombian wall clock."""
    return int(moment.timestamp()) + int(COLOMBIA.utcoffset(None).total_seconds())


def _in_order(days: Mapping[tuple[str, str], Tally]) -> tuple[PeriodTally, ...]:
    """Give days in order; one with two models is two parts."""
    return tuple(PeriodTally(day, days[day, version], version) for day, version in sorted(days))


def _by(parts: Iterable[PeriodTally], span: Span) -> list[PeriodTally]:
    """Add up days to longer periods, model by model; months of a bundle stay as they are."""
    found: dict[tuple[str, str], Tally] = {}
    for part in parts:
        label = part.period
        if len(label) == len("YYYY-MM-DD"):
            day = np.datetime64(label, "D").astype(np.int64) * SECONDS_PER_DAY
            label = str(period_labels(np.array([day]), span)[0])
        key = (label, part.model_version or "")
        found[key] = found[key] + part.tally if key in found else part.tally
    return [
        PeriodTally(period, tally, version or None)
        for (period, version), tally in sorted(found.items())
    ]
