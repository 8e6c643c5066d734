"""One counter for each installation: whoever has the turn counts, the others look on.

Two at a time would count nothing twice (`counter`), only waste work. The system ends the turn of
a process that is killed.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from mlops_pipeline.database_url import parsed_url
from mlops_pipeline.src.monitoring.prediction_log.backend import Backend
from mlops_pipeline.src.monitoring.prediction_log.store import backend_of

_LOGGER = logging.getLogger(__name__)

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


class _Complaint:
    """Says why the turn cannot be taken: once for each cause, until it was free or another's."""

    def __init__(self) -> None:
        self._said: str | None = None

    def say(self, cause: str, detail: str) -> None:
        """Note a failure."""
        if cause != self._said:
            self._said = cause
            _LOGGER.warning("counting_turn_failed", extra={"cause": cause, "detail": detail})

    def forget(self) -> None:
        """Note that there is none."""
        self._said = None


class _File:
    """A lock on a file beside the database: the processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._complaint = _Complaint()
        self._handle: int | None = None

    def take(self) -> bool:
        """Take the lock."""
        if self._handle is None:
            try:
                self._handle = self._locked()
            except OSError as error:
                self._complaint.say(errno.errorcode.get(error.errno or 0, ""), str(error))
            else:
                self._complaint.forget()
        return self._handle is not None

    def _locked(self) -> int | None:
        """Open and lock the file; None: another process has the lock.

        Raises:
            OSError: it cannot be opened or locked.

        """
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:
            os.close(handle)
            raise
        return handle

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
        self._complaint = _Complaint()

    def take(self) -> bool:
        """Take the lock, or see that the connection that has it lives."""
        try:
            if self._connection is not None:
                self._connection.exec_driver_sql("SELECT 1")
                return True
            # `release` ends it should this fail: the server may have given the lock all the same.
            self._connection = connection = self._backend.engine.connect()
            if not connection.exec_driver_sql(_LOCK).scalar():
                self._connection = None
                connection.close()
        except SQLAlchemyError as error:
            self.release()
            # A failed connection's text names server, user and base; `parsed_url` sees to it that
            # no part of the password is taken for one of them.
            reason = getattr(error, "orig", None) or error  # the driver's own
            code = getattr(reason, "sqlstate", None)
            self._complaint.say(code or type(reason).__name__, str(reason))
        else:
            self._complaint.forget()
        return self._connection is not None

    def release(self) -> None:
        """Close the connection, and with it the lock."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
        self._backend.dispose()
