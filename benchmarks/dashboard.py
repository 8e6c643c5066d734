"""First paint, change of tab and memory of the dashboard, by the loans in the window.

python -m benchmarks.dashboard [--models-dir models] [--rows 10763 1000000] [--rounds 5]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from mlops_pipeline import messages
from mlops_pipeline.src.data.generator import write_portfolio
from mlops_pipeline.src.registry.store import LATEST
from tests.e2e.board import DESK, Board, dashboard
from tests.e2e.conftest import FLAGS
from tests.servers import free_port

_MIB = 1 << 10  # KiB, as /proc says
_COUNTING = 600_000  # milliseconds that a file may take to be counted


@dataclass(frozen=True, slots=True)
class Measured:
    """What one window costs: seconds, and MiB of the dashboard's process.

    Attributes:
        first_paint: of the page with the bundle's own window.
        counting: from a file's upload until the first tab of its loans is drawn.
        again: of a new page until the first tab of the same file, which is uploaded once more but
            not counted, is drawn: the first paint with that many loans in the window.
        cold: each tab when it is opened first; `tabs`: later.

    """

    rows: int
    first_paint: float
    counting: float
    again: float
    cold: dict[str, float]
    tabs: dict[str, float]
    idle: float
    resident: float
    peak: float


def timed(call: Callable[[], object]) -> float:
    """Give a call's seconds."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def memory(pid: int, name: str) -> float:
    """Give one of a process' figures of memory, MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / _MIB
    raise ValueError(name)


def measure(browser: Browser, models_dir: Path, rows: int, rounds: int) -> Measured:
    """Upload so many loans to a dashboard of its own and go through its tabs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        portfolio = folder / "cartera.parquet"
        write_portfolio(rows, 1, portfolio)
        nobody = f"http://127.0.0.1:{free_port()}"
        with dashboard(models_dir, folder, nobody) as served, browser.new_context() as context:
            page = context.new_page()
            page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
            board = Board(page, served.url, "benchmark")
            board.open()  # the first visitor pays for imports and for loading the model
            first_paint = statistics.median(timed(board.open) for _ in range(rounds))
            idle = memory(served.pid, "VmRSS")
            board.open(ventana=messages.SOURCES["archivo"])
            page.set_default_timeout(_COUNTING)

            def upload() -> None:
                page.locator("[data-testid=stSidebar] input[type=file]").set_input_files(portfolio)
                page.get_by_text(f"{messages.number(rows)} préstamos").first.wait_for()
                board.settled()

            def open_again() -> None:
                board.open(ventana=messages.SOURCES["archivo"])
                upload()

            counting = timed(upload)
            seconds: dict[str, list[float]] = {tab: [] for tab in messages.TABS}
            for _ in range(rounds + 1):
                for tab in messages.TABS[::-1]:
                    seconds[tab].append(timed(partial(board.tab, tab)))
            return Measured(
                rows,
                first_paint,
                counting,
                statistics.median(timed(open_again) for _ in range(rounds)),
                {tab: first for tab, (first, *_) in seconds.items()},
                {tab: statistics.median(later) for tab, (_, *later) in seconds.items()},
                idle,
                memory(served.pid, "VmRSS"),
                memory(served.pid, "VmHWM"),
            )


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models-dir", type=Path, default=Path("models"))
    parser.add_argument("--rows", type=int, nargs="+", default=[10_763, 1_000_000])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not (options.models_dir / LATEST).exists():
        raise SystemExit(f"there is no published model in {options.models_dir}")
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("chromium is not installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        found = [
            measure(browser, options.models_dir.resolve(), rows, options.rounds)
            for rows in options.rows
        ]
        browser.close()
    print("| préstamos | " + " | ".join(messages.number(one.rows) for one in found) + " |")
    print("|---|" + "---|" * len(found))
    lines = {
        "primera vista, período de prueba (s)": [
            messages.decimal(one.first_paint, 2) for one in found
        ],
        "subir y contar el archivo (s)": [messages.decimal(one.counting, 1) for one in found],
    }
    lines["primera vista, el mismo archivo otra vez (s)"] = [
        messages.decimal(one.again, 2) for one in found
    ]
    for tab in messages.TABS:
        lines[f"«{tab}»: primera vez; luego (s)"] = [
            f"{messages.decimal(one.cold[tab], 2)}; {messages.decimal(one.tabs[tab], 2)}"
            for one in found
        ]
    lines["memoria antes del archivo (MiB)"] = [messages.decimal(one.idle, 0) for one in found]
    lines["memoria después (MiB)"] = [messages.decimal(one.resident, 0) for one in found]
    lines["memoria máxima (MiB)"] = [messages.decimal(one.peak, 0) for one in found]
    for name, values in lines.items():
        print(f"| {name} | " + " | ".join(values) + " |")


if __name__ == "__main__":
    main()
