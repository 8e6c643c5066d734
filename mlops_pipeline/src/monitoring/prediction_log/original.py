"""Whether a path still names the file that was opened.

SQLite goes on writing to a file that was deleted or moved: what is acknowledged then is in no file
that anybody finds. A new file would be no cure: SQLite would apply the write-ahead log of the old
one to it, or delete that log. So nothing is written until a person has decided.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

from mlops_pipeline import messages

_LOGGER = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0


class UnusableFileError(OSError):
    """The file is not the log that was opened; the text says (in Spanish) why."""


class Original:
    """Remembers which file a path names; any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: tuple[int, int] | None = None
        self._due = 0.0
        self._told = False

    def remember(self) -> None:
        """Take the file that is there now for the one to write to, unless there is one already."""
        if self._identity is None:
            self._identity = self._find()

    def look(self) -> None:
        """Check, at most once a second.

        Raises:
            UnusableFileError: see `check`.

        """
        now = time.monotonic()
        if now >= self._due:
            self.check()
            self._due = now + _LOOK_SECONDS

    def check(self) -> None:
        """Make sure that the path names the file that was opened, if one was.

        Raises:
            UnusableFileError: it names another file, or none.

        """
        found = self._find()
        if self._identity in {None, found}:
            self._told = False
            return
        if not self._told:
            self._told = True
            state = "missing" if found is None else "another_file"
            extra = {"path": str(self._path), "found": state}
            _LOGGER.critical("prediction_log_file_replaced", extra=extra)
        raise UnusableFileError(messages.DATABASE_REPLACED)

    def check_new(self, wal: Path) -> None:
        """Make sure that a file may be created: no write-ahead log waits for another one.

        Raises:
            UnusableFileError: one does; SQLite would delete it, and the predictions in it.

        """
        if wal.exists() and wal.stat().st_size > 0:
            _LOGGER.critical("prediction_log_wal_without_file", extra={"path": str(wal)})
            raise UnusableFileError(messages.DATABASE_WAL_ALONE)

    def _find(self) -> tuple[int, int] | None:
        """Give what tells the file from any other; None where there is none."""
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_dev, found.st_ino
