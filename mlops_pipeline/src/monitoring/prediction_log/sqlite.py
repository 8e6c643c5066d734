"""The log in a SQLite file: write-ahead log, every commit on the disk before it returns.

Two things that SQLite leaves to the application:

- Whose turn it is. SQLite's own wait is a poll with growing sleeps, in which one of two busy
  processes starves (measured: 700 ms); a lock on the file's folder wakes the next one at once.
- When to checkpoint. See `checkpoints`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar, cast

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
from mlops_pipeline.src.monitoring.prediction_log.checkpoints import WAL_KEPT, Checkpoints
from mlops_pipeline.src.monitoring.prediction_log.original import Original, UnusableFileError

_BUSY_SECONDS = 5.0
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_STATEMENTS = 128  # kept prepared: one for each number of rows, and some more
_ROW_BYTES = 1024  # that a changed row writes at least

_REASONS = {
    sqlite3.SQLITE_FULL: messages.DISK_FULL,
    sqlite3.SQLITE_BUSY: messages.DATABASE_BUSY,
    sqlite3.SQLITE_LOCKED: messages.DATABASE_BUSY,
    sqlite3.SQLITE_READONLY: messages.DATABASE_READ_ONLY,
    sqlite3.SQLITE_NOTADB: messages.DATABASE_CORRUPT,
    sqlite3.SQLITE_CORRUPT: messages.DATABASE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN: messages.DATABASE_CANNOT_OPEN,
    sqlite3.SQLITE_IOERR: messages.DATABASE_IO,
    sqlite3.SQLITE_PERM: messages.DATABASE_NO_PERMISSION,
}
_PATH_REASONS = {
    errno.EISDIR: messages.DATABASE_IS_FOLDER,
    errno.ENOTDIR: messages.DATABASE_BAD_FOLDER,
    errno.EEXIST: messages.DATABASE_BAD_FOLDER,
    errno.EACCES: messages.DATABASE_NO_PERMISSION,
    errno.EPERM: messages.DATABASE_NO_PERMISSION,
    errno.EROFS: messages.DATABASE_READ_ONLY,
    errno.ENOSPC: messages.DISK_FULL,
}


class SQLite(Backend):
    """One file, several processes of one machine."""

    driver_errors: ClassVar[tuple[type[Exception], ...]] = (sqlite3.Error, OSError)

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._thread_turn = threading.Lock()
        self._folder: int | None = None
        self._original = Original(self._path)
        url = URL.create("sqlite+pysqlite", database=str(self._path))
        self.engine, self.reader = (
            create_engine(
                url,
                creator=partial(self._connect, reading=reading),
                isolation_level="AUTOCOMMIT",
                hide_parameters=True,
                pool_timeout=POOL_SECONDS,
            )
            for reading in (False, True)
        )
        self._wal = self._path.with_name(f"{self._path.name}-wal")
        self._checkpoints = Checkpoints(
            self._wal, partial(self._connect, reading=False), self._turn
        )

    def prepare(self) -> None:
        """Make the folder and a file that nobody else may read, with a write-ahead log."""
        self._original.check()
        self._path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        if self._path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not os.access(self._path.parent, os.W_OK):
            raise PermissionError(errno.EROFS, os.strerror(errno.EROFS))
        with self._turn():
            if not self._path.exists():
                self._original.check_new(self._wal)
                # Only when new: closing a file drops the locks that SQLite has on it.
                flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
                os.close(os.open(self._path, flags, _FILE_MODE))
            self._original.remember()
            self._connect(reading=False).close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the turn to write, among this process' threads and the other processes."""
        with self._thread_turn:
            if self._folder is None:
                self._folder = os.open(self._path.parent, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._folder, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._folder, fcntl.LOCK_UN)

    def _connect(self, *, reading: bool) -> sqlite3.Connection:
        """Open a connection to the file that was opened first."""
        self._original.check()
        return _connect(self._path, reading=reading)

    @contextmanager
    def transaction(self, connection: Connection) -> Iterator[None]:
        """Keep a transaction open that may write."""
        with self._turn(), committing(connection, "BEGIN IMMEDIATE"):
            yield

    def run(self, connection: Connection, statements: Sequence[Statement]) -> int:
        """Run the statements; one alone is its own transaction and a single step of SQLite."""
        changed = 0
        if len(statements) == 1:
            driver = cast(sqlite3.Connection, connection.connection.driver_connection)
            with self._turn():
                changed = driver.execute(*statements[0]).rowcount
        else:
            with self.transaction(connection):
                for statement in statements:
                    changed = connection.exec_driver_sql(*statement).rowcount
        self._original.look()  # before anybody is told that it is stored
        texts = sum(_size(statement) for statement in statements)
        self._checkpoints.wrote(max(texts, changed * _ROW_BYTES))
        return changed

    def explain(self, error: BaseException) -> Failure:
        """Say what an error of SQLite or of the file system means."""
        if isinstance(error, UnusableFileError):
            return unavailable(str(error))
        if isinstance(error, OSError):
            reason = _PATH_REASONS.get(error.errno or 0, error.strerror or type(error).__name__)
            return unavailable(reason)
        if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
            return Failure(PredictionLogError(messages.LOG_UNSTORABLE))
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return unavailable(_REASONS.get(code) or messages.log_unknown_code(name))

    def maintain(self) -> None:
        """Finish a checkpoint that waits for the writer."""
        self._original.look()
        self._checkpoints.finish()

    def wrote(self, size: int) -> None:
        """Count a transaction, for the sake of the checkpoints."""
        self._checkpoints.wrote(size)
        self._checkpoints.finish()

    def check(self) -> None:
        """Make sure that the path still names the file that was opened."""
        self._original.look()

    def dispose(self) -> None:
        """Close every connection that is not in use, and the checkpoints."""
        self._checkpoints.close()
        super().dispose()
        with self._thread_turn:
            folder, self._folder = self._folder, None
            if folder is not None:
                os.close(folder)


def _size(statement: Statement) -> int:
    """Estimate what a statement's values add to the WAL (bytes)."""
    return sum(len(value) + 64 for value in statement.parameters if isinstance(value, str))


def _connect(path: Path, *, reading: bool) -> sqlite3.Connection:
    """Open a connection; it is used by one thread at a time."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS,
    )
    try:
        if reading:
            connection.execute("PRAGMA query_only = ON")
            return connection
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection
