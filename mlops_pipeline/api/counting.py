"""Keeps the counts of the log up to date, and the metrics of drift with them.

One worker of the installation has the turn; its lane counts, the others look whether the turn has
become free.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool

from mlops_pipeline.api.drift_metrics import DriftMetrics
from mlops_pipeline.api.errors import Refused
from mlops_pipeline.api.lanes import Lane
from mlops_pipeline.api.service import Serving
from mlops_pipeline.src.monitoring.kept.turn import Turn

logger = logging.getLogger(__name__)

# Between two steps while a backlog is counted: the disk is the log's too.
BACKLOG_SECONDS = 0.05
OK = 200


class Counting:
    """Counts while the service runs."""

    def __init__(self, lane: Lane, serving: Serving, turn: Turn, metrics: DriftMetrics) -> None:
        """Take who counts, for which model, the turn to count, and where the figures go."""
        self._lane = lane
        self._serving = serving
        self._turn = turn
        self._metrics = metrics
        self._told = -math.inf
        self._failure: bytes | None = None

    async def run(self, seconds: float, metrics_seconds: float) -> None:
        """Count every so many seconds, and tell the metrics, until cancelled."""
        try:
            pause = seconds  # the first predictions need not share the processor
            while True:
                await asyncio.sleep(pause)
                pause = await self._once(seconds, metrics_seconds)
        finally:
            self._turn.release()

    async def _once(self, seconds: float, metrics_seconds: float) -> float:
        """Count once, if it is our turn; give the seconds until the next time."""
        if self._serving.deployment is None:
            return seconds
        if not await run_in_threadpool(self._turn.take):
            self._metrics.forget()
            return seconds
        counted = await self._ask({"kind": "count"})
        more = bool(counted and counted["more"])
        if time.monotonic() - self._told >= metrics_seconds:
            self._told = time.monotonic()
            found = await self._ask({"kind": "figures"})
            if found is not None:
                self._metrics.show(found)
        return min(BACKLOG_SECONDS, seconds) if more else seconds

    async def _ask(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """Let the lane do a job; None where it cannot now, which is told once."""
        try:
            async with self._lane.job() as lane:
                await lane.send(job, b"", self._serving.files)
                header, body = await lane.receive()
        except Refused as refused:
            header, body = {"status": refused.status}, refused.answer().body
        if header["status"] == OK:
            self._failure = None
            found: dict[str, Any] = orjson.loads(body)
            return found
        if body != self._failure:
            self._failure = body
            logger.warning("counting_failed", extra={"reason": body.decode()})
        return None
