"""What the service and its lanes' processes say to each other: a header in JSON, then bytes.

No pickle: both sides only ever read JSON and bytes.
"""

from __future__ import annotations

import asyncio
from typing import Any, BinaryIO, NamedTuple

import orjson

PROGRESS = "progress"  # the header of a frame that is no part of an answer, only a sign

_LENGTHS = 12  # 4 bytes: of the header; 8 bytes: of the body


class Frame(NamedTuple):
    """One message."""

    header: dict[str, Any]
    body: bytes


def encode(header: dict[str, Any], body: bytes) -> tuple[bytes, bytes]:
    """Give a message's bytes, the body apart so that nobody copies it."""
    said = orjson.dumps(header)
    return len(said).to_bytes(4, "big") + len(body).to_bytes(8, "big") + said, body


def write(stream: BinaryIO, header: dict[str, Any], body: bytes = b"") -> None:
    """Write a message and let it go."""
    stream.writelines(encode(header, body))
    stream.flush()


def read(stream: BinaryIO) -> Frame | None:
    """Read a message; None where the other side has closed."""
    lengths = stream.read(_LENGTHS)
    if len(lengths) < _LENGTHS:
        return None
    header = stream.read(int.from_bytes(lengths[:4], "big"))
    return Frame(orjson.loads(header), stream.read(int.from_bytes(lengths[4:], "big")))


async def read_async(stream: asyncio.StreamReader) -> Frame:
    """Read a message.

    Raises:
        asyncio.IncompleteReadError: the other side has closed.

    """
    lengths = await stream.readexactly(_LENGTHS)
    header = await stream.readexactly(int.from_bytes(lengths[:4], "big"))
    body = await stream.readexactly(int.from_bytes(lengths[4:], "big"))
    return Frame(orjson.loads(header), body)
