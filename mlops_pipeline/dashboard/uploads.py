"""A file that the person gave to look at."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from mlops_pipeline.src.errors import InputError

_ON_DISK = "carga"  # the client's own name is a text to show, never a path


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the person gave, named by its content."""

    name: str
    digest: str
    content: BytesIO = field(repr=False, compare=False)

    @staticmethod
    def of(name: str, content: BytesIO) -> Upload:
        """Take a file's content, which is read to its end."""
        content.seek(0)
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        return Upload(Path(name).name, digest, content)

    def on_disk(self) -> AbstractContextManager[Path]:
        """Give the file a place on the disk, as `on_disk` does."""
        return on_disk(self.name, self.content.getbuffer())


@contextmanager
def on_disk(name: str, content: bytes | memoryview) -> Iterator[Path]:
    """Give a file that the person gave a place on the disk, for as long as it is being read.

    Args:
        name: as the client calls it; nothing but its suffix becomes part of the path.
        content: what it has.

    Raises:
        InputError: of the kind and with the text that the reading raised, but with the client's
            name where the text had the path.

    """
    called = Path(name).name
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{_ON_DISK}{_suffix(called)}"
        path.write_bytes(content)
        try:
            yield path
        except InputError as error:
            raise type(error)(str(error).replace(str(path), called or path.name)) from error


def _suffix(name: str) -> str:
    """Give the suffix by which the readers tell the kinds of file."""
    return ".parquet" if name.lower().endswith(".parquet") else ".csv"
