"""The prediction log in a database: SQLite or PostgreSQL, by the URL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, func, select

from mlops_pipeline import messages
from mlops_pipeline.database_url import parsed_url
from mlops_pipeline.src.errors import (
    InputError,
    LogUnavailableError,
    PredictionLogError,
    UnknownLogSchemaError,
)
from mlops_pipeline.src.monitoring.prediction_log.backend import Backend, Channel
from mlops_pipeline.src.monitoring.prediction_log.ids import id_floor, moment_ms
from mlops_pipeline.src.monitoring.prediction_log.records import (
    LoggedPrediction,
    Page,
    PredictionRecord,
)
from mlops_pipeline.src.monitoring.prediction_log.sqlite import SQLite
from mlops_pipeline.src.monitoring.prediction_log.statements import Statements
from mlops_pipeline.src.monitoring.prediction_log.tables import PREDICTIONS, SCHEMA

# Predictions are stored in the order of their moments but for this much: the wait for a
# transaction, its timeouts, the difference between the clocks of several machines.
DISORDER_MS = 60_000

_ROW = select(*list(PREDICTIONS.columns)[:-1])


class PredictionStore:
    """The log as a table; its calls wait for the database. Any thread may call any of them.

    Nothing is written, read or deleted before `open` has found the log's own tables.
    """

    def __init__(self, url: str) -> None:
        """Take `sqlite:////path/of/file.db` or `postgresql://user:password@host:port/name`.

        Raises:
            InputError: the URL is of neither kind.

        """
        self._backend = backend_of(url)
        self._statements = Statements(self._backend.engine.dialect)
        self._writer = Channel(self._backend)
        self._remover = Channel(self._backend)
        self._refusal: PredictionLogError | None = LogUnavailableError(messages.LOG_OPENING)

    def open(self) -> None:
        """Create the tables where there are none, and check them; can be repeated.

        Raises:
            LogUnavailableError: the database cannot be reached or written.
            UnknownLogSchemaError: it holds other tables than this program's.

        """
        backend = self._backend
        try:
            backend.prepare()
            with backend.engine.connect() as connection:
                SCHEMA.ensure(connection, backend.transaction)
        except UnknownLogSchemaError as error:
            self._refusal = error
            raise
        except backend.errors as error:
            failure = backend.failure(error).error
            if self._refusal is not None:  # what was open stays open: each call finds out
                self._refusal = failure
            raise failure from None
        self._refusal = None

    def write(self, records: Sequence[PredictionRecord]) -> None:
        """Store records in one transaction; the ones that are there already stay as they are.

        Raises:
            LogUnavailableError: the database cannot take them now; they may be stored or not.
            PredictionLogError: a value cannot be stored; none of the records is.

        """
        if not records:
            return
        self._check_opened()
        try:
            statements = self._statements.insert(records)
        except ValueError:
            raise PredictionLogError(messages.LOG_UNSTORABLE) from None
        self._writer.run(statements)

    def maintain(self) -> None:
        """Do what is due between two writes (a few ms now and then).

        Raises:
            LogUnavailableError: the database's file or folder is away.

        """
        try:
            self._backend.maintain()
        except self._backend.errors as error:
            raise self._backend.failure(error).error from None

    def probe(self) -> None:
        """Prove that the database can be written, by a small transaction.

        Raises:
            LogUnavailableError: it cannot.

        """
        self._check_opened()
        self._writer.run([self._statements.probe])

    def delete_before(self, ms: int, max_rows: int) -> int:
        """Delete up to `max_rows` of the predictions before a moment (ms since 1970, UTC).

        Gives how many it deleted; the oldest go first.

        Raises:
            LogUnavailableError: the database cannot be written now, or was not opened yet.
            UnknownLogSchemaError: it holds other tables than this program's.

        """
        self._check_opened()
        deleted = self._remover.run([self._statements.delete(id_floor(ms), max_rows)])
        self.maintain()
        return deleted

    def get(self, prediction_id: str) -> LoggedPrediction | None:
        """Give the prediction of an id, None where it is not in the log.

        Raises:
            LogUnavailableError: the log cannot be read now, or was not opened yet.
            UnknownLogSchemaError: the database holds other tables than this program's.

        """
        rows = self._read(_ROW.where(PREDICTIONS.c.prediction_id == prediction_id))
        return rows[0] if rows else None

    def page(
        self, since_ms: int | None, model_version: str | None, after_seq: int | None, limit: int
    ) -> Page:
        """Give up to `limit` predictions in the order in which they were stored.

        `since_ms`: the earliest moment (ms since 1970, UTC); `after_seq`: the cursor of the page
        before.

        Raises:
            LogUnavailableError: the log cannot be read now, or was not opened yet.
            UnknownLogSchemaError: the database holds other tables than this program's.

        """
        query = _ROW.order_by(PREDICTIONS.c.seq).limit(limit + 1)
        if since_ms is not None:
            query = query.where(PREDICTIONS.c.created_ms >= since_ms)
            if after_seq is None:
                after_seq = self._start(since_ms)
                if after_seq is None:
                    return Page([], None)
        if after_seq is not None:
            query = query.where(PREDICTIONS.c.seq > after_seq)
        if model_version is not None:
            query = query.where(PREDICTIONS.c.model_version == model_version)
        rows = self._read(query)
        return Page(rows[:limit], rows[limit - 1].seq if len(rows) > limit else None)

    def close(self) -> None:
        """Close every connection."""
        self._writer.close()
        self._remover.close()
        self._backend.dispose()

    def _check_opened(self) -> None:
        """Refuse to touch a database that may not hold the log."""
        refusal = self._refusal
        if refusal is not None:
            raise type(refusal)(*refusal.args)

    def _start(self, since_ms: int) -> int | None:
        """Give the `seq` below the first prediction since a moment, None where there is none.

        Without it the first page would read the whole log up to there.
        """
        ids, seq = PREDICTIONS.c.prediction_id, PREDICTIONS.c.seq
        found = self._rows(select(ids).where(ids >= id_floor(since_ms)).order_by(ids).limit(1))
        if not found:
            return None
        first = found[0].prediction_id
        last = id_floor(moment_ms(first) + DISORDER_MS)
        lowest = self._rows(select(func.min(seq)).where(ids >= first, ids <= last))
        return int(lowest[0][0]) - 1

    def _read(self, query: Select[Any]) -> list[LoggedPrediction]:
        """Read whole predictions."""
        return [LoggedPrediction._make(row) for row in self._rows(query)]

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """Read at once all that a query finds: no snapshot stays open."""
        self._check_opened()
        try:
            self._backend.check()
            with self._backend.reader.connect() as connection:
                return connection.execute(query).all()
        except self._backend.errors as error:
            raise self._backend.failure(error).error from None


def backend_of(url: str) -> Backend:
    """Choose the kind of database that a URL names.

    Raises:
        InputError: it names none.

    """
    try:
        parsed = parsed_url(url)
    except ValueError as error:
        raise InputError(str(error)) from None
    if parsed.get_backend_name() == "sqlite":
        return SQLite(Path(str(parsed.database)))
    # psycopg only where it is used: it takes its time to import.
    # pylint: disable-next=import-outside-toplevel
    from mlops_pipeline.src.monitoring.prediction_log import postgres  # noqa: PLC0415

    return postgres.Postgres(parsed)
