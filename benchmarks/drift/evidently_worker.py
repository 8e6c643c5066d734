"""Evidently's drift preset, in an environment of its own: `python evidently_worker.py R.parquet`.

Reads the path of a window from each line of its input; answers the seconds that its report took,
on frames in memory, and the number of its metrics. Imports nothing of this project.
"""

from __future__ import annotations

import sys
import time

import pandas as pd
from evidently import Report  # type: ignore[import-not-found]
from evidently.presets import DataDriftPreset  # type: ignore[import-not-found]


def main() -> None:
    """Answer until the input ends."""
    reference = pd.read_parquet(sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        window = pd.read_parquet(line.strip())
        start = time.perf_counter()
        found = Report([DataDriftPreset()]).run(window, reference).dict()
        print(time.perf_counter() - start, len(found["metrics"]), flush=True)


if __name__ == "__main__":
    main()
