"""A newly published model is noticed, verified beside the old one, and swapped in."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from mlops_pipeline.api.service import Loading, Published, Serving, published

logger = logging.getLogger(__name__)

# What the system refused (no file descriptors left, a disk away) is tried again, changed or not.
RETRY_SECONDS = 30.0


async def watch(
    serving: Serving,
    models_dir: Path,
    seconds: float,
    outcome: Callable[[str], None],
) -> None:
    """Look at `models/latest` every so many seconds, until cancelled.

    Loading recomputes the bundle's self-test, which warms the new model before it serves.
    """
    tried = time.monotonic()
    while True:
        await asyncio.sleep(seconds)
        again = serving.may_pass and time.monotonic() - tried >= RETRY_SECONDS
        before = serving.version
        try:
            loading = await run_in_threadpool(_look, models_dir, None if again else serving.seen)
        except RuntimeError:  # no thread can be started now
            logger.exception("reload_failed")
            outcome("failed")
            continue
        if loading is None:
            continue
        tried = time.monotonic()
        if serving.take(loading):
            logger.info("model_swapped", extra={"before": before, "version": serving.version})
            outcome("served")
        else:
            outcome("refused")


def _look(models_dir: Path, seen: Published | None) -> Loading | None:
    """Load what is published, unless it is what was seen; a disk that hangs holds up nobody."""
    return None if published(models_dir) == seen else Loading.attempt(models_dir)
