"""One run of the benchmark: where it works, on which cores, how long."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_IN_MEMORY = ("tmpfs", "ramfs")


class BenchmarkError(Exception):
    """The measurement cannot be made, or would not mean what it says."""


@dataclass(frozen=True, slots=True)
class Cores:
    """One core for the servers, another one for what loads them."""

    server: int
    load: int


@dataclass(frozen=True, slots=True)
class Bench:
    """One run.

    Attributes:
        folder: for databases, bodies and logs; on a real disk.
        models_dir: the published model that the product serves.
        seconds: length of one round of load.
        file_rows: how many loans the files hold, one measurement each.

    """

    folder: Path
    models_dir: Path
    cores: Cores
    seconds: int
    rounds: int
    minutes: float
    file_rows: tuple[int, ...]

    @property
    def pandas_model(self) -> Path:
        """Where the pandas service's model is."""
        return self.folder / "pandas_model.joblib"

    def fresh_folder(self, name: str) -> Path:
        """Make a folder that no other server uses."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.folder))

    def say(self, text: str) -> None:
        """Report progress, apart from the results."""
        print(text, file=sys.stderr, flush=True)


def choose_cores() -> Cores:
    """Take two of the cores that this process may use, and leave the servers' one alone.

    Raises:
        BenchmarkError: there is only one.

    """
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < len(("server", "load")):
        raise BenchmarkError("two cores are needed: one for the server, one for the load")
    cores = Cores(allowed[0], allowed[1])
    os.sched_setaffinity(0, {cores.load})
    return cores


@contextmanager
def workspace(parent: Path | None) -> Iterator[Path]:
    """Give a folder on a real disk, removed at the end.

    Raises:
        BenchmarkError: it would be kept in memory, where a commit costs nothing.

    """
    folder = Path(tempfile.mkdtemp(prefix="benchmark-serving-", dir=parent))
    try:
        if file_system(folder) in _IN_MEMORY:
            raise BenchmarkError(f"{folder} is kept in memory; name a folder on a disk: --workdir")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def file_system(folder: Path) -> str:
    """Give the kind of file system that a folder is on."""
    found = ("", "?")
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, mount, kind = line.split()[:3]
        if folder.resolve().is_relative_to(mount) and len(mount) >= len(found[0]):
            found = (mount, kind)
    return found[1]
