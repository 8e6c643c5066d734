"""Counts that wait in plain numbers until they are added to Prometheus' own, many at a time.

To count one answer in what several workers share takes as long as to check its loan. Counts wait
for at most a second here, and are added before anybody is shown them. The event loop's thread
alone may touch them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from prometheus_client import Counter, Histogram


class Binned(Histogram):
    """A histogram that takes many values at once."""

    def add(self, counts: Sequence[int], total: float) -> None:
        """Add the number of values in each bucket, in order, and their sum."""
        self._sum.inc(total)
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)

    @property
    def bounds(self) -> Sequence[float]:
        """The upper ends of the buckets, infinity the last."""
        return tuple(self._upper_bounds)


class WaitingCount:
    """What a counter is yet to be told."""

    __slots__ = ("_counter", "waiting")

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self.waiting = 0

    def flush(self) -> None:
        """Tell it."""
        if self.waiting:
            self._counter.inc(self.waiting)
            self.waiting = 0


class WaitingValues:
    """What a histogram is yet to be told."""

    __slots__ = ("_bounds", "_counts", "_histogram", "_total")

    def __init__(self, histogram: Binned) -> None:
        self._histogram = histogram
        self._bounds = histogram.bounds
        self._counts = [0] * len(self._bounds)
        self._total = 0.0

    def observe(self, value: float) -> None:
        """Count a value."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def flush(self) -> None:
        """Tell it."""
        if any(self._counts):
            self._histogram.add(self._counts, self._total)
            self._counts = [0] * len(self._bounds)
            self._total = 0.0
