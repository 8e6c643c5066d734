"""The kept counts in the log's database: read in one snapshot, changed in one short transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mlops_pipeline import messages
from mlops_pipeline.src.errors import LogUnavailableError
from mlops_pipeline.src.monitoring.kept.records import Kept, Position, Progress, progress_of
from mlops_pipeline.src.monitoring.kept.rows import (
    AnyRow,
    Count,
    Key,
    LoggedRow,
    count_of,
    kept_of,
    key_of,
    row_of,
)
from mlops_pipeline.src.monitoring.kept.tables import (
    COUNTS,
    POSITIONS,
    SCHEMA,
    WHOLE,
)
from mlops_pipeline.src.monitoring.prediction_log.backend import committing
from mlops_pipeline.src.monitoring.prediction_log.store import backend_of
from mlops_pipeline.src.monitoring.prediction_log.tables import PREDICTIONS
from mlops_pipeline.src.monitoring.prediction_log.tables import SCHEMA as LOG

T = TypeVar("T")
Days = tuple[str | None, str | None]

_INSERT: dict[str, Callable[..., postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}
# One snapshot for all that a transaction reads.
_SNAPSHOT = {
    "postgresql": "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "sqlite": "BEGIN",
}
_POSITION = select(*[column for column in POSITIONS.c if column.name != "grid"])


_KEPT = select(*list(COUNTS.c)[1:])
_LOGGED = select(*[PREDICTIONS.c[name] for name in LoggedRow._fields])


class CountsStore:
    """The kept counts; its calls wait for the database."""

    def __init__(self, url: str) -> None:
        """Take the log's address; see `PredictionStore`.

        Raises:
            InputError: the URL is of neither kind.

        """
        self._backend = backend_of(url)
        self._dialect = self._backend.engine.dialect.name

    def open(self, *, create: bool = True) -> bool:
        """Check the log's tables and these, which are created if they may be; tell if they exist.

        Raises:
            LogUnavailableError: the database cannot be reached, or has no log.
            UnknownLogSchemaError: it holds other tables than this program's.

        """
        with self._explained():
            self._backend.prepare()
            with self._backend.engine.connect() as connection:
                if not LOG.is_known(connection):
                    raise LogUnavailableError(
                        messages.log_unavailable(messages.DATABASE_TABLES_MISSING)
                    )
                if not create:
                    return SCHEMA.is_known(connection)
                SCHEMA.ensure(connection, self._backend.transaction)
        return True

    def progress(self, grid: str, days: Days) -> tuple[Progress, int]:
        """Give how far the log is counted, and the number of loans that these days have.

        Raises:
            LogUnavailableError: the database cannot be read now.

        """
        query = _within(select(func.coalesce(func.sum(COUNTS.c.loans), 0)), grid, days)
        whole = query.where(COUNTS.c.tipo_laboral == WHOLE)

        def found(connection: Connection) -> tuple[Position | None, AnyRow, int]:
            position = _position(connection, grid)
            return position, connection.execute(_ENDS).one(), connection.scalar(whole) or 0

        now = datetime.now(UTC)
        position, ends, loans = self._snapshot(found)
        return progress_of(position, (ends[0], ends[1]), now), int(loans)

    def read(self, grid: str, days: Days, *, segments: bool = True) -> Kept:
        """Give the counts of the days from the first to the last (`YYYY-MM-DD`; None: open).

        Raises:
            LogUnavailableError: the database cannot be read now.
            WindowError: a count is damaged.

        """
        query = _within(_KEPT, grid, days).order_by(*list(COUNTS.primary_key)[1:])
        if not segments:
            query = query.where(COUNTS.c.tipo_laboral == WHOLE)

        def found(connection: Connection) -> tuple[Position | None, AnyRow, Sequence[AnyRow]]:
            return (
                _position(connection, grid),
                connection.execute(_ENDS).one(),
                connection.execute(query).all(),
            )

        now = datetime.now(UTC)
        position, ends, rows = self._snapshot(found)
        return kept_of(progress_of(position, (ends[0], ends[1]), now), rows)

    def logged(self, bounds: tuple[int, int | None], limit: int) -> list[LoggedRow]:
        """Give up to `limit` rows of the log above a number, upwards; or up to one, downwards.

        `bounds`: (n, None) are those above n; (0, n) those up to n, the newest first.

        Raises:
            LogUnavailableError: the database cannot be read now.

        """
        seq, (above, upto) = PREDICTIONS.c.seq, bounds
        query = _LOGGED.limit(limit).where(seq > above)
        query = (
            query.order_by(seq) if upto is None else query.where(seq <= upto).order_by(seq.desc())
        )
        with self._explained(), self._backend.reader.connect() as connection:
            self._backend.check()
            return [LoggedRow._make(row) for row in connection.execute(query)]

    def begin(self, grid: str) -> Position:
        """Give how far the log is counted over a grid; a new one begins at the log's present end.

        Raises:
            LogUnavailableError: the database cannot be used now.

        """
        with self._explained(), self._backend.engine.connect() as connection:
            found = _position(connection, grid)
            if found is not None:
                return found
            end = connection.scalar(select(func.max(PREDICTIONS.c.seq))) or 0
            first = Position(end, end, None, None, 0)
            statement = _INSERT[self._dialect](POSITIONS).values(grid=grid, **asdict(first))
            with self._backend.aside(connection):
                connection.execute(statement.on_conflict_do_nothing())  # another one may begin now
                return _position(connection, grid) or first

    def counts(self, grid: str, keys: Sequence[Key]) -> dict[Key, Count]:
        """Give what is kept of some keys.

        Raises:
            LogUnavailableError: the database cannot be read now.
            WindowError: a count is damaged.

        """
        days, wanted = sorted({key[0] for key in keys}), set(keys)
        query = _KEPT.where(COUNTS.c.grid == grid, COUNTS.c.day.in_(days))
        rows = self._snapshot(lambda connection: connection.execute(query).all())
        return {key_of(row): count_of(row) for row in rows if key_of(row) in wanted}

    def advance(
        self, grid: str, before: Position, after: Position, changed: Mapping[Key, Count]
    ) -> bool:
        """Replace counts and position in one transaction; False: somebody else did, not this.

        Raises:
            LogUnavailableError: the database cannot be written now; nothing changed, or all did.

        """
        rows = [row_of(grid, key, count) for key, count in changed.items()]
        moved = (
            update(POSITIONS)
            .where(POSITIONS.c.grid == grid, POSITIONS.c.revision == before.revision)
            .values(**asdict(after))
        )
        with (
            self._explained(),
            self._backend.engine.connect() as connection,
            self._backend.aside(connection),
        ):
            if connection.execute(moved).rowcount != 1:
                return False
            if rows:
                connection.execute(self._upsert(), rows)
        with self._explained():
            self._backend.wrote(sum(len(row["tally"]) for row in rows))
        return True

    def close(self) -> None:
        """Close every connection."""
        self._backend.dispose()

    def _upsert(self) -> postgresql.Insert | sqlite.Insert:
        """Write the statement that stores counts."""
        statement = _INSERT[self._dialect](COUNTS)
        return statement.on_conflict_do_update(
            index_elements=list(COUNTS.primary_key),
            set_={name: statement.excluded[name] for name in ("loans", "rejected", "tally")},
        )

    def _snapshot(self, read: Callable[[Connection], T]) -> T:
        """Read in one transaction."""
        with self._explained(), self._backend.reader.connect() as connection:
            self._backend.check()
            with committing(connection, _SNAPSHOT[self._dialect]):
                return read(connection)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn the driver's errors into this library's."""
        try:
            yield
        except self._backend.errors as error:
            raise self._backend.failure(error).error from None


_ENDS: Select[*tuple[Any, ...]] = select(
    select(func.min(PREDICTIONS.c.seq)).scalar_subquery(),
    select(func.max(PREDICTIONS.c.seq)).scalar_subquery(),
)


def _within(query: Select[*tuple[Any, ...]], grid: str, days: Days) -> Select[*tuple[Any, ...]]:
    """Let a query find a grid's counts of some days."""
    first, last = days
    found = query.where(COUNTS.c.grid == grid)
    if first is not None:
        found = found.where(COUNTS.c.day >= first)
    return found if last is None else found.where(COUNTS.c.day <= last)


def _position(connection: Connection, grid: str) -> Position | None:
    """Read how far the log is counted."""
    row = connection.execute(_POSITION.where(POSITIONS.c.grid == grid)).one_or_none()
    return None if row is None else Position(**row._asdict())
