"""The reports' files: their names, and how they are written: as a whole or not at all."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from mlops_pipeline import messages
from mlops_pipeline.src.errors import PublishError

MODEL_RESULTS = "model_results.csv"
EVALUATION_REPORT = "evaluation_report.txt"
DATA_QUALITY = "data_quality.json"
LEAKAGE_AUDIT = "leakage_audit.json"
REJECTED_ROWS = "filas_rechazadas.csv"
RESULTADOS = "RESULTADOS.md"

NOTHING: Mapping[str, bytes] = MappingProxyType({})


class Replace(Protocol):
    """Puts staged files in their places."""

    def __call__(self, amended: Mapping[str, bytes] = NOTHING) -> None:
        """Replace the files, some of them with other contents than were staged."""


@contextmanager
def staged(
    folder: Path, contents: Mapping[str, bytes], names: Collection[str] = ()
) -> Iterator[Replace]:
    """Write files beside their places; what is given replaces them all.

    It takes new contents of some of them: what turned out otherwise than it was written.

    A failure before that leaves the folder as it was; nothing is left beside the files. Of two
    runs that replace at once, one waits for the other: no run's files mix with another's.

    Args:
        folder: made if need be.
        contents: file name -> content.
        names: of all files that may be among them; those that are not are removed, for they
            would tell of another run.

    Raises:
        PublishError: the folder cannot be written.

    """
    mark = secrets.token_hex(8)
    beside = {name: folder / f".{name}.{mark}.partial" for name in contents}

    def replace(amended: Mapping[str, bytes] = NOTHING) -> None:
        for name, content in amended.items():
            _write(beside[name], content)
        with _alone(folder):
            for name, path in beside.items():
                path.replace(folder / name)
            for name in {*names} - {*contents}:
                (folder / name).unlink(missing_ok=True)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in beside.items():
            _write(path, contents[name])
        yield replace
    except OSError as error:
        raise PublishError(messages.cannot_publish(folder, error.strerror)) from error
    finally:
        for path in beside.values():
            path.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Lock a folder among processes and threads, where its file system knows locks."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on disk."""
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def replace_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Replace files by name in a folder, which is made if need be.

    Raises:
        PublishError: the folder cannot be written; nothing changed.

    """
    with staged(folder, contents) as replace:
        replace()


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Write rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
