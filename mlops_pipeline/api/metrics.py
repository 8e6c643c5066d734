"""What Prometheus sees of the service, right across its workers.

One worker counts in its own memory. Several count in files that they share
(prometheus_client's multiprocess mode), so that whichever worker is asked answers for all.
"""

from __future__ import annotations

import math
import multiprocessing
import os
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlops_pipeline.api import drift_metrics, temporary
from mlops_pipeline.api.counted import SCORE_BOUNDS

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
KIND = "metrics"  # of temporary folders


def _share_between_workers() -> None:
    """Choose the folder of shared counts; it must be known before prometheus_client is loaded.

    uvicorn's workers are children of one process, whichever way it was started.
    """
    parent = multiprocessing.parent_process()
    if parent is None or SHARED_FOLDER in os.environ:
        return
    temporary.sweep(KIND)
    os.environ[SHARED_FOLDER] = str(temporary.shared(KIND, parent.pid or 0))


_share_between_workers()

# pylint: disable=wrong-import-position,wrong-import-order,ungrouped-imports
from prometheus_client import (  # noqa: E402
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Metric,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead  # noqa: E402
from prometheus_client.registry import Collector  # noqa: E402

from mlops_pipeline.api.tallies import Binned, WaitingCount, WaitingValues  # noqa: E402

CONTENT_TYPE = CONTENT_TYPE_LATEST

disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
DECISIONS = ("risk", "on_time")


_PREFIX = "mlpago_"
_DRIFT = _PREFIX + drift_metrics.PREFIX
_MODEL = "model"


class Metrics:
    """The service's counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        if SHARED_FOLDER not in os.environ:
            ProcessCollector(registry=self._registry)
        self._requests = self._counter("requests", "Answered requests.", "route", "status")
        self._latency = self._histogram("request_seconds", "Time to answer.", SECONDS, "route")
        self._decisions = self._counter("decisions", "Predicted loans.", "decision")
        self._score = self._histogram("score", "Probability of paying on time.", SCORE_BOUNDS)
        self._flags = self._counter("doubtful_values", "Values with a warning.", "finding", "field")
        self._commit = self._histogram("log_commit_seconds", "Time to store a group.", SECONDS)
        self._logged = self._counter("log_records", "Predictions stored.")
        self._reloads = self._counter("model_reloads", "New models looked at.", "outcome")
        self._pending = self._gauge("log_pending", "Predictions not yet stored.", "livesum")
        self._writable = self._gauge("log_writable", "Whether the log can be written.", "livemin")
        self._model = self._gauge(_MODEL, "Workers that serve a version.", "livesum", "version")
        self.drift = drift_metrics.DriftMetrics(self._gauge)
        self._version: str | None = None
        self._decided = tuple(WaitingCount(self._decisions.labels(name)) for name in DECISIONS)
        self._scores = WaitingValues(self._score)
        self._commits = WaitingValues(self._commit)
        self._committed: deque[tuple[int, float]] = deque()
        self._answered: dict[tuple[str, int], tuple[WaitingCount, WaitingValues]] = {}
        self._timed: dict[str, WaitingValues] = {}
        _forget_the_dead()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, mode: str, *labels: str) -> Gauge:
        return Gauge(
            f"{_PREFIX}{name}",
            text,
            labels,
            registry=self._registry,
            multiprocess_mode=mode,  # type: ignore[arg-type]
        )

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Binned:
        return Binned(f"{_PREFIX}{name}", text, labels, registry=self._registry, buckets=buckets)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is a template of a known route, so that there are few."""
        counted = self._answered.get((route, status))
        if counted is None:
            if route not in self._timed:
                self._timed[route] = WaitingValues(self._latency.labels(route))
            counter = WaitingCount(self._requests.labels(route, str(status)))
            counted = self._answered[route, status] = counter, self._timed[route]
        counted[0].waiting += 1
        counted[1].observe(seconds)

    def predicted(self, decision: int, probability: float) -> None:
        """Count one prediction."""
        self._decided[decision].waiting += 1
        self._scores.observe(probability)

    def flush(self) -> None:
        """Add what waits to what is shown, here and by the other workers."""
        for counter, _ in self._answered.values():
            counter.flush()
        stored = 0
        while self._committed:
            records, seconds = self._committed.popleft()
            stored += records
            self._commits.observe(seconds)
        self._logged.inc(stored)
        for values in (self._scores, self._commits, *self._timed.values()):
            values.flush()
        for counter in self._decided:
            counter.flush()

    def predicted_many(
        self, decisions: Sequence[int], scores: Sequence[int], score_sum: float
    ) -> None:
        """Count many predictions at once: by decision, by band of the score, and their sum."""
        for counter, count in zip(self._decided, decisions, strict=True):
            counter.waiting += count
        self._score.add((*scores, 0), score_sum)  # none is above the last bound, which is 1

    def flagged(self, finding: str, field: str, count: int = 1) -> None:
        """Count doubtful values."""
        self._flags.labels(finding, field).inc(count)

    def committed(self, records: int, seconds: float) -> None:
        """Count a group of predictions that was stored, here or in a lane; any thread may."""
        self._committed.append((records, seconds))

    def reloaded(self, outcome: str) -> None:
        """Count a look at a new model: `served`, `refused`, or `failed` (none was possible)."""
        self._reloads.labels(outcome).inc()

    def state(self, version: str | None, pending: int, *, writable: bool) -> None:
        """Note what serves, and how the log is; add what waits."""
        self.flush()
        self._pending.set(pending)
        self._writable.set(writable)
        if self._version is not None and version != self._version:
            self._model.labels(self._version).set(0)
        if version is not None:
            self._model.labels(version).set(1)
        self._version = version

    def exposition(self) -> bytes:
        """Write everything as Prometheus reads it."""
        self.flush()
        together = self._registry
        if SHARED_FOLDER in os.environ:
            together = CollectorRegistry()
            MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        shown = CollectorRegistry()
        shown.register(_WithoutFormer(together))
        return generate_latest(shown)


class _WithoutFormer(Collector):
    """What a registry collects, but for versions that no worker serves, and drift not known now.

    Where workers share files, the library cannot remove a label.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        """Give each metric."""
        for metric in self._registry.collect():
            if metric.name == _PREFIX + _MODEL:
                metric.samples = [sample for sample in metric.samples if sample.value]
            if metric.name.startswith(_DRIFT):
                metric.samples = [one for one in metric.samples if not math.isnan(one.value)]
            yield metric


def _forget_the_dead() -> None:
    """Drop the present state (not the counts) of workers that are no more."""
    if SHARED_FOLDER not in os.environ:
        return
    for path in Path(os.environ[SHARED_FOLDER]).glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if not Path(f"/proc/{pid}").exists():
            mark_process_dead(pid)  # type: ignore[no-untyped-call]
