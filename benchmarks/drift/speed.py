"""Time and memory of a comparison, in turns with Evidently on the same loans.

Ours begins with loans as they were read (cleaning, features and counting are part of it);
Evidently is given the finished features, so that it has less to do.
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.drift.portfolio import IMPORTANCE, REFERENCE_LOANS, score, shuffled_portfolio
from benchmarks.timing import interleaved
from mlops_pipeline.src.data.cleaning import clean
from mlops_pipeline.src.data.schema import TEXTS
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.ft_engineering import build_features
from mlops_pipeline.src.model_monitoring import detect_drift
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.reference import Reference, learn_reference
from mlops_pipeline.src.monitoring.report import dump_report
from mlops_pipeline.src.monitoring.tally import Tally

POOL = 20_000
WORKER = Path(__file__).with_name("evidently_worker.py")


def _frame(loans: LoanTable) -> pd.DataFrame:
    """Give the 35 features and the score, categories as texts."""
    features = build_features(clean(loans)[0])
    columns = {name: features.column(name) for name in features.names}
    texts = {column.name: loans.texts[column.name] for column in TEXTS}
    return pd.DataFrame({**columns, **texts, "probabilidad": score(loans)})


def _ours(reference: Reference, loans: LoanTable) -> Tally:
    """Do all of it: count, compare, write as JSON."""
    tally = tally_loans(reference.grid, loans, score(loans))
    dump_report(detect_drift(reference, tally))
    return tally


class _Evidently:
    """A running worker."""

    def __init__(self, python: Path, reference: Path) -> None:
        """Start it and wait until it is ready."""
        self._process = subprocess.Popen(
            [str(python), "-W", "ignore", str(WORKER), str(reference)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def seconds(self, window: Path) -> float:
        """Give the seconds that one report took."""
        stream = self._process.stdin
        if stream is None:
            raise RuntimeError("the worker has no input")
        stream.write(f"{window}\n")
        stream.flush()
        return float(self._answer().split()[0])

    def close(self) -> None:
        """End it."""
        self._process.communicate()

    def _answer(self) -> str:
        """Read one line."""
        stream = self._process.stdout
        line = stream.readline() if stream else ""
        if not line:
            raise RuntimeError("the worker ended")
        return line.strip()


def _timed(reference: Reference, loans: LoanTable) -> float:
    """Give the seconds of one comparison."""
    start = time.perf_counter()
    _ours(reference, loans)
    return time.perf_counter() - start


def speed(evidently: Path | None, rounds: int, sizes: tuple[int, ...]) -> None:
    """Print medians, and the ratio of the medians where Evidently's Python is given."""
    pool = shuffled_portfolio(POOL, 3)
    train = pool.take(slice(0, REFERENCE_LOANS))
    start = time.perf_counter()
    reference = learn_reference(train, score(train), IMPORTANCE)
    print(f"\nlearn the reference: {time.perf_counter() - start:.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        known = Path(folder) / "reference.parquet"
        _frame(train).to_parquet(known)
        worker = _Evidently(evidently, known) if evidently else None
        for size in sizes:
            loans = pool.take(np.resize(np.arange(REFERENCE_LOANS, POOL), size))
            window = Path(folder) / "window.parquet"
            ours, theirs = [], []
            if worker:
                _frame(loans).to_parquet(window)
            for _ in range(rounds):
                ours.append(_timed(reference, loans))
                theirs += [worker.seconds(window)] if worker else []
            tally = _ours(reference, loans)
            from_kept = _compare_only(reference, tally)
            print(f"{size:,} loans: {statistics.median(ours):.3f} s", end="")
            print(f", from a kept tally {1e3 * from_kept:.0f} ms", end="")
            if theirs:
                ratio = statistics.median(theirs) / statistics.median(ours)
                print(f", Evidently {statistics.median(theirs):.1f} s: {ratio:.0f} times", end="")
            print()
        if worker:
            worker.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process: {peak:,.0f} MiB")


def _compare_only(reference: Reference, tally: Tally) -> float:
    """Give the median seconds of a comparison whose counts are kept."""
    return interleaved({"kept": lambda: detect_drift(reference, tally)}, rounds=5)["kept"]
