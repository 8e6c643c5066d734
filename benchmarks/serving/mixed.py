"""Single predictions while batches of 10,000 loans run without a pause."""

from __future__ import annotations

import math
import statistics
from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.serving import messages
from benchmarks.serving.bench import Bench
from benchmarks.serving.load import BATCH_LOANS, Load, batch_body, batches, singles
from benchmarks.serving.results import Section, Verdict, at_most, ratios
from benchmarks.serving.servers import DURABLE, OFF, Server, running

CONNECTIONS = 16
CONTENDERS = (OFF, DURABLE)
MOST_MILLISECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Round:
    """One round of singles, and how many loans a second were scored in batches meanwhile."""

    load: Load
    batch_rate: float


Rounds = dict[tuple[str, bool], list[Round]]


def measure(bench: Bench) -> list[Section]:
    """Run the rounds: each contender without and with batches."""
    body = batch_body()
    found: Rounds = {(name, busy): [] for name in CONTENDERS for busy in (False, True)}
    with ExitStack() as stack:
        servers = [stack.enter_context(running(bench, name)) for name in CONTENDERS]
        for server in servers:
            _round(bench, server, body, seconds=1)  # warms up
        for turn in range(bench.rounds):
            bench.say(f"mixed: round {turn + 1} of {bench.rounds}")
            for server in servers:
                alone = Round(singles(bench, server, CONNECTIONS, bench.seconds), math.nan)
                found[server.name, False].append(alone)
                found[server.name, True].append(_round(bench, server, body, bench.seconds))
    return [_section(found)]


def _round(bench: Bench, server: Server, body: bytes, seconds: int) -> Round:
    """Run singles while batches run."""
    with batches(server, body) as taken:
        load = singles(bench, server, CONNECTIONS, seconds)
    return Round(load, BATCH_LOANS * len(taken) / sum(taken) if taken else math.nan)


def _section(found: Rounds) -> Section:
    """Tabulate."""
    rows: list[tuple[str, ...]] = []
    verdicts: list[Verdict] = []
    for (name, busy), rounds in found.items():
        rates = [one.load.rate for one in rounds]
        p99 = statistics.median(one.load.p99 for one in rounds)
        rows.append((
            messages.NAMES[name],
            messages.WITH_BATCHES if busy else messages.WITHOUT_BATCHES,
            ratios(rates, [one.load.rate for one in found[name, False]])[1],
            messages.decimal(statistics.median(one.load.p50 for one in rounds), 2),
            messages.decimal(p99, 2),
            messages.decimal(max(one.load.slowest for one in rounds), 1),
            messages.decimal(statistics.median(rates), 0),
            messages.decimal(statistics.median(one.batch_rate for one in rounds), 0),
        ))  # fmt: skip
        if busy:
            verdicts.append(at_most(messages.mixed_line(name), p99, MOST_MILLISECONDS, "ms"))
    return Section(messages.MIXED, messages.MIXED_HEADER, tuple(rows), tuple(verdicts))
