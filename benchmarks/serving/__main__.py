"""The command line.

    python -m benchmarks.serving [--seconds 10] [--rounds 5] [--only singles batch ...] [--markdown]

Two cores and wrk are needed. Ratios come from interleaved rounds of one run; absolute figures
are this machine's. A run with nothing else on the machine takes about half an hour.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path

from benchmarks.serving import batch, files, memory, mixed, results, singles, start
from benchmarks.serving.bench import Bench, BenchmarkError, choose_cores, workspace
from benchmarks.serving.machine import describe
from benchmarks.serving.pandas_model import train
from benchmarks.serving.servers import ROOT
from mlops_pipeline.interrupts import orderly_termination

DATA = ROOT / "data" / "Base_de_datos.csv"
INTERRUPTED = 130
PARTS: Mapping[str, Callable[[Bench], list[results.Section]]] = {
    "singles": singles.measure,
    "batch": batch.measure,
    "mixed": mixed.measure,
    "start": start.measure,
    "memory": memory.measure,
    "files": files.measure,
}


def main() -> int:
    """Measure and print; 1 if it cannot be measured, 130 if it was interrupted."""
    asked = _arguments()
    show = results.markdown if asked.markdown else results.text
    busy = os.getloadavg()[0]
    try:
        with orderly_termination(), workspace(asked.workdir) as folder:
            bench = Bench(
                folder=folder,
                models_dir=_models_dir(asked.models_dir, folder / "models"),
                cores=choose_cores(),
                seconds=asked.seconds,
                rounds=asked.rounds,
                minutes=asked.minutes,
                file_rows=tuple(asked.file_rows),
            )
            train(DATA, bench.models_dir / "latest", bench.pandas_model)
            print(show([describe(bench, busy)]), flush=True)
            for name in asked.only:
                print(show(PARTS[name](bench)), flush=True)
    except (BenchmarkError, HTTPException, OSError) as error:
        print(f"benchmarks.serving: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serving")
    parser.add_argument("--seconds", type=int, default=10, help="of each round of load")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--minutes", type=float, default=1.0, help="of load for `memory`")
    parser.add_argument(
        "--file-rows", type=int, nargs="+", default=[100_000], help="loans in `files`"
    )
    parser.add_argument(
        "--models-dir", type=Path, default=ROOT / "models", help="with a published model"
    )
    parser.add_argument("--workdir", type=Path, help="for databases, on a real disk")
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def _models_dir(folder: Path, own: Path) -> Path:
    """Copy the published model: a publication meanwhile is none of this benchmark's.

    Raises:
        BenchmarkError: there is none, or a tool is missing.

    """
    if not (folder / "latest").exists():
        raise BenchmarkError(f"no published model in {folder}: python run_pipeline.py first")
    for tool in ("wrk", "taskset"):
        if shutil.which(tool) is None:
            raise BenchmarkError(f"{tool} is not installed")
    published = (folder / "latest").resolve()
    shutil.copytree(published, own / published.name)
    (own / "latest").symlink_to(published.name)
    return own


if __name__ == "__main__":
    sys.exit(main())
