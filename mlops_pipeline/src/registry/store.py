"""Bundles on disk: written beside, synced, renamed; `latest` swapped in one step."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mlops_pipeline import messages
from mlops_pipeline.src.errors import CorruptBundleError, NoModelError, PublishError
from mlops_pipeline.src.registry.manifest import (
    FILES,
    MANIFEST,
    check,
    read_manifest,
    write_manifest,
)

LATEST = "latest"
_VERSION = re.compile(r"v\d{8}_\d{6}(?:_\d+)?")
_FOLDER_MODE = 0o755
_FILE_MODE = 0o644


@dataclass(frozen=True, slots=True)
class Reservation:
    """A version that this process alone may publish; `folder` holds what is being written."""

    models_dir: Path
    version: str
    folder: Path


def reserve(models_dir: Path, now: datetime) -> Reservation:
    """Take a version named after `now` (UTC) that no bundle has, nor is about to have.

    Raises:
        PublishError: the models directory cannot be written.

    """
    base = now.strftime("v%Y%m%d_%H%M%S")
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        for attempt in range(1, 1_000):
            version = base if attempt == 1 else f"{base}_{attempt}"
            folder = models_dir / f".{version}.partial"
            if (models_dir / version).exists():
                continue
            try:
                folder.mkdir(mode=_FOLDER_MODE)
            except FileExistsError:
                continue
            return Reservation(models_dir, version, folder)
    except OSError as error:
        raise PublishError(messages.cannot_publish(models_dir, error.strerror)) from error
    raise PublishError(messages.cannot_publish(models_dir, "demasiadas versiones en un segundo"))


def publish(reservation: Reservation, files: Mapping[str, bytes]) -> Path:
    """Write a bundle and give its folder; it is either whole or not there.

    Raises:
        PublishError: the models directory cannot be written.

    """
    final = reservation.models_dir / reservation.version
    try:
        for name, content in {**files, MANIFEST: write_manifest(files)}.items():
            _write(reservation.folder / name, content)
        reservation.folder.chmod(_FOLDER_MODE)
        _sync(reservation.folder)
        reservation.folder.rename(final)
        _sync(reservation.models_dir)
    except OSError as error:
        discard(reservation)
        raise PublishError(
            messages.cannot_publish(reservation.models_dir, error.strerror)
        ) from error
    return final


def discard(reservation: Reservation) -> None:
    """Remove what an unfinished publication left."""
    shutil.rmtree(reservation.folder, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on disk."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    path.chmod(_FILE_MODE)


def _sync(folder: Path) -> None:
    """Wait until a folder's entries are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def promote(models_dir: Path, version: str) -> None:
    """Let `latest` name a published version, in one step.

    Raises:
        CorruptBundleError: there is no such version, or it cannot be trusted.
        PublishError: the models directory cannot be written.

    """
    read_files(models_dir / version)
    beside = models_dir / f".{LATEST}.{secrets.token_hex(8)}"
    try:
        beside.symlink_to(version)
        beside.replace(models_dir / LATEST)
        _sync(models_dir)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise PublishError(messages.cannot_publish(models_dir, error.strerror)) from error


def latest_folder(models_dir: Path) -> Path:
    """Give the folder of the published model.

    Raises:
        NoModelError: nothing is published.
        CorruptBundleError: `latest` is no relative link to a version beside it.

    """
    link = models_dir / LATEST
    if not link.is_symlink():
        if link.exists():
            raise CorruptBundleError(messages.foreign_latest(link))
        raise NoModelError(messages.no_model(models_dir))
    version = str(link.readlink())
    if not _VERSION.fullmatch(version) or not (models_dir / version).is_dir():
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


def _read(path: Path) -> bytes:
    """Read a file of a bundle."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CorruptBundleError(messages.missing_file(path, error.strerror)) from error
