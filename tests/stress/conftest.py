"""Fixtures: a place to start services in, and figures that are printed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import Trained
from tests.stress.support import FULL, Service

_FIGURES: list[str] = []

Figures = Callable[[str], None]
Serve = Callable[..., Service]


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Tells what a scenario counted."""
    name = request.node.name
    return lambda text: _FIGURES.append(f"{name}: {text}")


@pytest.fixture
def serve(trained: Trained, tmp_path: Path) -> Iterator[Serve]:
    """Starts services with the trained model; they end with the test."""
    with ExitStack() as stack:

        def start(models_dir: Path = trained.models_dir, **environment: str) -> Service:
            service = Service(tmp_path, models_dir, **environment)
            stack.callback(service.stop)
            service.start()
            return service

        yield start


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was counted."""
    if _FIGURES:
        terminalreporter.section("stress, full" if FULL else "stress, reduced (STRESS=full: all)")
        for line in _FIGURES:
            terminalreporter.write_line(line)
