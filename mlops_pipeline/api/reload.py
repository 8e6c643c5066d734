"""A newly published model is noticed, verified beside the old one, and swapped in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from mlops_pipeline.api.service import Loading, Serving, published

logger = logging.getLogger(__name__)


async def watch(
    serving: Serving,
    models_dir: Path,
    seconds: float,
    outcome: Callable[[str], None],
) -> None:
    """Look at `models/latest` every so many seconds, until cancelled.

    Loading recomputes the bundle's self-test, which warms the new model before it serves.
    """
    while True:
        await asyncio.sleep(seconds)
        if published(models_dir) == serving.seen:
            continue
        before = serving.version
        try:
            loading = await run_in_threadpool(Loading.attempt, models_dir)
        except Exception:  # whatever it is, the next look may find better
            logger.exception("reload_failed")
            outcome("failed")
            continue
        if serving.take(loading):
            logger.info("model_swapped", extra={"before": before, "version": serving.version})
            outcome("served")
        else:
            logger.error(
                "model_refused",
                extra={"before": before, "refused": loading.version, "reason": loading.reason},
            )
            outcome("refused")
