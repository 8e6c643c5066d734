"""Single predictions: the product beside the floor and beside the pandas service."""

from __future__ import annotations

import os
import sqlite3
import statistics
import time
from contextlib import ExitStack, closing

from benchmarks.serving import messages
from benchmarks.serving.bench import Bench
from benchmarks.serving.load import Load, singles
from benchmarks.serving.results import Section, Verdict, at_least, at_most, ratios
from benchmarks.serving.servers import DURABLE, EXAMPLE, FLOOR, OFF, PANDAS, running

CONNECTIONS = (1, 16, 64)
CONTENDERS = (FLOOR, OFF, DURABLE, PANDAS)
ASKED = {OFF: 2.2, DURABLE: 1.4}
AIMED = {OFF: 3.0, DURABLE: 1.8}
COMMITS = 300

Rounds = dict[tuple[int, str], list[Load]]


def measure(bench: Bench) -> list[Section]:
    """Run the rounds: in each one every contender takes its turn at each concurrency."""
    found: Rounds = {(c, name): [] for c in CONNECTIONS for name in CONTENDERS}
    commits: list[tuple[float, float]] = []
    with ExitStack() as stack:
        servers = [stack.enter_context(running(bench, name)) for name in CONTENDERS]
        for server in servers:
            singles(bench, server, CONNECTIONS[0], 1)  # warms up
        for turn in range(bench.rounds):
            bench.say(f"singles: round {turn + 1} of {bench.rounds}")
            commits.append(bare_commit(bench))
            order = servers[turn % len(servers) :] + servers[: turn % len(servers)]
            for connections in CONNECTIONS:
                for server in order:
                    load = singles(bench, server, connections, bench.seconds)
                    found[connections, server.name].append(load)
    return [_section(found, commits)]


def bare_commit(bench: Bench) -> tuple[float, float]:
    """Give p50 and p99, in milliseconds, of committing one loan to SQLite as the product must."""
    milliseconds = []
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {bench.cores.server})
    try:
        with closing(sqlite3.connect(bench.fresh_folder("commit") / "commit.db")) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=FULL")
            database.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, loan TEXT)")
            for _ in range(COMMITS):
                start = time.perf_counter()
                database.execute("INSERT INTO log (loan) VALUES (?)", (EXAMPLE.decode(),))
                database.commit()
                milliseconds.append(1e3 * (time.perf_counter() - start))
    finally:
        os.sched_setaffinity(0, before)
    return statistics.median(milliseconds), statistics.quantiles(milliseconds, n=100)[98]


def _section(found: Rounds, commits: list[tuple[float, float]]) -> Section:
    """Tabulate."""
    rows, verdicts = [], []
    for connections in CONNECTIONS:
        base = [load.rate for load in found[connections, FLOOR]]
        for name in CONTENDERS:
            loads = found[connections, name]
            rates = [load.rate for load in loads]
            ratio, shown = ratios(rates, base)
            rows.append((
                str(connections),
                messages.NAMES[name],
                shown,
                messages.decimal(statistics.median(rates), 0),
                messages.decimal(_p50(loads), 2),
                messages.decimal(_p99(loads), 2),
            ))  # fmt: skip
            if name in ASKED and connections > 1:
                line = messages.singles_line(name, connections)
                verdicts.append(at_least(line, ratio, ASKED[name]))
    commit = [statistics.median(column) for column in zip(*commits, strict=True)]
    verdicts.append(_tail(found, commit[1]))
    return Section(
        messages.SINGLES,
        messages.SINGLES_HEADER,
        tuple(rows),
        tuple(verdicts),
        (messages.aims(AIMED[OFF], AIMED[DURABLE]), messages.bare_commit(*commit)),
    )


def _tail(found: Rounds, commit: float) -> Verdict:
    """Judge the durable log's p99 at one connection, milliseconds."""
    limit = 3 * _p99(found[1, FLOOR]) + commit
    return at_most(messages.DURABLE_TAIL, _p99(found[1, DURABLE]), limit, "ms")


def _p50(loads: list[Load]) -> float:
    """Give the median round's p50."""
    return statistics.median(load.p50 for load in loads)


def _p99(loads: list[Load]) -> float:
    """Give the median round's p99."""
    return statistics.median(load.p99 for load in loads)
