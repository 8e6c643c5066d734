"""Batches and files leave the event loop: each lane is a process of its own, one job at a time.

In a thread they would hold up single predictions by their share of the interpreter's lock
(120 ms at the 99th percentile, measured); in a process of lower priority they hardly do.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import mlops_pipeline
from mlops_pipeline import messages
from mlops_pipeline.api import errors, frames, handover
from mlops_pipeline.api.frames import Frame
from mlops_pipeline.src.registry.store import ServedFiles

logger = logging.getLogger(__name__)

MAX_WAITING = 8
STOP_SECONDS = 2.0

# Without a sign of the process for so long, its job is refused and it is ended. It gives one with
# each part of an answer and each group of stored predictions; the longest it is silent when all is
# well is the start and a batch of 10,000 loans, two seconds, or thirty times that where single
# predictions leave it no more of a processor than its priority demands.
PROGRESS_SECONDS = 60.0

PROGRAM = "mlops_pipeline.api.lane_process"
_BUFFER = 1 << 20
_ENDED = (asyncio.IncompleteReadError, ConnectionError)

OnCommit = Callable[[int, float], None]
Complaint = Callable[[], str | None]


class Words(NamedTuple):
    """What is said of a lane's process that stopped, or that ended."""

    stalled: str
    ended: str


SCORING = Words(messages.LANE_STALLED, messages.LANE_ENDED)


def _import_path() -> str:
    """Give the import path with which the process finds this package, wherever it is started."""
    here = str(Path(mlops_pipeline.__file__).parent.parent)
    return os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))


class Job:
    """The lane's process, as one job after the other has it.

    Attributes:
        stalled: whether it stopped giving signs.

    """

    def __init__(
        self, process: asyncio.subprocess.Process, on_commit: OnCommit, words: Words
    ) -> None:
        """Take the process, and who is told of each group that it stored and in which time."""
        self.process = process
        self.stalled = False
        self._on_commit = on_commit
        self._words = words
        self._holds: str | None = None

    async def send(self, job: dict[str, Any], body: bytes, files: ServedFiles) -> None:
        """Hand a job over, and the model first where the process has another one.

        Raises:
            Refused: the process has ended, or does not listen (503).

        """
        if self._holds != files.digest:
            await self.write(*handover.pack(files))
            self._holds = files.digest
        await self.write({**job, "digest": files.digest}, body)

    async def receive(self) -> Frame:
        """Wait for the next part of the answer.

        Raises:
            Refused: the process has ended, or gave no sign for too long (503).

        """
        stream = self.process.stdout
        if stream is None:
            raise TypeError("the process was started without a pipe")
        while True:
            with self._refusing():
                async with asyncio.timeout(PROGRESS_SECONDS):
                    frame = await frames.read_async(stream)
            committed = frame.header.get("committed")
            if committed is not None:
                self._on_commit(*committed)
            elif frames.PROGRESS not in frame.header:
                return frame

    async def write(self, header: dict[str, Any], body: bytes) -> None:
        """Send a frame; raises like `send`."""
        stream = self.process.stdin
        if stream is None:
            raise TypeError("the process was started without a pipe")
        with self._refusing():
            for part in frames.encode(header, body):
                stream.write(part)
                async with asyncio.timeout(PROGRESS_SECONDS):
                    await stream.drain()

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn the process' failures into a refusal."""
        try:
            yield
        except _ENDED:
            raise errors.unavailable(self._words.ended) from None
        except TimeoutError:
            self.stalled = True
            raise errors.unavailable(self._words.stalled) from None


class Lane:
    """A process that takes one job at a time; made when it is first needed."""

    def __init__(
        self,
        name: str,
        config: dict[str, Any],
        complaint: Complaint,
        on_commit: OnCommit,
        program: str = PROGRAM,
        words: Words = SCORING,
    ) -> None:
        """Name the lane.

        Args:
            name: for the log.
            config: what `lane_process` is told first.
            complaint: says why no prediction can be stored now; None where it can.
            on_commit: is told of each group of predictions that the lane stored.
            program: the module that is the process.
            words: what is said of its failures.

        """
        self._name = name
        self._config = config
        self._complaint = complaint
        self._on_commit = on_commit
        self._program = program
        self._words = words
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._stalls = 0
        self._job: Job | None = None

    @asynccontextmanager
    async def job(self) -> AsyncIterator[Job]:
        """Take a place, wait for one's turn and have the process; raises like both."""
        with self.place():
            async with self.turn() as job:
                yield job

    @contextmanager
    def place(self) -> Iterator[None]:
        """Take a place among those that wait.

        Raises:
            Refused: too many wait already, or no prediction can be stored (503).

        """
        self._refuse_unstorable()
        if self._waiting >= MAX_WAITING:
            raise errors.unavailable(messages.OVERLOADED)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Job]:
        """Wait for one's turn and have the process.

        A job that ends otherwise than by its own end (the client left, an error) may have left
        half an answer in the pipe: then the process is ended and the next job gets a new one.

        Raises:
            Refused: the process stalled meanwhile, or no prediction can be stored (503).

        """
        stalls = self._stalls
        async with self._turn:
            if self._stalls != stalls:  # whoever waits for the next one may wait as long again
                raise errors.unavailable(self._words.stalled)
            self._refuse_unstorable()
            try:
                yield await self._running()
            except BaseException:
                if self._job is not None and self._job.stalled:
                    self._stalls += 1
                    logger.exception("lane_stalled", extra={"lane": self._name})
                await self._end()
                raise

    async def close(self) -> None:
        """Let the process end by itself, as its input does; with force if it takes too long."""
        async with self._turn:
            if self._job is not None and self._job.process.stdin is not None:
                self._job.process.stdin.close()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._job.process.wait(), STOP_SECONDS)
            await self._end()

    def _refuse_unstorable(self) -> None:
        """Refuse a job whose predictions could not be stored."""
        complaint = self._complaint()
        if complaint is not None:
            raise errors.unavailable(complaint)

    async def _running(self) -> Job:
        """Give the process; a new one if it has ended.

        Raises:
            Refused: the system has no room for it now (503).

        """
        if self._job is not None and self._job.process.returncode is None:
            return self._job
        if self._job is not None:
            status = self._job.process.returncode
            logger.error("lane_ended", extra={"lane": self._name, "status": status})
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._program,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_BUFFER,
                env={**os.environ, "PYTHONPATH": _import_path()},
            )
        except OSError as error:  # no memory, no process number, no file descriptor left
            logger.warning("lane_not_started", extra={"lane": self._name, "reason": str(error)})
            raise errors.unavailable(self._words.ended) from None
        self._job = Job(process, self._on_commit, self._words)
        await self._job.write(self._config, b"")
        return self._job

    async def _end(self) -> None:
        """End the process; it leaves nothing half done that matters (its log is transactional)."""
        job, self._job = self._job, None
        if job is not None and job.process.returncode is None:
            job.process.kill()
            with suppress(TimeoutError):  # a disk that hangs keeps it: nobody shall wait for that
                await asyncio.wait_for(job.process.wait(), STOP_SECONDS)
