"""Batches and files leave the event loop: each lane is a process of its own, one job at a time.

In a thread they would hold up single predictions by their share of the interpreter's lock
(120 ms at the 99th percentile, measured); in a process of lower priority they hardly do.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import mlops_pipeline
from mlops_pipeline import messages
from mlops_pipeline.api import errors, frames
from mlops_pipeline.api.frames import Frame

logger = logging.getLogger(__name__)

MAX_WAITING = 8
STOP_SECONDS = 2.0
PROGRAM = "mlops_pipeline.api.lane_process"
_BUFFER = 1 << 20
_ENDED = (asyncio.IncompleteReadError, ConnectionError)


def _import_path() -> str:
    """Give the import path with which the process finds this package, wherever it is started."""
    here = str(Path(mlops_pipeline.__file__).parent.parent)
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))


class Job:
    """The lane's process while one job has it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def send(self, header: dict[str, Any], body: bytes) -> None:
        """Hand the job over.

        Raises:
            Refused: the process has ended (503).

        """
        stream = self._process.stdin
        if stream is None:
            raise TypeError("the process was started without a pipe")
        try:
            for part in frames.encode(header, body):
                stream.write(part)
                await stream.drain()
        except _ENDED:
            raise errors.unavailable(messages.LANE_ENDED) from None

    async def receive(self) -> Frame:
        """Wait for the next part of the answer.

        Raises:
            Refused: the process has ended (503).

        """
        stream = self._process.stdout
        if stream is None:
            raise TypeError("the process was started without a pipe")
        try:
            return await frames.read_async(stream)
        except _ENDED:
            raise errors.unavailable(messages.LANE_ENDED) from None


class Lane:
    """A process that takes one job at a time; made when it is first needed, or early by `warm`."""

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        """Name the lane; `config` is what `lane_process` is told first."""
        self._name = name
        self._config = config
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: asyncio.subprocess.Process | None = None

    @asynccontextmanager
    async def job(self) -> AsyncIterator[Job]:
        """Wait for one's turn and have the process.

        A job that ends otherwise than by its own end (the client left, an error) may have left
        half an answer in the pipe: then the process is ended and the next job gets a new one.

        Raises:
            Refused: too many wait already (503).

        """
        if self._waiting >= MAX_WAITING:
            raise errors.unavailable(messages.OVERLOADED)
        self._waiting += 1
        try:
            async with self._turn:
                process = await self._running()
                try:
                    yield Job(process)
                except BaseException:
                    await self._end()
                    raise
        finally:
            self._waiting -= 1

    async def warm(self) -> None:
        """Start the process, so that the first job need not wait for it."""
        async with self._turn:
            await self._running()

    async def close(self) -> None:
        """Let the process end by itself, as its input does; with force if it takes too long."""
        async with self._turn:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._process.wait(), STOP_SECONDS)
            await self._end()

    async def _running(self) -> asyncio.subprocess.Process:
        """Give the process; a new one if it has ended."""
        if self._process is None or self._process.returncode is not None:
            if self._process is not None:
                logger.error(
                    "lane_ended", extra={"lane": self._name, "status": self._process.returncode}
                )
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                PROGRAM,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_BUFFER,
                env={**os.environ, "PYTHONPATH": _import_path()},
            )
            await Job(self._process).send(self._config, b"")
        return self._process

    async def _end(self) -> None:
        """End the process; it leaves nothing half done that matters (its log is transactional)."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
