"""Interleaved timing: machines are noisy, ratios within one run are not."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(
    contenders: Mapping[str, Callable[[], object]], rounds: int, repeats: int = 1
) -> dict[str, float]:
    """Give each contender's median seconds a call, over rounds in which all take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for round_number in range(rounds + 1):
        for name, call in contenders.items():
            start = time.perf_counter()
            for _ in range(repeats):
                call()
            if round_number:  # the first round warms up
                seconds[name].append((time.perf_counter() - start) / repeats)
    return {name: statistics.median(values) for name, values in seconds.items()}


def report(title: str, medians: Mapping[str, float], base: str) -> None:
    """Print medians and their ratios to the base."""
    print(f"\n{title}")
    for name, value in medians.items():
        print(f"  {name:<34}{1e6 * value:>14,.1f} µs   {medians[base] / value:>8.2f} × {base}")
