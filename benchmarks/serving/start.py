"""From the start of the process to the first prediction, and the memory it takes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.serving import messages
from benchmarks.serving.bench import Bench
from benchmarks.serving.load import batch_body, batches, singles
from benchmarks.serving.processes import Usage, usage
from benchmarks.serving.results import Section, at_most, ratios
from benchmarks.serving.servers import DURABLE, running

LEAST_STARTS = 7
IMPORTS = "import fastapi, onnxruntime, sqlalchemy"
MOST_RATIO = 3.0
MOST_SECONDS = 1.0
MOST_MIB = 150.0
CONNECTIONS = 64


def measure(bench: Bench) -> list[Section]:
    """Start both in turns; then load one server and look at its memory."""
    imports, answers = [], []
    for turn in range(max(LEAST_STARTS, bench.rounds) + 1):
        bench.say(f"start: {turn}")
        taken = _import(bench)
        with running(bench, DURABLE) as server:
            if turn:  # the first one fills the page cache
                imports.append(1e3 * taken)
                answers.append(1e3 * server.first_answer)
    return [_start(imports, answers), _resident(bench)]


def _import(bench: Bench) -> float:
    """Give the seconds of a process that only imports."""
    command = ["taskset", "-c", str(bench.cores.server), sys.executable, "-c", IMPORTS]
    start = time.perf_counter()
    subprocess.run(command, check=True, cwd=bench.folder)
    return time.perf_counter() - start


def _start(imports: list[float], answers: list[float]) -> Section:
    """Tabulate starts, milliseconds."""
    rows = []
    for name, taken in ((messages.IMPORTS, imports), (messages.FIRST_ANSWER, answers)):
        ratio, shown = ratios(taken, imports)
        middle = statistics.median(taken)
        spread = messages.spread(min(taken), max(taken))
        rows.append((name, shown, messages.decimal(middle, 0), spread))
    verdicts = (
        at_most(messages.START_LINE, ratio, MOST_RATIO),
        at_most(messages.START_GOAL, middle, 1e3 * MOST_SECONDS, "ms", digits=0),
    )
    return Section(messages.START, messages.START_HEADER, tuple(rows), verdicts)


def _resident(bench: Bench) -> Section:
    """Look at the memory after the start and after load."""
    with running(bench, DURABLE) as server:
        singles(bench, server, CONNECTIONS, 1)
        found = {messages.AFTER_START: usage(server.pid)}
        worker = found[messages.AFTER_START][0].pid
        singles(bench, server, CONNECTIONS, bench.seconds)
        with batches(server, batch_body()):
            singles(bench, server, CONNECTIONS, bench.seconds)
        found[messages.AFTER_LOAD] = usage(server.pid)
    rows, verdicts = [], []
    for when, processes in found.items():
        own = _of(processes, worker)
        total = sum(one.resident for one in processes)
        counts = (str(len(processes)), messages.decimal(total, 0))
        rows.append((when, messages.decimal(own, 0), *counts))
        line = messages.resident_line(when)
        verdicts.append(at_most(line, own, MOST_MIB, "MiB", digits=0))
    header = messages.RESIDENT_HEADER
    return Section(messages.RESIDENT, header, tuple(rows), tuple(verdicts))


def _of(processes: list[Usage], pid: int) -> float:
    """Give one process's resident memory."""
    return next(one.resident for one in processes if one.pid == pid)
