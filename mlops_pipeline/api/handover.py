"""The model's verified files as one frame: a lane scores with exactly what the service serves."""

from __future__ import annotations

from typing import Any

from mlops_pipeline.api.frames import Frame
from mlops_pipeline.src.registry.store import ServedFiles

KIND = "model"


def pack(files: ServedFiles) -> Frame:
    """Give the frame that carries the files."""
    header: dict[str, Any] = {
        "kind": KIND,
        "version": files.version,
        "digest": files.digest,
        "sizes": {name: len(content) for name, content in files.contents.items()},
    }
    return Frame(header, b"".join(files.contents.values()))


def unpack(frame: Frame) -> ServedFiles:
    """Give the files that a frame carries."""
    contents, start = {}, 0
    for name, size in frame.header["sizes"].items():
        contents[name] = frame.body[start : start + size]
        start += size
    return ServedFiles(frame.header["version"], frame.header["digest"], contents)
