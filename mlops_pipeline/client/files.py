"""Files that go to the service and come back scored, piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal, Protocol, runtime_checkable

import anyio
import httpx

from mlops_pipeline import messages
from mlops_pipeline.client.errors import REQUEST_ID


@runtime_checkable
class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, none at the end."""
        ...


Source = str | Path | bytes | Readable | Iterable[bytes]
Output = Literal["csv", "ndjson"]

CSV, PARQUET = "text/csv", "application/vnd.apache.parquet"
_BY_SUFFIX: Mapping[str, str] = {".csv": CSV, ".parquet": PARQUET}
_PIECE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way to the service.

    Attributes:
        pieces: its bytes, read while they are sent.
        size: in bytes, where it is known.
        close: closes what was opened for it.

    """

    pieces: Iterator[bytes]
    size: int | None = None
    close: Callable[[], None] = lambda: None

    @classmethod
    def of(cls, source: Source) -> Upload:
        """Open what shall be sent; streams and iterators are read once and not closed."""
        if isinstance(source, str | Path):
            stream = Path(source).open("rb")  # noqa: SIM115 - closed with the upload
            return cls(_pieces(stream), Path(source).stat().st_size, stream.close)
        if isinstance(source, bytes):
            return cls(iter([source]), len(source))
        return cls(_pieces(source) if isinstance(source, Readable) else iter(source))

    async def async_pieces(self) -> AsyncIterator[bytes]:
        """Give the pieces without holding the event loop up."""
        while (piece := await anyio.to_thread.run_sync(next, self.pieces, None)) is not None:
            yield piece


def _pieces(stream: Readable) -> Iterator[bytes]:
    """Read a stream to its end."""
    while piece := stream.read(_PIECE_BYTES):
        yield piece


def media_type_of(source: Source) -> str:
    """Tell a file's format by its name; streams of open files have one too.

    Raises:
        ValueError: it has none, or one of another ending; the text is Spanish.

    """
    name = str(source if isinstance(source, str) else getattr(source, "name", ""))
    kind = _BY_SUFFIX.get(Path(name).suffix.lower())
    if kind is None:
        raise ValueError(messages.unknown_media_type(name))
    return kind


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """The service's answer while it comes: iterate over it or save it, once."""

    pieces: Iterator[bytes]
    media_type: str
    request_id: str | None

    def __iter__(self) -> Iterator[bytes]:
        """Give the answer's bytes as they come."""
        return self.pieces

    def save(self, target: Path) -> None:
        """Write the answer to a file, which appears only when it is whole."""
        with _whole_file(target) as stream:
            for piece in self.pieces:
                stream.write(piece)


@dataclass(frozen=True, slots=True)
class AsyncScoredFile:
    """The same for `AsyncScoringClient`."""

    pieces: AsyncIterator[bytes]
    media_type: str
    request_id: str | None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the answer's bytes as they come."""
        return self.pieces

    async def save(self, target: Path) -> None:
        """Write the answer to a file, which appears only when it is whole."""
        with _whole_file(target) as stream:
            async for piece in self.pieces:
                await anyio.to_thread.run_sync(stream.write, piece)


@contextmanager
def _whole_file(target: Path) -> Iterator[BinaryIO]:
    """Open a file beside the target that takes its place when all went well."""
    partial = target.with_name(f".{target.name}.part")
    try:
        with partial.open("wb") as stream:
            yield stream
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def described(answer: httpx.Response) -> tuple[str, str | None]:
    """Give an answer's media type, without its parameters, and its request's id."""
    kind: str = answer.headers.get("Content-Type", "")
    return kind.partition(";")[0].strip(), answer.headers.get(REQUEST_ID)
