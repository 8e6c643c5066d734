"""The log in PostgreSQL, shared by the processes of several machines.

A transaction travels as one pipeline (one round trip) and holds an advisory lock, so that the
order of `seq` is the order of the commits and who reads by cursor skips nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, cast

import psycopg
from sqlalchemy import URL, Connection, create_engine

from mlops_pipeline import messages
from mlops_pipeline.src.errors import PredictionLogError
from mlops_pipeline.src.monitoring.prediction_log.backend import (
    POOL_SECONDS,
    Backend,
    Failure,
    Statement,
    committing,
    unavailable,
)

_LOGGER = logging.getLogger(__name__)

# One number for every program that writes to a log of this database ("mlopslog" in ASCII).
_LOCK = "SELECT pg_advisory_xact_lock(7885632794886663015)"
_TIMEOUT_MS = 5_000

_CONNECTION: dict[str, str | int] = {
    "application_name": "prediction_log",
    "connect_timeout": 5,  # s
    "keepalives": 1,
    "keepalives_idle": 5,  # s
    "keepalives_interval": 2,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
}
_SERVER = {
    "synchronous_commit": "on",
    "statement_timeout": _TIMEOUT_MS,
    "idle_in_transaction_session_timeout": 2 * _TIMEOUT_MS,
    # The server notices a lost machine as soon: what it locked (the turn to count) becomes free.
    "tcp_keepalives_idle": 5,  # s
    "tcp_keepalives_interval": 2,  # s
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
}

# The first two characters of an SQLSTATE name its class (PostgreSQL, appendix A).
_REASONS = {
    "53100": messages.DISK_FULL,
    "53300": messages.DATABASE_TOO_MANY_CLIENTS,
    "57014": messages.DATABASE_TIMEOUT,
    "55P03": messages.DATABASE_TIMEOUT,
    "57P01": messages.DATABASE_STOPPING,
    "57P02": messages.DATABASE_STOPPING,
    "57P03": messages.DATABASE_STOPPING,
    "25006": messages.DATABASE_READ_ONLY,
    "42501": messages.DATABASE_NO_PERMISSION,
    "42P01": messages.DATABASE_TABLES_MISSING,
    "08": messages.DATABASE_UNREACHABLE,
    "58": messages.DATABASE_IO,
}
_LOST = ("08", "57P01", "57P02", "57P03")
_UNSTORABLE = ("22", "23")


class Postgres(Backend):
    """A database on a server."""

    driver_errors: ClassVar[tuple[type[Exception], ...]] = (psycopg.Error,)

    def __init__(self, url: URL) -> None:
        url = url.set(drivername="postgresql+psycopg")
        self.engine, self.reader = (
            create_engine(
                url,
                connect_args=_connect_args(url, reading=reading),
                paramstyle="format",
                isolation_level="AUTOCOMMIT",
                hide_parameters=True,
                pool_pre_ping=reading,
                pool_timeout=POOL_SECONDS,
            )
            for reading in (False, True)
        )

    def prepare(self) -> None:
        """Make nothing: the database is there."""

    def transaction(self, connection: Connection) -> AbstractContextManager[None]:
        """Keep a transaction open, once the other writers have ended theirs."""
        return committing(connection, "BEGIN", _LOCK)

    def aside(self, connection: Connection) -> AbstractContextManager[None]:
        """Keep a transaction open that no writer of the log waits for."""
        return committing(connection, "BEGIN")

    def run(self, connection: Connection, statements: Sequence[Statement]) -> int:
        """Send the whole transaction at once, then wait for its commit."""
        driver = cast(psycopg.Connection[Any], connection.connection.driver_connection)
        with driver.pipeline():
            driver.execute("BEGIN")
            driver.execute(_LOCK)
            for statement in statements:
                cursor = driver.execute(cast(Any, statement.sql), statement.parameters)
            driver.execute("COMMIT")
        return cursor.rowcount

    def explain(self, error: BaseException) -> Failure:
        """Say what an error of the server or of the connection means."""
        code = getattr(error, "sqlstate", None)
        if code is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            # The text of a failed connection names the server, the user or the base at fault;
            # none of them is a part of the password: `parsed_url` refuses where that is unclear.
            _LOGGER.warning("prediction_log_unreachable", extra={"detail": str(error)})
            return unavailable(messages.DATABASE_UNREACHABLE, lost=True)
        if code is None or code.startswith(_UNSTORABLE):
            return Failure(PredictionLogError(messages.LOG_UNSTORABLE))
        reason = _REASONS.get(code) or _REASONS.get(code[:2]) or messages.log_unknown_code(code)
        return unavailable(reason, lost=code.startswith(_LOST))

    def maintain(self) -> None:
        """Leave the upkeep to the server."""


def _connect_args(url: URL, *, reading: bool) -> dict[str, str | int]:
    """Give the connection's settings; the ones that the URL names are the user's."""
    server = _SERVER | ({"default_transaction_read_only": "on"} if reading else {})
    own = " ".join(f"-c {name}={value}" for name, value in server.items())
    options = url.query.get("options")
    given = " ".join((options,) if isinstance(options, str) else options or ())
    settings = {name: value for name, value in _CONNECTION.items() if name not in url.query}
    return {**settings, "options": f"{given} {own}".strip()}
