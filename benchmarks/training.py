"""A whole training run (reading to published bundle and reports) on 10,763 and 100,000 loans.

    python -m benchmarks.training [--rows 10763 100000] [--jobs 2 1]

Prints seconds by number of processes, one run each: of the clock, and of the processor (all
processes together), which other work on the machine changes less. And the peak memory of the
largest process so far.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from joblib.externals.loky import get_reusable_executor

from mlops_pipeline.pipeline import RunConfig, run
from mlops_pipeline.src.data.generator import DEFAULT_SEED, write_portfolio
from mlops_pipeline.src.features.selection import LeakagePolicy
from mlops_pipeline.src.model_training_evaluation import TrainingOptions
from mlops_pipeline.src.scoring.calibration import DecisionRule


class Seconds(NamedTuple):
    """How long a run took."""

    clock: float
    processor: float

    @staticmethod
    def now() -> Seconds:
        """Give what the clocks say; the processor's, of this process and its ended children."""
        return Seconds(time.perf_counter(), sum(os.times()[:4]))

    def since(self, start: Seconds) -> Seconds:
        """Give what passed."""
        return Seconds(self.clock - start.clock, self.processor - start.processor)


def seconds(data: Path, folder: Path, jobs: int) -> Seconds:
    """Give how long a run takes."""
    config = RunConfig(
        data=data,
        models_dir=folder / f"models{jobs}",
        results_dir=folder / f"results{jobs}",
        leakage=LeakagePolicy.QUARANTINE,
        training=TrainingOptions(DecisionRule.from_costs(10, 1), seed=42, jobs=jobs),
    )
    start = Seconds.now()
    run(config, datetime.now(UTC), lambda _line: None)
    get_reusable_executor().shutdown(wait=True)  # its processes' time counts once they end
    return Seconds.now().since(start)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[10_763, 100_000])
    parser.add_argument("--jobs", type=int, nargs="+", default=[2, 1])
    asked = parser.parse_args()
    for rows in asked.rows:
        with tempfile.TemporaryDirectory() as name:
            data = Path(name) / "cartera.csv"
            write_portfolio(rows, DEFAULT_SEED, data)
            for jobs in asked.jobs:
                took = seconds(data, Path(name), jobs)
                print(f"{rows:>9,} loans, processes: {jobs}: {took.clock:7.1f} s, of the processor "
                      f"{took.processor:.1f} s; peak {peak():,.0f} MiB", flush=True)  # fmt: skip


def peak() -> float:
    """Give the most memory (MiB) that a process had so far, this one or an ended child."""
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(one).ru_maxrss for one in who) / 1024


if __name__ == "__main__":
    main()
