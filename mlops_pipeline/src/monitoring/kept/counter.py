"""Counts the log as it grows, and what it held before: each row once, whatever happens.

Counts and position change in one transaction, which finds the position as it was read or does
nothing. Killed anywhere, a counter has counted a row together with having noted it, or neither;
two counters at a time only waste work. Rows become visible in the order of their numbers
(`prediction_log.postgres`, and SQLite has one writer), so none can appear below `high` later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from mlops_pipeline.src.monitoring.day_counts import DayCounts
from mlops_pipeline.src.monitoring.grid import Grid
from mlops_pipeline.src.monitoring.kept.records import Position
from mlops_pipeline.src.monitoring.kept.rows import Count, Key, LoggedRow
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.kept.tables import WHOLE
from mlops_pipeline.src.monitoring.logged_counts import Rejected, count_rows
from mlops_pipeline.src.monitoring.tally import empty_tally

# A step ends with whichever comes first: a machine without a free processor makes it short, so
# that what was counted is written, and the process gives a sign, all the same.
PAGE_ROWS = 2_000
STEP_ROWS = 20_000
STEP_SECONDS = 2.0


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
        """Read and count up to so many rows, or what `STEP_SECONDS` are enough for.

        What is new comes first; the rest of the step goes backwards, however fast loans come.

        Nothing is written. None: there is nothing to count.

        Raises:
            LogUnavailableError: the log cannot be read now.

        """
        if self._position is None:
            self._position = self._store.begin(self._name)
        before, low = self._position, self._position.low
        found = _Found(DayCounts(self._grid), time.monotonic() + STEP_SECONDS)
        newer = self._read(found, lambda last: (last, None), before.high, rows)
        if newer.at_end and low > 0:  # what the new ones leave of the step is for the old ones
            older = self._read(found, lambda last: (0, last - 1), low + 1, rows - found.rows)
            low = 0 if older.at_end else older.last - 1
        if not found.rows and low == before.low:
            return None
        known = [ms for ms in (before.oldest_ms, before.newest_ms) if ms is not None]
        moments = [*found.moments, *known]
        after = Position(
            newer.last,
            low,
            max(moments, default=None),
            min(moments, default=None),
            before.revision + 1,
        )
        more = not newer.at_end or after.low > 0
        return Prepared(before, after, self._changed(found), found.rows, more)

    def write(self, prepared: Prepared | None) -> Counted:
        """Store a step, unless somebody else counted meanwhile.

        Raises:
            LogUnavailableError: it cannot be stored now; it is counted again.

        """
        if prepared is None:
            return Counted(0, more=False)
        position, self._position, self._known = self._position, None, {}  # should this fail
        done = self._store.advance(self._name, prepared.before, prepared.after, prepared.changed)
        if not done or position is not prepared.before:
            return Counted(0, more=True)
        self._position, self._known = prepared.after, dict(prepared.changed)
        return Counted(prepared.rows, prepared.more)

    def _read(
        self,
        found: _Found,
        bounds: Callable[[int], tuple[int, int | None]],
        last: int,
        rows: int,
    ) -> _Read:
        """Count rows page by page, from a number on: no read lasts long."""
        most, at_end = found.rows + rows, False
        while not at_end and found.rows < most:
            size = min(PAGE_ROWS, most - found.rows)
            page = self._store.logged(bounds(last), size)
            at_end = len(page) < size
            if page:
                found.take(page)
                last = page[-1].seq
            if time.monotonic() > found.deadline:
                break
        return _Read(last, at_end)

    def _changed(self, found: _Found) -> Mapping[Key, Count]:
        """Give the counts that so many more rows change."""
        days, rejected = found.days, found.rejected
        added = {(day, version, WHOLE, WHOLE): one for (day, version), one in days.parts.items()}
        added |= days.segments
        keys = dict.fromkeys([*added, *((*pair, WHOLE, WHOLE) for pair in rejected)])
        missing = [key for key in keys if key not in self._known]
        before = self._known | (self._store.counts(self._name, missing) if missing else {})
        nothing = Count(empty_tally(self._grid), 0)
        changed = {}
        for key in keys:
            was = before.get(key, nothing)
            lost = rejected.get(key[:2], 0) if key[2] == WHOLE else 0
            if key in added:
                tally = added[key] if key not in before else was.tally + added[key]
            else:
                tally = was.tally
            changed[key] = Count(tally, was.rejected + lost)
        return changed


class _Read(NamedTuple):
    """How far was read: the last row's number, and whether none came behind it."""

    last: int
    at_end: bool


@dataclass(slots=True)
class _Found:
    """What was counted in a step, which reads no further page after its deadline."""

    days: DayCounts
    deadline: float
    rejected: Rejected = field(default_factory=dict)
    rows: int = 0
    moments: list[int] = field(default_factory=list)

    def take(self, page: Sequence[LoggedRow]) -> None:
        """Count a page, which is not empty."""
        count_rows(self.days, self.rejected, page)
        self.rows += len(page)
        moments = [row.created_ms for row in page]
        self.moments += (min(moments), max(moments))
