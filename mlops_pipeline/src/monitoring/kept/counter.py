"""Counts the log as it grows, and what it held before: each row once, whatever happens.

Counts and position change in one transaction, which finds the position as it was read or does
nothing. Killed anywhere, a counter has counted a row together with having noted it, or neither;
two counters at a time only waste work. Rows become visible in the order of their numbers
(`prediction_log.postgres`, and SQLite has one writer), so none can appear below `high` later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from mlops_pipeline.src.monitoring.day_counts import DayCounts
from mlops_pipeline.src.monitoring.grid import Grid
from mlops_pipeline.src.monitoring.kept.records import Position
from mlops_pipeline.src.monitoring.kept.rows import Count, Key, LoggedRow
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.kept.tables import WHOLE
from mlops_pipeline.src.monitoring.logged_counts import Rejected, count_rows
from mlops_pipeline.src.monitoring.tally import empty_tally

PAGE_ROWS = 5_000
STEP_ROWS = 20_000


class Counted(NamedTuple):
    """What a step did: rows that it read, and whether more are waiting."""

    rows: int
    more: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A step that is computed and not yet written."""

    before: Position
    after: Position
    changed: Mapping[Key, Count]
    rows: int
    more: bool


class LogCounter:
    """The counter over one grid."""

    def __init__(self, store: CountsStore, grid: Grid) -> None:
        """Count over this grid into that store, which is open."""
        self._store = store
        self._grid = grid
        self._name = grid.fingerprint
        self._known: dict[Key, Count] = {}
        self._position: Position | None = None

    def step(self, rows: int = STEP_ROWS) -> Counted:
        """Count up to so many rows, the newly logged ones first; raises like its two halves."""
        return self.write(self.prepare(rows))

    def prepare(self, rows: int = STEP_ROWS) -> Prepared | None:
        """Read and count up to so many rows; nothing is written. None: there is nothing to count.

        Raises:
            LogUnavailableError: the log cannot be read now.

        """
        if self._position is None:
            self._position = self._store.begin(self._name)
        before = self._position
        found = self._pages(lambda last: (last, None), before.high, rows)
        if found:
            high, low = found[-1].seq, before.low
        elif before.low > 0:
            found = self._pages(lambda last: (0, last - 1), before.low + 1, rows)
            high, low = before.high, found[-1].seq - 1 if found else 0
        if not found and before.low <= 0:
            return None
        moments = [row.created_ms for row in found]
        known = [ms for ms in (before.oldest_ms, before.newest_ms) if ms is not None]
        after = Position(
            high,
            low if len(found) == rows or high != before.high else 0,
            max([*moments, *known], default=None),
            min([*moments, *known], default=None),
            before.revision + 1,
        )
        more = len(found) == rows or after.low > 0
        return Prepared(before, after, self._changed(found), len(found), more)

    def write(self, prepared: Prepared | None) -> Counted:
        """Store a step, unless somebody else counted meanwhile.

        Raises:
            LogUnavailableError: it cannot be stored now; it is counted again.

        """
        if prepared is None:
            return Counted(0, more=False)
        position, self._position = self._position, None  # unknown, should this fail
        done = self._store.advance(self._name, prepared.before, prepared.after, prepared.changed)
        if not done or position is not prepared.before:
            self._known = {}
            return Counted(0, more=True)
        self._position, self._known = prepared.after, dict(prepared.changed)
        return Counted(prepared.rows, prepared.more)

    def _pages(
        self, bounds: Callable[[int], tuple[int, int | None]], start: int, rows: int
    ) -> list[LoggedRow]:
        """Read rows page by page: no read lasts long."""
        found: list[LoggedRow] = []
        while len(found) < rows:
            last = found[-1].seq if found else start
            size = min(PAGE_ROWS, rows - len(found))
            page = self._store.logged(bounds(last), size)
            found += page
            if len(page) < size:
                break
        return found

    def _changed(self, rows: Sequence[LoggedRow]) -> Mapping[Key, Count]:
        """Give the counts that so many more rows change."""
        days, rejected = DayCounts(self._grid), Rejected()
        for start in range(0, len(rows), PAGE_ROWS):
            count_rows(days, rejected, rows[start : start + PAGE_ROWS])
        added = {(day, version, WHOLE, WHOLE): one for (day, version), one in days.parts.items()}
        added |= {(k[0], k[1], k[2], k[3]): one for k, one in days.segments.items()}
        keys = [*added, *((*pair, WHOLE, WHOLE) for pair in rejected)]
        missing = [key for key in keys if key not in self._known]
        before = self._known | (self._store.counts(self._name, missing) if missing else {})
        nothing = empty_tally(self._grid)
        changed = {}
        for key in dict.fromkeys(keys):
            was, more = before.get(key), added.get(key)
            tally = nothing if more is None else more
            lost = rejected.get(key[:2], 0) if key[2] == WHOLE else 0
            changed[key] = Count(
                tally if was is None else was.tally + tally,
                lost + (0 if was is None else was.rejected),
            )
        return changed
