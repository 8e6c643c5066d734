"""`python -m benchmarks.drift`: false alarms, power and time of the drift detection."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.drift.rates import false_alarms, power, real_false_alarms
from benchmarks.drift.speed import speed


def main() -> None:
    """Measure what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("alarms", "power", "speed"))
    parser.add_argument("--windows", type=int, default=500, help="windows of each size, undrifted")
    parser.add_argument("--planted", type=int, default=100, help="windows of each planted shift")
    parser.add_argument("--real", type=Path, help="a portfolio to draw windows from, too")
    parser.add_argument("--evidently", type=Path, help="a Python that has evidently==0.7.23")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000])
    asked = parser.parse_args()
    if asked.only in (None, "alarms"):
        false_alarms(asked.windows)
        if asked.real:
            real_false_alarms(asked.real)
    if asked.only in (None, "power"):
        power(asked.planted)
    if asked.only in (None, "speed"):
        speed(asked.evidently, asked.rounds, tuple(asked.sizes))


if __name__ == "__main__":
    main()
