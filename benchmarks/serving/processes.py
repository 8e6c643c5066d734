"""What /proc tells of a process and of what it started."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_MIB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")

# Positions in /proc/<pid>/stat behind the command's name, counted from the state.
_PARENT, _USER, _SYSTEM, _RESIDENT = 1, 11, 12, 21


@dataclass(frozen=True, slots=True)
class Usage:
    """One process: resident memory in MiB and processor seconds since it began."""

    pid: int
    resident: float
    seconds: float


def usage(root: int) -> list[Usage]:
    """Give a process and its descendants, the busiest first."""
    found = []
    for pid in tree(root):
        with suppress(OSError):
            fields = _stat(pid)
            seconds = (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS
            found.append(Usage(pid, int(fields[_RESIDENT]) * _PAGE / _MIB, seconds))
    return sorted(found, key=lambda one: one.seconds, reverse=True)


def tree(root: int) -> list[int]:
    """Give a process and its descendants."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                parents[int(folder.name)] = int(_stat(int(folder.name))[_PARENT])
    found = [root]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found


def _stat(pid: int) -> list[str]:
    """Give the fields of /proc/<pid>/stat from the state on."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return text.rpartition(")")[2].split()
