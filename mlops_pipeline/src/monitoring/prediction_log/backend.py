"""What the log asks of a kind of database, and a connection that writes to it."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from mlops_pipeline import messages
from mlops_pipeline.src.errors import LogUnavailableError, PredictionLogError

_LOGGER = logging.getLogger(__name__)
_CLOSE_SECONDS = 1.0
POOL_SECONDS = 5.0  # that a reader waits while others use every connection

Parameters = tuple[Any, ...]


class Statement(NamedTuple):
    """SQL in the driver's own spelling, with the values of its marks."""

    sql: str
    parameters: Parameters = ()


class Failure(NamedTuple):
    """What a driver's error means.

    `lost`: the connection broke, so that the transaction may be committed or not.
    """

    error: PredictionLogError
    lost: bool = False


def unavailable(reason: str, *, lost: bool = False) -> Failure:
    """Give the failure that says why the log cannot be used now."""
    return Failure(LogUnavailableError(messages.log_unavailable(reason)), lost)


# A record that cannot be written: a text that is no UTF-8, a number beyond 64 bits.
UNSTORABLE: tuple[type[Exception], ...] = (UnicodeEncodeError, OverflowError)


class Backend(ABC):
    """A kind of database; every engine of it commits each statement unless told otherwise."""

    engine: Engine
    reader: Engine
    driver_errors: ClassVar[tuple[type[Exception], ...]]

    @abstractmethod
    def prepare(self) -> None:
        """Make what must be there before the first connection."""

    @abstractmethod
    def transaction(self, connection: Connection) -> AbstractContextManager[None]:
        """Keep a transaction open, alone among all that write to the log."""

    def aside(self, connection: Connection) -> AbstractContextManager[None]:
        """Keep a transaction open that writes to other tables than the log's."""
        return self.transaction(connection)

    @abstractmethod
    def run(self, connection: Connection, statements: Sequence[Statement]) -> int:
        """Run the statements in one transaction, alone; give the rows that the last one changed."""

    @abstractmethod
    def explain(self, error: BaseException) -> Failure:
        """Say what one of `driver_errors` means."""

    @abstractmethod
    def maintain(self) -> None:
        """Do what is due between two transactions of the writer."""

    def wrote(self, size: int) -> None:  # noqa: B027 - a server keeps its files itself
        """Note a `transaction` that wrote about so many bytes."""

    def check(self) -> None:  # noqa: B027 - a server keeps its files itself
        """Make sure that the database is still the one that was opened."""

    def failure(self, error: Exception) -> Failure:
        """Say what an error of SQLAlchemy or of the driver means, without a client's data."""
        if isinstance(error, PoolTimeoutError):
            return unavailable(messages.DATABASE_TIMEOUT)
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(cause, UNSTORABLE):
            return Failure(PredictionLogError(messages.LOG_UNSTORABLE))
        code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
        _LOGGER.warning("prediction_log_error", extra={"error": code or type(cause).__name__})
        return self.explain(cause)

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """Give the errors that `failure` explains."""
        return (DBAPIError, PoolTimeoutError, *UNSTORABLE, *self.driver_errors)

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()
        self.reader.dispose()


@contextmanager
def committing(connection: Connection, *begin: str) -> Iterator[None]:
    """Begin with these statements, commit at the end, or roll back."""
    for sql in begin:
        connection.exec_driver_sql(sql)
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


class Channel:
    """One connection that writes; opened when needed, thrown away when something failed."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def run(self, statements: Sequence[Statement]) -> int:
        """Run the statements in one transaction; give the rows that the last one changed.

        What may be committed or not, as the connection broke, is tried once more: every
        statement of the log can be repeated.

        Raises:
            LogUnavailableError: the database cannot take them now.
            PredictionLogError: their values cannot be stored.

        """
        with self._lock:
            failure = self._attempt(statements)
            if isinstance(failure, Failure) and failure.lost:
                failure = self._attempt(statements)
            if isinstance(failure, Failure):
                raise failure.error
            return failure

    def _attempt(self, statements: Sequence[Statement]) -> int | Failure:
        """Run the statements once."""
        try:
            if self._connection is None:
                self._connection = self._backend.engine.connect()
            return self._backend.run(self._connection, statements)
        except self._backend.errors as error:
            self._drop()
            return self._backend.failure(error)

    def _drop(self) -> None:
        """Throw the connection away, with the transaction that it may be in."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def close(self) -> None:
        """Close the connection, unless a stalled database still holds it."""
        if self._lock.acquire(timeout=_CLOSE_SECONDS):  # pylint: disable=consider-using-with
            try:
                self._drop()
            finally:
                self._lock.release()
