"""Bundles on disk: written beside, synced, renamed; `latest` swapped in one step.

Every change is made while the ledger is locked, and its line is written before it (see `ledger`).
What killed runs left is no version to anyone (see `unfinished`) and goes with the next reservation.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mlops_pipeline import messages
from mlops_pipeline.src.errors import (
    BundleError,
    CorruptBundleError,
    InputError,
    NoModelError,
    PublishError,
    StaleComparisonError,
)
from mlops_pipeline.src.registry import ledger
from mlops_pipeline.src.registry.ledger import Book, Change, LedgerEntry
from mlops_pipeline.src.registry.manifest import (
    ESTIMATOR,
    FILES,
    MANIFEST,
    check,
    check_digest,
    read_manifest,
    write_manifest,
)
from mlops_pipeline.src.registry.unfinished import FOLDER_MODE, Reservation, discard, sweep, take

LATEST = "latest"
_VERSION = re.compile(r"v(\d{8}_\d{6})(?:_(\d+))?", re.ASCII)
_FILE_MODE = 0o644
_TRIES = 1_000

Check = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Version:
    """A published version; `created_at` (UTC) is the moment that its name tells."""

    name: str
    folder: Path
    created_at: datetime
    is_latest: bool


@dataclass(frozen=True, slots=True)
class ServedFiles:
    """A verified version as it is served.

    Attributes:
        version: the name of the folder that it was read from.
        digest: SHA-256 of its manifest, and so of every file's content.
        contents: file name -> bytes of all but the estimator, which a service never reads.

    """

    version: str
    digest: str
    contents: Mapping[str, bytes]


# --- publishing ------------------------------------------------------------------------------


def reserve(models_dir: Path, now: datetime) -> Reservation:
    """Take a version named after `now` (UTC) that no bundle has, nor is about to have.

    Raises:
        PublishError: the models directory cannot be written.

    """
    base = now.strftime("v%Y%m%d_%H%M%S")
    with _writing(models_dir, messages.cannot_publish):
        models_dir.mkdir(parents=True, exist_ok=True)
        with ledger.locked(models_dir):
            _sweep(models_dir)
            for attempt in range(1, _TRIES):
                version = base if attempt == 1 else f"{base}_{attempt}"
                reservation = take(models_dir, version)
                if reservation:
                    return reservation
    raise PublishError(messages.cannot_publish(models_dir, messages.TOO_MANY_VERSIONS))


def publish(reservation: Reservation, files: Mapping[str, bytes], change: Change) -> Path:
    """Write a bundle and give its folder; it is either whole or not there.

    Raises:
        PublishError: the models directory cannot be written.

    """
    models_dir, version, folder = reservation.models_dir, reservation.version, reservation.folder
    try:
        with _writing(models_dir, messages.cannot_publish):
            for name, content in {**files, MANIFEST: write_manifest(files)}.items():
                _write(folder / name, content)
            folder.chmod(FOLDER_MODE)
            ledger.sync(folder)
            with ledger.locked(models_dir) as book:
                book.append(change.entry("publish", None, version))
                folder.rename(models_dir / version)
                ledger.sync(models_dir)
    finally:
        discard(reservation)
    return models_dir / version


def _write(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on disk."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    path.chmod(_FILE_MODE)


def _sweep(models_dir: Path) -> None:
    """Remove what killed runs left; to be called with the ledger locked."""
    sweep(models_dir)
    for path in models_dir.glob(f".{LATEST}.*"):
        if path.is_symlink():
            with suppress(OSError):
                path.unlink()


# --- promoting -------------------------------------------------------------------------------


def verify(folder: Path) -> None:
    """Check that a version is what was published.

    Raises:
        CorruptBundleError: a file is missing or altered, or the format is another one.

    """
    read_served(folder)


@dataclass(frozen=True, slots=True)
class Compared:
    """What `latest` named when a version was compared with it; None: nothing."""

    version: str | None


def promote(
    models_dir: Path,
    version: str,
    change: Change,
    check_folder: Check = verify,
    compared_with: Compared | None = None,
) -> LedgerEntry | None:
    """Let `latest` name a published version, in one step; give None if it already does.

    Args:
        models_dir: the registry's folder.
        version: what to promote.
        change: when, by whom and why.
        check_folder: raises if the version in a folder must not serve.
        compared_with: what must still be in service for the promotion to hold.

    Raises:
        InputError: that is no version's name.
        CorruptBundleError: there is no such version, or it cannot be trusted.
        StaleComparisonError: something else than `compared_with` is in service.
        PublishError: the models directory cannot be written.

    """
    check_folder(version_folder(models_dir, version))
    with _writing(models_dir, messages.cannot_promote), ledger.locked(models_dir) as book:
        before = named_by_latest(models_dir)
        if before == version:
            return None
        if compared_with is not None and before != compared_with.version:
            raise StaleComparisonError(messages.stale_comparison(version, before))
        entry = change.entry("promote", before, version)
        _point(models_dir, book, entry)
    return entry


def rollback(models_dir: Path, change: Change, check_folder: Check = verify) -> LedgerEntry:
    """Let `latest` name what it named before the last promotion; again: one further back.

    Raises:
        CorruptBundleError: that version is gone, or cannot be trusted; nothing changed.
        PublishError: there is none, or the models directory cannot be written.

    """
    if not ledger.read(models_dir).entries:
        raise PublishError(messages.nothing_to_roll_back(models_dir))
    with _writing(models_dir, messages.cannot_promote), ledger.locked(models_dir) as book:
        before = named_by_latest(models_dir)
        version = ledger.previous(ledger.read(models_dir).entries, before)
        if version is None:
            raise PublishError(messages.nothing_to_roll_back(models_dir))
        check_folder(version_folder(models_dir, version))
        entry = change.entry("rollback", before, version)
        _point(models_dir, book, entry)
    return entry


def _point(models_dir: Path, book: Book, entry: LedgerEntry) -> None:
    """Write the entry, then swap the link; the link is made first, as a full disk may refuse it."""
    link = models_dir / LATEST
    if link.exists() and not link.is_symlink():
        raise PublishError(messages.foreign_latest(link))
    beside = models_dir / f".{LATEST}.{secrets.token_hex(8)}"
    try:
        beside.symlink_to(entry.to_version)
        book.append(entry)
        beside.replace(link)
        ledger.sync(models_dir)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


@contextmanager
def _writing(models_dir: Path, say: Callable[[Path, str], str]) -> Iterator[None]:
    """Turn the system's errors into a PublishError that says the reason."""
    try:
        yield
    except OSError as error:
        raise PublishError(say(models_dir, messages.system_reason(error))) from error


# --- reading ---------------------------------------------------------------------------------


def versions(models_dir: Path) -> tuple[Version, ...]:
    """Give the published versions, newest first; whether they are sound is for `verify`.

    Raises:
        BundleError: the folder is there and cannot be read.

    """
    try:
        folders = [path for path in models_dir.iterdir() if _is_version(path)]
    except FileNotFoundError:
        return ()
    except OSError as error:
        reason = messages.system_reason(error)
        raise BundleError(messages.cannot_read(models_dir, reason)) from error
    latest = named_by_latest(models_dir)
    folders.sort(key=lambda folder: _order(folder.name), reverse=True)
    return tuple(
        Version(folder.name, folder, _order(folder.name)[0], folder.name == latest)
        for folder in folders
    )


def version_folder(models_dir: Path, version: str) -> Path:
    """Give the folder of a version, of any name that came from outside.

    Raises:
        InputError: that is no version's name.
        CorruptBundleError: there is no such version.

    """
    if not _is_name(version):
        raise InputError(messages.bad_version(version))
    if not _is_version(models_dir / version):
        raise CorruptBundleError(messages.no_such_version(models_dir, version))
    return models_dir / version


def named_by_latest(models_dir: Path) -> str | None:
    """Give the version that `latest` names, be it there or not; None for a foreign or no link."""
    try:
        name = str((models_dir / LATEST).readlink())
    except OSError:
        return None
    return name if _is_name(name) else None


def latest_folder(models_dir: Path) -> Path:
    """Give the folder of the published model.

    Raises:
        NoModelError: nothing is published.
        CorruptBundleError: `latest` is no relative link to a version beside it.

    """
    link = models_dir / LATEST
    if not os.path.lexists(link):
        raise NoModelError(messages.no_model(models_dir))
    version = named_by_latest(models_dir)
    if version is None or not _is_version(models_dir / version):
        raise CorruptBundleError(messages.foreign_latest(link))
    return models_dir / version


def read_files(folder: Path) -> Mapping[str, bytes]:
    """Give a bundle's files, each one checked against the manifest.

    Raises:
        CorruptBundleError: a file is missing or altered, or the format is another one.

    """
    digests = read_manifest(_read(folder / MANIFEST))
    files = {}
    for name in FILES:
        files[name] = _read(folder / name)
        check(name, files[name], digests)
    return files


def read_served(folder: Path) -> ServedFiles:
    """Give what a service needs of a bundle, each file checked; the estimator is only hashed.

    Raises:
        CorruptBundleError: a file is missing or altered, or the format is another one.

    """
    content = _read(folder / MANIFEST)
    digests = read_manifest(content)
    files = {}
    for name in FILES:
        if name != ESTIMATOR:
            files[name] = _read(folder / name)
            check(name, files[name], digests)
    check_digest(ESTIMATOR, _sha256(folder / ESTIMATOR), digests)
    return ServedFiles(folder.name, hashlib.sha256(content).hexdigest(), files)


def _sha256(path: Path) -> str:
    """Give a file's SHA-256 without holding the file in memory."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        reason = messages.system_reason(error)
        raise CorruptBundleError(messages.missing_file(path, reason)) from error


def _read(path: Path) -> bytes:
    """Read a file of a bundle."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = messages.system_reason(error)
        raise CorruptBundleError(messages.missing_file(path, reason)) from error


def _is_version(path: Path) -> bool:
    """Tell whether a path is a version's folder: a link to one elsewhere is not."""
    return _is_name(path.name) and path.is_dir() and not path.is_symlink()


def _is_name(name: str) -> bool:
    """Tell whether a text is a version's name, with a moment that exists."""
    try:
        _order(name)
    except ValueError:
        return False
    return True


def _order(name: str) -> tuple[datetime, int]:
    """Give the moment of a version's name, and its number within that second.

    Raises:
        ValueError: that is no version's name.

    """
    found = _VERSION.fullmatch(name)
    if not found:
        raise ValueError(name)
    moment = datetime.strptime(found[1], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
    return moment, int(found[2] or 1)
