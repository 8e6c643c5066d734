"""A lane's process: scores batches and files, stores the predictions, writes the answers.

Reads jobs from standard input and answers on standard output (`frames`); ends with its input.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from mlops_pipeline import messages
from mlops_pipeline.api import batch_job, errors, frames, handover
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.frames import Frame
from mlops_pipeline.api.lane_log import LaneLog
from mlops_pipeline.api.logs import configure_logging
from mlops_pipeline.src.errors import BundleError, CorruptBundleError
from mlops_pipeline.src.model_deploy import ModelDeployment

logger = logging.getLogger(__name__)

# Single predictions go first.
NICENESS = 15

JOBS_BETWEEN_FULL_COLLECTIONS = 100


class HeldModel:
    """The model that the service handed over last: the one that its jobs are to be scored with."""

    def __init__(self) -> None:
        self._digest: str | None = None
        self._model: ModelDeployment | None = None

    def take(self, frame: Frame) -> None:
        """Load what the service handed over.

        Raises:
            CorruptBundleError: it cannot be loaded here.

        """
        files = handover.unpack(frame)
        self._digest = self._model = None
        self._model = ModelDeployment.of(files)
        self._digest = files.digest

    def get(self, digest: str) -> ModelDeployment:
        """Give the model of a digest.

        Raises:
            CorruptBundleError: another one is held.

        """
        if self._model is None or self._digest != digest:
            raise CorruptBundleError(messages.LANE_HAS_NO_SUCH_MODEL)
        return self._model


Part = tuple[dict[str, Any], bytes]


def answers(
    job: dict[str, Any], body: bytes, model: ModelDeployment, log: LaneLog
) -> Iterator[Part]:
    """Give a job's answer, part by part; a refusal is an answer too, and the last part."""
    try:
        yield from _answer_to(job["kind"])(job, body, model, log)
    except Refused as refused:
        yield _last(refused)
    # The outermost place of this process: a defect in one job must not end the jobs behind it.
    except Exception:  # pylint: disable=broad-exception-caught
        logger.exception("job_failed", extra={"request_id": job["request_id"]})
        yield _last(errors.internal())


def _last(refused: Refused) -> Part:
    """Give a refusal as a part."""
    answer = refused.answer()
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return {"status": answer.status, "headers": headers, "more": False}, answer.body


def _answer_to(kind: str) -> Callable[..., Iterator[Part]]:
    """Give who answers a kind of job; what files need (PyArrow) is loaded with the first file."""
    if kind == "file":
        from mlops_pipeline.api import file_job  # noqa: PLC0415

        return file_job.answer
    return batch_job.answer


def main(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Answer jobs until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # of a terminal, or of systemd to all at once:
        signal.signal(number, signal.SIG_IGN)  # the service ends the lanes, after its last answer
    first = frames.read(stdin)
    if first is None:
        return
    configure_logging(first.header["log_level"])
    log = LaneLog(
        first.header["database_url"],
        lambda records, seconds: frames.write(stdout, {"committed": [records, seconds]}),
    )
    os.nice(NICENESS)
    gc.disable()  # a job makes many objects and hardly a cycle: it is early enough between two
    try:
        _work(stdin, stdout, log)
    except BundleError:  # the service loaded it: a process made anew may load it too
        logger.exception("lane_without_model")


def _work(stdin: BinaryIO, stdout: BinaryIO, log: LaneLog) -> None:
    """Take models and answer jobs until the input ends.

    Raises:
        CorruptBundleError: a job is to be scored with a model that is not here.

    """
    held, jobs = HeldModel(), 0
    while (asked := frames.read(stdin)) is not None:
        if asked.header["kind"] == handover.KIND:
            held.take(asked)
            continue
        model = held.get(asked.header["digest"])
        for header, body in answers(asked.header, asked.body, model, log):
            frames.write(stdout, header, body)
        jobs += 1
        # Generation 1 is what the job left; to look at all that is loaded takes 40 ms.
        gc.collect(2 if jobs % JOBS_BETWEEN_FULL_COLLECTIONS == 0 else 1)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
