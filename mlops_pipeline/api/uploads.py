"""A file that comes with a request: written to disk while it comes, and scored in a lane."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from mlops_pipeline import messages
from mlops_pipeline.api import errors, temporary
from mlops_pipeline.api.bodies import body_pieces
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.http import Answer, Incoming, StreamedAnswer
from mlops_pipeline.api.lanes import Job, Lane
from mlops_pipeline.api.service import Serving

logger = logging.getLogger(__name__)

SUFFIXES = {
    "text/csv": ".csv",
    "application/vnd.apache.parquet": ".parquet",
}
FORMATS = ("csv", "ndjson")
KIND = "file"  # of temporary folders

# Without a byte of the file for so long, its place in the lane is given to others.
UPLOAD_SECONDS = 30.0

_OUTPUT = "output"
_WRITTEN_AT_ONCE = 1 << 20

# The system has no room now; ENOENT: for temporary files there never was any.
_NO_ROOM = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOENT,
        errno.EROFS,
    }
)

Count = Callable[[Mapping[str, Any]], None]


class TruncatedError(Exception):
    """An answer had begun when the rest turned out to be impossible: the connection is cut."""


class Uploads:
    """Answers `POST /predict/file`."""

    def __init__(self, lane: Lane, serving: Serving, max_bytes: int, count: Count) -> None:
        """Take the lane, the model, the largest file, and who counts what the lane predicted."""
        self._lane = lane
        self._serving = serving
        self._max_bytes = max_bytes
        self._count = count

    async def answer(self, request: Incoming) -> Answer | StreamedAnswer:
        """Score the request's file with the model that serves when its turn comes.

        Raises:
            Refused: of another type (415), too large (413), no file of loans (422), stopped
                coming (408), or there is no model, no log, no room or no place for it (503).
            ClientGoneError: the client left before the file's end.

        """
        suffix = SUFFIXES.get(request.media_type())
        if suffix is None:
            raise errors.wrong_media_type(request.media_type(), SUFFIXES)
        asked = request.parameter(_OUTPUT)
        output = FORMATS[0] if asked is None else asked
        if output not in FORMATS:
            raise errors.bad_choice(_OUTPUT, output, FORMATS)
        _ = self._serving.files  # without a model there is no need to read the file
        async with AsyncExitStack() as stack:
            stack.enter_context(self._lane.place())
            with _room():
                path = Path(stack.enter_context(_folder())) / f"{messages.UPLOADED}{suffix}"
                await self._save(request, path)
            lane = await stack.enter_async_context(self._lane.turn())
            job = {
                "kind": "file",
                "request_id": request.request_id,
                "path": str(path),
                "output": output,
            }
            await lane.send(job, b"", self._serving.files)
            header, first = await lane.receive()
            self._count(header)
            headers = tuple((k.encode(), v.encode()) for k, v in header["headers"].items())
            if not header["more"]:
                return Answer(header["status"], first, headers)
            pieces = self._pieces(request, lane, first, stack.pop_all())
            return StreamedAnswer(header["status"], pieces, headers)

    async def _save(self, request: Incoming, path: Path) -> None:
        """Write the body to disk, beside the event loop."""
        with path.open("wb") as stream:
            gathered = bytearray()
            pieces = body_pieces(request, self._max_bytes)
            while (piece := await _next(pieces)) is not None:
                gathered += piece
                if len(gathered) >= _WRITTEN_AT_ONCE:
                    await run_in_threadpool(stream.write, bytes(gathered))
                    gathered.clear()
            await run_in_threadpool(stream.write, bytes(gathered))

    async def _pieces(
        self, request: Incoming, lane: Job, first: bytes, stack: AsyncExitStack
    ) -> AsyncGenerator[bytes, None]:
        """Give the answer's parts; at its end, or where nobody listens any more, tidy up."""
        gone = asyncio.ensure_future(request.receive())  # the body is read: only a leave can come
        stack.callback(gone.cancel)
        async with stack:
            yield first
            while True:
                header, piece = await lane.receive()
                if gone.done():
                    raise errors.ClientGoneError
                if header["status"] != 200:  # noqa: PLR2004 - too late for another status
                    raise TruncatedError(piece.decode())
                self._count(header)
                if piece:
                    yield piece
                if not header["more"]:
                    return


def _folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for one file; its name tells which process it belongs to."""
    return tempfile.TemporaryDirectory(prefix=f"{temporary.named(KIND, os.getpid())}-")


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    """Give the next piece of a body, None at its end.

    Raises:
        Refused: it does not come (408).

    """
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            return await anext(pieces, None)
    except TimeoutError:
        raise Refused(408, messages.UPLOAD_STALLED, connection="close") from None


@contextmanager
def _room() -> Iterator[None]:
    """Refuse a file for which the system has no room (503)."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        logger.exception("no_room_for_file")
        raise errors.unavailable(messages.NO_ROOM_FOR_FILES) from None
