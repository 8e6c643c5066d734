"""Whether memory stays flat under sustained load: singles all the time, a batch now and then."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Sequence
from itertools import combinations

from benchmarks.serving import messages
from benchmarks.serving.bench import Bench
from benchmarks.serving.load import batch_body, batches, singles
from benchmarks.serving.processes import usage
from benchmarks.serving.results import Section, at_most
from benchmarks.serving.servers import DURABLE, Server, running

CONNECTIONS = 16
BATCH_PAUSE = 2.0
SAMPLE_SECONDS = 1.0
WARM_UP = 0.2  # share of the samples that is left out
MOST_SLOPE = 0.5  # MiB a minute: 5 MiB in the ten minutes of the full run

Samples = list[tuple[float, float, float]]  # seconds; worker and all processes, MiB


def measure(bench: Bench) -> list[Section]:
    """Load the product for some minutes and watch its memory."""
    with running(bench, DURABLE) as server:
        singles(bench, server, CONNECTIONS, 1)
        worker = usage(server.pid)[0].pid
        with batches(server, batch_body(), BATCH_PAUSE):
            samples = _watch(bench, server, worker)
    return [_section(samples[int(WARM_UP * len(samples)) :], bench.minutes)]


def _watch(bench: Bench, server: Server, worker: int) -> Samples:
    """Sample memory while singles run."""
    samples: Samples = []
    stop = threading.Event()

    def look() -> None:
        begin = time.monotonic()
        while not stop.wait(SAMPLE_SECONDS):
            found = {one.pid: one.resident for one in usage(server.pid)}
            samples.append((time.monotonic() - begin, found[worker], sum(found.values())))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        bench.say(f"memory: {bench.minutes} minutes of load")
        singles(bench, server, CONNECTIONS, max(1, round(60 * bench.minutes)))
    finally:
        stop.set()
        watcher.join()
    return samples


def slope(seconds: Sequence[float], values: Sequence[float]) -> float:
    """Give the Theil-Sen slope a minute: the median of the slopes between any two samples.

    >>> slope([0, 60, 120, 180], [100, 101, 250, 103])
    1.0
    """
    points = list(zip(seconds, values, strict=True))
    slopes = [(v1 - v0) / (t1 - t0) for (t0, v0), (t1, v1) in combinations(points, 2)]
    return 60 * statistics.median(slopes)


def _section(samples: Samples, minutes: float) -> Section:
    """Tabulate."""
    seconds, *columns = zip(*samples, strict=True)
    names = (messages.WORKER, messages.ALL_PROCESSES)
    slopes = [slope(seconds, values) for values in columns]
    rows = [
        (
            name,
            messages.decimal(steep, 2),
            *(messages.decimal(one, 1) for one in (values[0], values[-1], max(values))),
        )
        for name, steep, values in zip(names, slopes, columns, strict=True)
    ]
    verdict = at_most(messages.flat_line(minutes), max(slopes), MOST_SLOPE, "MiB/min")
    header = messages.MEMORY_HEADER
    return Section(messages.MEMORY, header, tuple(rows), (verdict,), (messages.MEMORY_NOTE,))
