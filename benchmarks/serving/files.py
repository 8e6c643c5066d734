"""Whole files: `POST /predict/file` beside a pandas script that scores the same file."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving import messages
from benchmarks.serving.bench import Bench, BenchmarkError
from benchmarks.serving.load import post_file
from benchmarks.serving.results import Section, Verdict, at_least, ratios
from benchmarks.serving.servers import DURABLE, OFF, OK, ROOT, Server, running
from mlops_pipeline.src.data.generator import write_portfolio

ROUTE = "/predict/file"
TYPES = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}
CONTENDERS = (OFF, DURABLE)
SCRIPT, PROCESS = "script", "process"
GOAL = 5.0
NAMES = {
    SCRIPT: messages.FILES_SCRIPT,
    PROCESS: messages.FILES_PROCESS,
    **messages.NAMES,
}


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A file of generated loans."""

    path: Path
    rows: int


def measure(bench: Bench) -> list[Section]:
    """Score each file in turns."""
    rows: list[tuple[str, ...]] = []
    verdicts: list[Verdict] = []
    with running(bench, OFF) as off, running(bench, DURABLE) as durable:
        for count in bench.file_rows:
            for suffix in TYPES:
                portfolio = Portfolio(bench.folder / f"loans{count}{suffix}", count)
                write_portfolio(count, 1, portfolio.path)
                seconds = _rounds(bench, portfolio, (off, durable))
                if seconds is None:
                    return [_without(messages.no_route(ROUTE, _status(off, portfolio)))]
                rows += _rows(portfolio, seconds)
                ratio, _ = ratios(seconds[SCRIPT], seconds[OFF])
                verdicts.append(at_least(messages.file_line(suffix, count), ratio, GOAL))
    notes = (messages.FILES_NOTE,)
    return [Section(messages.FILES, messages.FILES_HEADER, tuple(rows), tuple(verdicts), notes)]


def _without(reason: str) -> Section:
    """Say why there are no figures."""
    return Section(messages.FILES, messages.FILES_HEADER, (), (), (reason,))


def _rounds(
    bench: Bench, portfolio: Portfolio, servers: tuple[Server, ...]
) -> dict[str, list[float]] | None:
    """Give each contender's seconds, round by round; None if the product has no such route."""
    seconds: dict[str, list[float]] = {name: [] for name in (SCRIPT, PROCESS, OFF, DURABLE)}
    if _status(servers[0], portfolio) != OK:
        return None
    for turn in range(bench.rounds):
        bench.say(f"files: {portfolio.path.name}, round {turn + 1} of {bench.rounds}")
        script, process = _script(bench, portfolio)
        seconds[SCRIPT].append(script)
        seconds[PROCESS].append(process)
        for server in servers:
            taken, status, lines = _post(server, portfolio)
            if status != OK or lines < portfolio.rows:
                raise BenchmarkError(f"{portfolio.path.name}: {status}, {lines} lines answered")
            seconds[server.name].append(taken)
    return seconds


def _status(server: Server, portfolio: Portfolio) -> int:
    """Give the status of scoring a file once."""
    return _post(server, portfolio)[1]


def _post(server: Server, portfolio: Portfolio) -> tuple[float, int, int]:
    """Score a file over HTTP: seconds, status, lines."""
    return post_file(server, ROUTE, portfolio.path, TYPES[portfolio.path.suffix])


def _script(bench: Bench, portfolio: Portfolio) -> tuple[float, float]:
    """Score a file with the script: seconds of its work, seconds of its process."""
    command = ["taskset", "-c", str(bench.cores.server), sys.executable]
    command += ["-m", "benchmarks.serving.pandas_script", str(bench.pandas_model)]
    command += [str(portfolio.path), str(bench.folder / "scored.csv")]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)
    return float(done.stdout), time.perf_counter() - start


def _rows(portfolio: Portfolio, seconds: dict[str, list[float]]) -> list[tuple[str, ...]]:
    """Tabulate one file."""
    rows: list[tuple[str, ...]] = []
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        rows.append((
            portfolio.path.suffix,
            messages.decimal(portfolio.rows, 0),
            NAMES[name],
            ratios(seconds[SCRIPT], taken)[1],
            messages.decimal(portfolio.rows / middle, 0),
            messages.decimal(middle, 2),
        ))  # fmt: skip
    return rows
