"""Versions that are being written, in `.<version>.partial`, which is no version's name.

The writer holds a lock (`flock`) on the manifest in its folder, the first file made there, as long
as it lives. A folder that nobody holds was left by a killed run; only such a one is removed.
Folders are made and swept while the ledger is locked, so none is seen before it has its lock.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from mlops_pipeline.src.registry.manifest import MANIFEST

FOLDER_MODE = 0o755
_PARTIAL = re.compile(r"\.v\d{8}_\d{6}(?:_\d+)?\.partial", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A version that this process alone may publish; `folder` holds what is being written.

    Attributes:
        lock: the open manifest; locked until it is closed or its process dies.

    """

    models_dir: Path
    version: str
    folder: Path
    lock: BinaryIO = field(repr=False, compare=False)


def take(models_dir: Path, version: str) -> Reservation | None:
    """Make the folder of an unfinished version and lock it; give None if the name is taken.

    Raises:
        OSError: it cannot be made.

    """
    folder = models_dir / f".{version}.partial"
    if os.path.lexists(models_dir / version) or os.path.lexists(folder):
        return None
    folder.mkdir(mode=FOLDER_MODE)
    try:
        lock = (folder / MANIFEST).open("xb")
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    reservation = Reservation(models_dir, version, folder, lock)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return reservation


def discard(reservation: Reservation) -> None:
    """Remove what an unfinished publication left, once; of a finished one there is nothing."""
    if not reservation.lock.closed:
        shutil.rmtree(reservation.folder, ignore_errors=True)
        reservation.lock.close()


def sweep(models_dir: Path) -> None:
    """Remove what killed runs left; to be called with the ledger locked."""
    for path in models_dir.iterdir():
        if _PARTIAL.fullmatch(path.name) and not path.is_symlink():
            _remove_if_abandoned(path)


def _remove_if_abandoned(folder: Path) -> None:
    """Remove an unfinished version unless its writer lives, or may live."""
    try:
        with (folder / MANIFEST).open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except FileNotFoundError:  # killed before it had the lock, or while it was removing
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # locked by its writer, or not ours to judge
        pass
