"""Temporary folders that name their process: a later start sweeps those that a killed one left."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

_OWNER = re.compile(r"ml-payment-[a-z]+-(\d+)-(\d+)(?:-.+)?", re.ASCII)


def named(kind: str, pid: int) -> str:
    """Give the beginning of the names of a process' folders: its number, and when it started."""
    return f"ml-payment-{kind}-{pid}-{_started(pid)}"


def sweep(kind: str) -> None:
    """Remove this user's folders of a kind whose process is no more."""
    for path in Path(tempfile.gettempdir()).glob(f"ml-payment-{kind}-*"):
        owner = _OWNER.fullmatch(path.name)
        if owner and _started(int(owner[1])) != owner[2] and _is_own(path):
            shutil.rmtree(path, ignore_errors=True)


def shared(kind: str, pid: int) -> Path:
    """Give the folder that all workers of a process find by its name, made if it is not there.

    A name is passed over, by all of them alike, where somebody else made that folder or can
    look into it.
    """
    for number in itertools.count():
        path = Path(tempfile.gettempdir()) / f"{named(kind, pid)}-{number}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if not (_is_own(path) and stat.S_IMODE(path.lstat().st_mode) == 0o700):  # noqa: PLR2004
                continue
        return path
    raise AssertionError  # there is always a next number


def _is_own(path: Path) -> bool:
    """Tell whether a path is a folder of this user, and no link to one."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _started(pid: int) -> str:
    """Give the moment when a process started, in the system's ticks; "0": there is none."""
    try:
        said = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return "0"
    return said.rpartition(b")")[2].split()[19].decode()
