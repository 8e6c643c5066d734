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
from pathlib import Path
from typing import Any, BinaryIO

from mlops_pipeline.api import batch_job, errors, frames
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.lane_log import LaneLog
from mlops_pipeline.api.logs import configure_logging
from mlops_pipeline.src.errors import BundleError
from mlops_pipeline.src.model_deploy import ModelDeployment

logger = logging.getLogger(__name__)

# Single predictions go first.
NICENESS = 15

# Versions kept loaded: the one that serves and the one before, for jobs that were under way.
KEPT_MODELS = 2

JOBS_BETWEEN_FULL_COLLECTIONS = 100


class Models:
    """Published models by version, loaded and verified when first asked for."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir
        self._loaded: dict[str, ModelDeployment] = {}

    def get(self, version: str) -> ModelDeployment:
        """Give a version's model.

        Raises:
            Refused: it cannot be trusted, or is no longer there (503).

        """
        if version not in self._loaded:
            try:
                loaded = ModelDeployment.load_version(self._models_dir, version)
            except BundleError as error:
                raise errors.unavailable(str(error)) from error
            while len(self._loaded) >= KEPT_MODELS:
                self._loaded.pop(next(iter(self._loaded)))
            self._loaded[version] = loaded
        return self._loaded[version]


Part = tuple[dict[str, Any], bytes]


def answers(job: dict[str, Any], body: bytes, models: Models, log: LaneLog) -> Iterator[Part]:
    """Give a job's answer, part by part; a refusal is an answer too, and the last part."""
    try:
        yield from _answer_to(job["kind"])(job, body, models.get(job["version"]), log)
    except Refused as refused:
        yield _last(refused)
    except Exception:
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
    os.nice(NICENESS)
    first = frames.read(stdin)
    if first is None:
        return
    configure_logging(first.header["log_level"])
    models, log = Models(Path(first.header["models_dir"])), LaneLog(first.header["database_url"])
    gc.disable()  # a job makes many objects and hardly a cycle: it is early enough between two
    jobs = 0
    while (asked := frames.read(stdin)) is not None:
        for header, body in answers(asked.header, asked.body, models, log):
            frames.write(stdout, header, body)
        jobs += 1
        # Generation 1 is what the job left; to look at all that is loaded takes 40 ms.
        gc.collect(2 if jobs % JOBS_BETWEEN_FULL_COLLECTIONS == 0 else 1)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
