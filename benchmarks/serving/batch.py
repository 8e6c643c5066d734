"""Batches of 10,000 loans as JSON: the product beside the pandas service."""

from __future__ import annotations

import statistics
from contextlib import ExitStack, closing

from benchmarks.serving import messages
from benchmarks.serving.bench import Bench
from benchmarks.serving.load import BATCH, BATCH_LOANS, BatchClient, batch_body
from benchmarks.serving.results import Section, at_least, ratios
from benchmarks.serving.servers import DURABLE, OFF, PANDAS, running

PLAIN, CHECKED = "plain", "checked"
CONTENDERS = {
    PLAIN: (PANDAS, f"{BATCH}/plain", messages.PANDAS_PLAIN),
    CHECKED: (PANDAS, BATCH, messages.PANDAS_CHECKED),
    OFF: (OFF, BATCH, messages.NAMES[OFF]),
    DURABLE: (DURABLE, BATCH, messages.NAMES[DURABLE]),
}
ASKED = 4.5
POSTS = 3  # batches of one contender before it is the next one's turn


def measure(bench: Bench) -> list[Section]:
    """Post the batch in turns."""
    body = batch_body()
    rates: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(running(bench, name)) for name in (PANDAS, OFF, DURABLE)
        }
        clients = {
            name: stack.enter_context(closing(BatchClient(servers[server], body, path)))
            for name, (server, path, _) in CONTENDERS.items()
        }
        for turn in range(bench.rounds + 1):
            bench.say(f"batch: round {turn} of {bench.rounds}")
            for name, client in clients.items():
                taken = statistics.median(client.post() for _ in range(POSTS))
                client.close()  # servers close connections that wait for their turn
                if turn:  # the first round warms up
                    rates[name].append(BATCH_LOANS / taken)
    return [_section(rates)]


def _section(rates: dict[str, list[float]]) -> Section:
    """Tabulate."""
    rows = []
    for name, (_, _, label) in CONTENDERS.items():
        rate = statistics.median(rates[name])
        rows.append(
            (
                label,
                *(ratios(rates[name], rates[base])[1] for base in (PLAIN, CHECKED)),
                messages.decimal(rate, 0),
                messages.decimal(1e3 * BATCH_LOANS / rate, 0),
            )
        )
    verdicts = tuple(
        at_least(
            messages.batch_line(CONTENDERS[base][2]), ratios(rates[OFF], rates[base])[0], ASKED
        )
        for base in (PLAIN, CHECKED)
    )
    return Section(messages.BATCH, messages.BATCH_HEADER, tuple(rows), verdicts)
