"""`python -m benchmarks.monitoring`: drift of a log of 1,000,000 loans, and what it costs.

Four steps, each a run of its own: `fill` writes the log, `count` lets the service count it, `read`
reads the log for comparison, `measure` asks under load.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.monitoring.log import DAYS, address, fill
from benchmarks.monitoring.questions import ask, asking, counted
from benchmarks.serving.bench import Bench, Cores
from benchmarks.serving.load import singles
from benchmarks.serving.servers import HOST, ROOT, Server, end, free_port
from benchmarks.serving.servers import wait_for as wait
from mlops_pipeline.settings import Settings
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.watching import Watch

CONNECTIONS = 16
WARM_SECONDS = 3  # a new process is slower at first
ALONE = "sin contar ni preguntar"
PAUSES = {"contando, sin preguntar": None, "una pregunta por segundo": 1.0, "sin pausa": 0.0}


@contextmanager
def service(folder: Path, models_dir: Path, **others: str) -> Iterator[Server]:
    """Run the product with the log of the folder; on any core, with its settings by default."""
    port = free_port()
    named = {field.upper() for field in Settings.model_fields}
    plain = {key: value for key, value in os.environ.items() if key.upper() not in named}
    chosen = {"HOST": HOST, "PORT": str(port), "MODELS_DIR": str(models_dir.resolve())}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "api_main.py")],
            cwd=folder,
            env={**plain, **chosen, "DATABASE_URL": address(folder.resolve()), **others},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait(process, port, folder / "server.log")
            yield Server("durable", port, process.pid, 0.0)
        finally:
            end(process)


def read_log(folder: Path, models_dir: Path) -> tuple[float, int]:
    """Read the whole log and compare it, as `drift --since` does without kept counts."""
    watch = Watch(ModelDeployment.load(models_dir))
    store = PredictionStore(address(folder.resolve()))
    store.open()
    began = time.perf_counter()
    window = watch.log(store, datetime.now(UTC) - timedelta(days=DAYS + 1))
    watch.watched(window, Span.MONTH)
    seconds = time.perf_counter() - began
    store.close()
    return seconds, window.loans


def measure(asked: argparse.Namespace) -> None:
    """Load the service without counting, counting, and with questions, in turns."""
    folder: Path = asked.folder
    everything = Cores(0, max(os.sched_getaffinity(0)))
    bench = Bench(folder, asked.models_dir, everything, asked.seconds, asked.rounds, 0, ())
    rates: dict[str, list[float]] = {name: [] for name in (ALONE, *PAUSES)}
    times: dict[str, list[float]] = {name: [] for name in rates}
    for _ in range(asked.rounds):
        with service(folder, asked.models_dir, MONITORING_SECONDS="3600") as server:
            singles(bench, server, CONNECTIONS, WARM_SECONDS)
            rates[ALONE].append(singles(bench, server, CONNECTIONS, asked.seconds).rate)
        with service(folder, asked.models_dir) as server:
            seconds, pending = counted(server.port, 120)
            print(f"contar {pending:,} pendientes: {seconds:.1f} s; primera respuesta incluida")
            singles(bench, server, CONNECTIONS, WARM_SECONDS)
            for name, pause in PAUSES.items():
                with asking(server.port, pause, times[name]):
                    rates[name].append(singles(bench, server, CONNECTIONS, asked.seconds).rate)
            print(f"pendientes al final: {ask(server.port)[1]['pending']:,}")
    for name, found in rates.items():
        ratios = [one / base for one, base in zip(found, rates[ALONE], strict=True)]
        told = f"  {name:<28}{statistics.median(found):>8,.0f} peticiones/s"
        told += f"  {statistics.median(ratios):.3f} de las de «{ALONE}»"
        if times[name]:
            told += f"; {len(times[name])} respuestas, mediana {statistics.median(times[name]):.3f}"
            told += f" s, la más lenta {max(times[name]):.3f} s"
        print(told)


def main() -> None:
    """Do what is asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=("fill", "count", "read", "measure"))
    parser.add_argument("--folder", type=Path, required=True, help="of the log, on a real disk")
    parser.add_argument("--models-dir", type=Path, required=True)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    if asked.step == "fill":
        version = ModelDeployment.load(asked.models_dir).metadata.version
        print(f"{asked.loans:,} préstamos en {fill(asked.folder, asked.loans, version):.1f} s")
    elif asked.step == "count":
        with service(asked.folder, asked.models_dir) as server:
            seconds, pending = counted(server.port, 3_600)
            print(f"{pending:,} pendientes, contados en {seconds:.1f} s")
            print(f"después, una respuesta: {ask(server.port)[0]:.3f} s")
    elif asked.step == "read":
        seconds, loans = read_log(asked.folder, asked.models_dir)
        print(f"leer {loans:,} préstamos del registro y compararlos: {seconds:.1f} s")
    else:
        measure(asked)


if __name__ == "__main__":
    main()
