"""Who changed the published model, when, from what to what: one JSON object a line, never edited.

The ledger is also the registry's lock: who changes anything holds it exclusively (`flock`, so
the kernel releases it when its holder dies), and the file is never replaced.

A line is written and on disk *before* what it tells of is done. So nothing happens without its
line, and a full disk or a read-only directory stops a change before it begins. A process killed
in between leaves a line that did not come true: `latest` then names something else than the line
says, which `unfinished` tells and `previous` takes into account.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from mlops_pipeline import messages
from mlops_pipeline.src.errors import PublishError

LEDGER = "ledger.jsonl"
LOCK_SECONDS = 30.0
_POLL_SECONDS = 0.02
_MODE = 0o644

Action = Literal["publish", "promote", "rollback"]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One change.

    Attributes:
        when: ISO 8601, UTC.
        from_version: what `latest` named before; None for nothing, and for a publication.
        reason: in the words of who did it; may be empty.

    """

    when: str
    who: str
    action: Action
    from_version: str | None
    to_version: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """When (aware), by whom and why something is changed."""

    when: datetime
    who: str
    reason: str = ""

    def entry(self, action: Action, from_version: str | None, to_version: str) -> LedgerEntry:
        """Give the ledger's entry of this change."""
        when = self.when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return LedgerEntry(when, self.who, action, from_version, to_version, self.reason)


@dataclass(frozen=True, slots=True)
class History:
    """What a ledger says, oldest first, and the numbers (from 1) of lines that say nothing."""

    entries: tuple[LedgerEntry, ...]
    damaged: tuple[int, ...]


_ENTRY = TypeAdapter(LedgerEntry)


def read(models_dir: Path) -> History:
    """Give the ledger; a torn line, as a crash leaves it, is reported and does not stop it.

    Raises:
        PublishError: there is a ledger and it cannot be read.

    """
    path = models_dir / LEDGER
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return History((), ())
    except OSError as error:
        raise PublishError(messages.cannot_read(path, messages.system_reason(error))) from error
    entries, damaged = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entries.append(_ENTRY.validate_json(line))
        except ValidationError:
            damaged.append(number)
    return History(tuple(entries), tuple(damaged))


class Book:
    """The ledger, open and locked."""

    def __init__(self, models_dir: Path, descriptor: int) -> None:
        self._models_dir = models_dir
        self._descriptor = descriptor

    def append(self, entry: LedgerEntry) -> None:
        """Add a line and wait until it is on disk; it is either whole or not there.

        Raises:
            OSError: it could not be written.

        """
        text = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
        line = text.encode("utf-8", "replace")
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line  # what a crash tore stays a line of its own
        try:
            _write_whole(self._descriptor, line)
            os.fsync(self._descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, size)
            raise
        if not size:
            sync(self._models_dir)


def _write_whole(descriptor: int, line: bytes) -> None:
    """Write a line in one step; that a part of it fits on the disk is not enough."""
    if os.write(descriptor, line) != len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@contextmanager
def locked(models_dir: Path) -> Iterator[Book]:
    """Hold the registry alone, among processes and threads; waits LOCK_SECONDS for it.

    Raises:
        OSError: the directory is not there or cannot be written.
        PublishError: someone else holds it for too long.

    """
    path = models_dir / LEDGER
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, _MODE)
        try:
            if _is_locked(path, descriptor):
                _open_to_readers(descriptor)
                yield Book(models_dir, descriptor)
                return
        finally:
            os.close(descriptor)
        if time.monotonic() >= deadline:
            raise PublishError(messages.registry_busy(models_dir, LOCK_SECONDS))
        time.sleep(_POLL_SECONDS)


def _is_locked(path: Path, descriptor: int) -> bool:
    """Try to lock the ledger; a file that an editor replaced meanwhile is the ledger no more."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _open_to_readers(descriptor: int) -> None:
    """Give a new ledger its mode, whatever the umask."""
    found = os.fstat(descriptor)
    if stat.S_IMODE(found.st_mode) != _MODE and found.st_uid == os.geteuid():
        os.fchmod(descriptor, _MODE)


def sync(folder: Path) -> None:
    """Wait until a folder's entries are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class _State:
    """What `latest` names, and the versions that a rollback would return to, next one last."""

    named: str | None = None
    past: tuple[str, ...] = ()

    def after(self, entry: LedgerEntry) -> _State:
        """Give the state when an entry has come true."""
        if entry.action == "promote":
            return _State(entry.to_version, self._with_named())
        past = self.past
        while past and past[-1] != entry.to_version:
            past = past[:-1]
        return _State(entry.to_version, past[:-1])

    def seen(self, named: str | None, before: _State) -> _State:
        """Correct the state by what `latest` was found to name."""
        if named == self.named:
            return self
        if named is not None and named == before.named:
            return before  # the last entry did not come true
        return _State(named, self._with_named())  # the link was changed by hand, or lost

    def _with_named(self) -> tuple[str, ...]:
        """Give the past with the present in it."""
        return self.past if self.named is None else (*self.past, self.named)


def previous(entries: Sequence[LedgerEntry], named: str | None) -> str | None:
    """Give the version to return to when `latest` names this one; None if there is none.

    Each rollback goes one promotion further back: after A, B, C it gives B, then A. Were it to
    swap the last two, a second rollback would bring back the version that was fled from.
    """
    before = state = _State()
    for entry in entries:
        if entry.action != "publish":
            state = state.seen(entry.from_version, before)
            before, state = state, state.after(entry)
    past = state.seen(named, before).past
    return past[-1] if past else None


def unpublished(entries: Sequence[LedgerEntry], present: Sequence[str]) -> tuple[str, ...]:
    """Give published versions that are neither there nor, as a later promotion shows, ever were."""
    was_there = {*present, *(one.to_version for one in entries if one.action != "publish")}
    said = [entry.to_version for entry in entries if entry.action == "publish"]
    return tuple(version for version in said if version not in was_there)


def unfinished(entries: Sequence[LedgerEntry], named: str | None) -> LedgerEntry | None:
    """Give the last promotion or rollback if `latest` does not name what it says.

    Either its process was killed before the link was swapped, or someone changed the link.
    """
    changes = [entry for entry in entries if entry.action != "publish"]
    return changes[-1] if changes and changes[-1].to_version != named else None
