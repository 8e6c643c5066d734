"""Windows of loans from where they really are: a file, the prediction log, or the bundle itself.

Each day of a window is counted once; what is asked for (the whole window, its weeks, its months,
a segment) is a sum of days.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import wall_clock_now
from mlops_pipeline.src.errors import WindowError
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.model_monitoring import detect_drift
from mlops_pipeline.src.monitoring.actions import Action
from mlops_pipeline.src.monitoring.aggregates import Aggregates, category_names
from mlops_pipeline.src.monitoring.day_counts import DayCounts
from mlops_pipeline.src.monitoring.documents import CountsDocument
from mlops_pipeline.src.monitoring.first_history import load_history
from mlops_pipeline.src.monitoring.history import History, history_of
from mlops_pipeline.src.monitoring.logged_counts import Rejected, count_rows
from mlops_pipeline.src.monitoring.looks import Look, look_at_log
from mlops_pipeline.src.monitoring.periods import PeriodTally, Span
from mlops_pipeline.src.monitoring.prediction_log.records import LoggedPrediction
from mlops_pipeline.src.monitoring.prediction_log.store import DISORDER_MS, PredictionStore
from mlops_pipeline.src.monitoring.recommendations import recommend
from mlops_pipeline.src.monitoring.reference import Reference, load_reference
from mlops_pipeline.src.monitoring.report import DriftReport
from mlops_pipeline.src.monitoring.tally import Tally, total, unscored
from mlops_pipeline.src.monitoring.tally_document import part_of, segment_of
from mlops_pipeline.src.monitoring.windows import Window, by_span
from mlops_pipeline.src.scoring.files import score_file

__all__ = ["Watch", "Watched", "Window"]

_PAGE = 1_000
_MOST_REPORTS = 500  # more than a year of days, the longest history that the service answers


def _nothing() -> None:
    """Be called for nothing."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is to be said about a window: its drift, its course, and what to do."""

    window: Window
    report: DriftReport
    history: History
    plan: tuple[Action, ...]


class Watch:
    """The model in service beside the loans that it is asked about."""

    def __init__(self, deployment: ModelDeployment, sign: Callable[[], None] = _nothing) -> None:
        """Read the bundle's reference profile and first history.

        Args:
            deployment: the model.
            sign: is called with each comparison that is made, of which a history may need many.

        Raises:
            WindowError: they cannot be read.

        """
        self._deployment = deployment
        self._sign = sign
        self._reference: Reference = load_reference(deployment.reference)
        self._history = load_history(deployment.history)
        fine, coarse = self._reference, self._reference.coarse()
        self._references = {one.grid.fingerprint: one for one in (fine, coarse)}
        self._name = fine.tally.grid
        self._reports: dict[bytes, DriftReport] = {}

    @property
    def version(self) -> str:
        """The model's version."""
        return self._deployment.metadata.version

    @property
    def grid(self) -> str:
        """The fingerprint of the grid that windows of this model are counted over."""
        return self._name

    def categories(self, name: str) -> tuple[str, ...]:
        """Give the names that `tipo_laboral` or `tipo_credito` has in segments."""
        return (*category_names(self._reference.grid, name), messages.OTHER_SEGMENTS)

    def first(self) -> Window:
        """Give what a new installation has: the out-of-time period, month by month."""
        found: Aggregates = self._history.out_of_time
        versions = {month.period: month.model_version for month in found.months}
        segments = tuple(
            replace(one, model_version=versions.get(one.period)) for one in found.segments
        )
        return Window(messages.OUT_OF_TIME_WINDOW, found.months, segments)

    def file(self, path: Path) -> Window:
        """Give a file's loans by the day of their date, with the outcomes that it knows.

        Raises:
            InputError: the file cannot be used.

        """
        days, rejected = DayCounts(self._reference.grid), 0
        for chunk in score_file(path, self._deployment.predict, with_outcomes=True):
            rejected += len(chunk.rejected)
            probability, now = chunk.scores.probability, wall_clock_now()
            days.add(chunk.loans, chunk.loans.seconds, probability, self.version, now)
        return Window(messages.file_window(path.name), *days.in_order(), rejected)

    def log(
        self,
        store: PredictionStore,
        since: datetime,
        until: datetime | None = None,
        rows: tuple[int, int | None] = (0, None),
    ) -> Window:
        """Give the logged loans that arrived since a moment (aware), by day of arrival.

        Args:
            store: the log.
            since: the earliest moment.
            until: those that arrived then or later are left out.
            rows: only those of higher numbers than the first one, up to the last one.

        Raises:
            LogUnavailableError: the log cannot be read.

        """
        days, rejected = DayCounts(self._reference.grid), Rejected()
        after, upto = rows[0], math.inf if rows[1] is None else rows[1]
        end = math.inf if until is None else _ms(until)
        for page in _pages(store, _ms(since), after or None):
            if page[0].seq > upto or all(row.created_ms >= end + DISORDER_MS for row in page):
                break
            count_rows(
                days, rejected, [row for row in page if row.created_ms < end and row.seq <= upto]
            )
        return Window(messages.log_window(since), *days.in_order(), sum(rejected.values()))

    def counted(self, counts: CountsDocument) -> Window:
        """Give the logged loans that the service has counted.

        Raises:
            WindowError: they were counted over another model's grid, or cannot be read.

        """
        if counts.grid != self._name:
            raise WindowError(messages.other_grid())
        parts, segments = map(part_of, counts.parts), map(segment_of, counts.segments)
        return Window(counts.origin, tuple(parts), tuple(segments), counts.rejected)

    def watched(self, window: Window, span: Span, look: Look = look_at_log) -> Watched:
        """Compare a window, whole and period by period, with the training loans.

        A window over the coarse grid (a segment) is compared with the coarse reference.

        Args:
            window: the loans.
            span: of its periods.
            look: gives the plan's commands, which show these loans.

        Raises:
            WindowError: it was counted over another model's grid.

        """
        report = self.report(window)
        history = self.history(window, span)
        return Watched(window, report, history, recommend(report, history.since(), look))

    def report(self, window: Window) -> DriftReport:
        """Compare a whole window; raises like `watched`."""
        name = window.parts[0].tally.grid if window.parts else self._name
        grid = self._of(name).grid
        return self._compare(total((self._own(part).tally for part in window.parts), grid))

    def history(self, window: Window, span: Span) -> History:
        """Compare a window's periods; raises like `watched`."""
        return history_of(map(self._own, by_span(window.parts, span)), self._compare)

    def _own(self, part: PeriodTally) -> PeriodTally:
        """Give a period without the scores of other models: they are no drift of this one's."""
        if part.model_version in (None, self.version):
            return part
        grid = self._of(part.tally.grid).grid
        return replace(part, tally=unscored(part.tally, grid))

    def _of(self, grid: str) -> Reference:
        """Give the reference of a grid."""
        try:
            return self._references[grid]
        except KeyError:
            raise WindowError(messages.other_grid()) from None

    def _compare(self, tally: Tally) -> DriftReport:
        """Compare counts, once: a past day is asked for again and again, and does not change."""
        digest = tally.digest
        report = self._reports.pop(digest, None)
        if report is None:
            report = detect_drift(self._of(tally.grid), tally)
            self._sign()
        self._reports[digest] = report  # the last one used is the last one to go
        while len(self._reports) > _MOST_REPORTS:
            self._reports.pop(next(iter(self._reports)))
        return report


def _pages(
    store: PredictionStore, since_ms: int, cursor: int | None
) -> Iterator[list[LoggedPrediction]]:
    """Read the log page by page."""
    while True:
        page = store.page(since_ms, None, cursor, _PAGE)
        if page.rows:
            yield page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _ms(moment: datetime) -> int:
    """Give a moment in ms since 1970, UTC."""
    return int(moment.timestamp() * 1_000)
