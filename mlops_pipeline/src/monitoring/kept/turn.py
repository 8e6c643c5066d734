"""One counter for each installation: whoever has the turn counts, the others look on.

Two at a time would count nothing twice (`counter`), only waste work. The system ends the turn of
a process that is killed.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from mlops_pipeline.database_url import parsed_url
from mlops_pipeline.src.monitoring.prediction_log.backend import Backend
from mlops_pipeline.src.monitoring.prediction_log.store import backend_of

# One number for every program that counts a log of this database ("counting" in ASCII).
_LOCK = "SELECT pg_try_advisory_lock(7165071478586666599)"


class Turn(Protocol):
    """The turn to count."""

    def take(self) -> bool:
        """Take the turn if it is free; tell whether it is ours (still, or by now)."""

    def release(self) -> None:
        """Give it back."""


def counting_turn(url: str) -> Turn:
    """Give the turn to count a log.

    Raises:
        InputError: the URL names no database.

    """
    backend = backend_of(url)
    if backend.engine.dialect.name != "sqlite":
        return _Session(backend)
    path = Path(str(parsed_url(url).database)).absolute()
    return _File(path.with_name(f"{path.name}-counting"))


class _File:
    """A lock on a file beside the database: the processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    def take(self) -> bool:
        """Take the lock; a folder that cannot be written has no log to count either."""
        if self._handle is not None:
            return True
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Close the file."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


class _Session:
    """A lock of a connection to the server: the processes of several machines."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._connection: Connection | None = None

    def take(self) -> bool:
        """Take the lock, or see that the connection that has it lives."""
        try:
            if self._connection is not None:
                self._connection.exec_driver_sql("SELECT 1")
                return True
            connection = self._backend.engine.connect()
            if connection.exec_driver_sql(_LOCK).scalar():
                self._connection = connection
            else:
                connection.close()
        except SQLAlchemyError:
            self.release()
        return self._connection is not None

    def release(self) -> None:
        """Close the connection, and with it the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
        self._backend.dispose()
