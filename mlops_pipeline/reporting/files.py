"""The reports' files: their names, and how they are written: as a whole or not at all."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
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

NOTHING: Mapping[Path, bytes] = MappingProxyType({})


class Replace(Protocol):
    """Puts staged files in their places."""

    def __call__(self, amended: Mapping[Path, bytes] = NOTHING) -> None:
        """Replace the files, some of them with other contents than were staged."""


@contextmanager
def staged(
    folder: Path,
    contents: Mapping[str, bytes],
    names: Collection[str] = (),
    copies: Mapping[Path, bytes] = NOTHING,
) -> Iterator[Replace]:
    """Write files beside their places; what is given replaces them all.

    It takes new contents of some of them: what turned out otherwise than it was written.

    A failure before that leaves the folder as it was; nothing is left beside the files. What a
    run that was killed left there is removed. Of two runs that replace at once, one waits for
    the other: no run's files mix with another's.

    Args:
        folder: made if need be.
        contents: file name -> content.
        names: of all files that may be among them; those that are not are removed, for they
            would tell of another run.
        copies: place -> content of files elsewhere that are replaced with them.

    Raises:
        PublishError: a folder cannot be written.

    """
    mark = secrets.token_hex(8)
    files = {**{folder / name: content for name, content in contents.items()}, **copies}
    obsolete = {folder / name for name in names} - {*files}
    beside = {place: place.with_name(f".{place.name}.{mark}.partial") for place in files}

    def replace(amended: Mapping[Path, bytes] = NOTHING) -> None:
        for place, content in amended.items():
            _write(beside[place], content)
        with _alone(folder):
            for place, path in beside.items():
                path.replace(place)
            for place in obsolete:
                place.unlink(missing_ok=True)

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as held:
            with _alone(folder):
                _sweep({*files} | obsolete)
                for path in beside.values():
                    held.enter_context(_held(path))
            for place, path in beside.items():
                _write(path, files[place])
            yield replace
    except OSError as error:
        raise PublishError(messages.cannot_publish(folder, error.strerror)) from error


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


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Make a file, lock it while its run lives, and remove it from where it was made."""
    with path.open("xb") as stream:
        try:
            with suppress(OSError):
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield
        finally:
            path.unlink(missing_ok=True)


def _sweep(places: Iterable[Path]) -> None:
    """Remove what killed runs left beside these places: the files that nobody holds."""
    for place in places:
        for path in place.parent.glob(f".{place.name}.*.partial"):
            with suppress(OSError), path.open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


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
