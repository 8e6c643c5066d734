"""A file that comes with a request: written to disk while it comes, and scored in a lane."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from mlops_pipeline import messages
from mlops_pipeline.api import errors
from mlops_pipeline.api.bodies import body_pieces
from mlops_pipeline.api.http import Answer, Incoming, StreamedAnswer
from mlops_pipeline.api.lanes import Job, Lane

SUFFIXES = {
    "text/csv": ".csv",
    "application/vnd.apache.parquet": ".parquet",
}
FORMATS = ("csv", "ndjson")
_OUTPUT = "output"
_WRITTEN_AT_ONCE = 1 << 20

Count = Callable[[Mapping[str, Any]], None]


class TruncatedError(Exception):
    """An answer had begun when the rest turned out to be impossible: the connection is cut."""


class Uploads:
    """Answers `POST /predict/file`."""

    def __init__(self, lane: Lane, max_bytes: int, count: Count) -> None:
        """Take the lane, the largest file, and who counts what the lane predicted."""
        self._lane = lane
        self._max_bytes = max_bytes
        self._count = count

    async def answer(self, request: Incoming, version: str) -> Answer | StreamedAnswer:
        """Score the request's file with a version of the model.

        Raises:
            Refused: of another type (415), too large (413), no file of loans (422), ...
            ClientGoneError: the client left before the file's end.

        """
        suffix = SUFFIXES.get(request.media_type())
        if suffix is None:
            raise errors.wrong_media_type(request.media_type(), SUFFIXES)
        asked = request.parameter(_OUTPUT)
        output = FORMATS[0] if asked is None else asked
        if output not in FORMATS:
            raise errors.bad_choice(_OUTPUT, output, FORMATS)
        async with AsyncExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="ml-payment-file-"))
            path = Path(folder) / f"{messages.UPLOADED}{suffix}"
            await self._save(request, path)
            lane = await stack.enter_async_context(self._lane.job())
            job = {
                "kind": "file",
                "version": version,
                "request_id": request.request_id,
                "path": str(path),
                "output": output,
            }
            await lane.send(job, b"")
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
            async for piece in body_pieces(request, self._max_bytes):
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
