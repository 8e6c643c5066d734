"""The process: reads jobs from standard input, answers on standard output (`frames`).

All that takes time runs on a thread of low priority (on Linux each thread has its own), so that
predictions go first. What others wait for, the transaction that stores counts, runs on the main
thread at the usual one: descheduled in the middle of it, it would hold up whoever logs.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import orjson

from mlops_pipeline.api import errors, frames, handover
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.http import JSON
from mlops_pipeline.api.logs import configure_logging
from mlops_pipeline.monitor.asked import Asked
from mlops_pipeline.monitor.desk import Desk
from mlops_pipeline.monitor.figures import figures
from mlops_pipeline.src.errors import PredictionLogError, WindowError

logger = logging.getLogger(__name__)

# Against a thread of niceness 0, one of 10 gets a tenth of the processor (the kernel's weights are
# 110 and 1,024): no more is taken from predictions, and it is enough to count as fast as they come.
NICENESS = 10

SIGN_SECONDS = 5.0

Part = tuple[dict[str, Any], bytes]
Job = dict[str, Any]


def _count(desk: Desk, job: Job, beside: ThreadPoolExecutor) -> bytes:
    """Count some of the log; say whether more is waiting."""
    counter = beside.submit(desk.counter, job["digest"]).result()
    counted = counter.write(beside.submit(counter.prepare).result())
    return orjson.dumps(counted._asdict())


def _figures(desk: Desk, job: Job, beside: ThreadPoolExecutor) -> bytes:
    """Give the metrics' figures."""
    return beside.submit(lambda: orjson.dumps(figures(desk.answers(job["digest"])))).result()


def _answer(desk: Desk, job: Job, beside: ThreadPoolExecutor) -> bytes:
    """Answer a question."""

    def told() -> bytes:
        answers, asked = desk.answers(job["digest"]), Asked.of(job)
        kinds = {"drift": answers.drift, "history": answers.history, "counts": answers.counts}
        return kinds[job["kind"]](asked)

    return beside.submit(told).result()


_COUNTING: dict[str, Callable[[Desk, Job, ThreadPoolExecutor], bytes]] = {
    "count": _count,
    "figures": _figures,
}


def answer(desk: Desk, job: Job, beside: ThreadPoolExecutor) -> Part:
    """Give a job's answer; a refusal is an answer too."""
    try:
        body = _COUNTING.get(job["kind"], _answer)(desk, job, beside)
    except Refused as refused:
        return _refusal(refused)
    except (PredictionLogError, WindowError) as error:
        return _refusal(errors.unavailable(str(error)))
    # The outermost place of this process: a defect in one job must not end the jobs behind it.
    except Exception:  # pylint: disable=broad-exception-caught
        logger.exception("monitoring_failed", extra={"kind": job["kind"]})
        return _refusal(errors.internal())
    return {"status": 200, "headers": {"content-type": JSON}}, body


def _refusal(refused: Refused) -> Part:
    """Give a refusal as an answer."""
    said = refused.answer()
    headers = {name.decode(): value.decode() for name, value in said.headers}
    return {"status": said.status, "headers": headers}, said.body


class Signs:
    """Says now and then that a long comparison goes on: the service would give it up otherwise.

    The thread beside writes them while the main one waits for it.
    """

    def __init__(self, stdout: BinaryIO) -> None:
        """Take where they go."""
        self._stdout = stdout
        self._given = time.monotonic()

    def give(self) -> None:
        """Give a sign, unless one was given a moment ago."""
        if time.monotonic() - self._given > SIGN_SECONDS:
            self._given = time.monotonic()
            frames.write(self._stdout, {frames.PROGRESS: True}, b"")


def main(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """Answer jobs until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the service ends its lanes itself
        signal.signal(number, signal.SIG_IGN)
    first = frames.read(stdin)
    if first is None:
        return
    configure_logging(first.header["log_level"])
    desk = Desk(first.header["database_url"], Signs(stdout).give)
    with ThreadPoolExecutor(1, "monitoring", os.nice, (NICENESS,)) as beside:
        while (asked := frames.read(stdin)) is not None:
            if asked.header["kind"] == handover.KIND:
                desk.take(handover.unpack(asked))
                continue
            frames.write(stdout, *answer(desk, asked.header, beside))


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
