"""SQLite's checkpoints, away from the commits.

A checkpoint copies the write-ahead log (WAL) into the database file. SQLite makes it inside a
commit, which then takes many times as long. Here a thread copies while the writer goes on; what
was written meanwhile is little, and the writer copies that between two transactions, since only
a WAL that is copied to its end starts again from its beginning and so stays bounded.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

_LOGGER = logging.getLogger(__name__)

# The bytes that the WAL's file keeps. SQLite cuts it to this when it starts again, so that a
# larger file is a WAL that has grown beyond. Writing over a file is faster than growing it.
WAL_KEPT = 8 * 1024 * 1024

_LIMIT = 4 * 1024 * 1024  # bytes written before a checkpoint, by estimate
_LEAST = 1024 * 1024  # the same where the WAL is too large: others wrote, or the estimate is low
_TRANSACTION = 16 * 1024  # bytes: the pages that the smallest transaction writes
_FEW_PAGES = 64  # that the writer may copy itself
_ROUNDS = 3
_JOIN_SECONDS = 5.0


class Checkpoints:
    """Checkpoints of one file; `wrote` and `finish` belong to the writing threads."""

    def __init__(
        self,
        wal: Path,
        connect: Callable[[], sqlite3.Connection],
        turn: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._wal = wal
        self._connect = connect
        self._turn = turn
        self._written = 0
        self._copied = False
        self._closed = False
        self._due = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def wrote(self, size: int) -> None:
        """Count a transaction of about `size` bytes; start a checkpoint when it is time."""
        self._written += size + _TRANSACTION
        if self._written < _LEAST or self._due.is_set() or self._copied:
            return
        if self._written < _LIMIT and self._wal.stat().st_size <= WAL_KEPT:
            return
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._work, name="prediction-log-checkpoints", daemon=True
            )
            self._thread.start()
        self._due.set()

    def finish(self) -> None:
        """Copy the little that was written during a checkpoint, while nobody writes."""
        if not self._copied:
            return
        self._written = 0
        with self._turn():
            self._copy()
        self._copied = False

    def _work(self) -> None:
        """Copy whenever it is due, until closed."""
        while self._due.wait() and not self._closed:
            for _ in range(_ROUNDS):
                if self._copy() <= _FEW_PAGES:
                    break
            self._copied = True
            self._due.clear()

    def _copy(self) -> int:
        """Copy what can be copied without waiting for anybody; give the pages that remain."""
        with self._lock:
            if self._closed:
                return 0
            try:
                if self._connection is None:
                    self._connection = self._connect()
                busy, pages, copied = self._connection.execute(
                    "PRAGMA wal_checkpoint(PASSIVE)"
                ).fetchone()
            except (sqlite3.Error, OSError) as error:
                name = getattr(error, "sqlite_errorname", type(error).__name__)
                _LOGGER.warning("prediction_log_checkpoint_failed", extra={"error": name})
                return 0
            return 0 if busy else pages - copied

    def close(self) -> None:
        """Stop the thread and close the connection."""
        self._closed = True
        self._due.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)
        if self._lock.acquire(timeout=_JOIN_SECONDS):  # pylint: disable=consider-using-with
            try:
                connection, self._connection = self._connection, None
                if connection is not None:
                    connection.close()
            finally:
                self._lock.release()
