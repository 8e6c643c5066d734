"""A file that the person gave to look at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path


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
