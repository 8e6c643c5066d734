"""Fixtures: a place to start services in, and figures that are printed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import FIGURE, Trained
from tests.stress.support import FULL, Service

Figures = Callable[[str], None]
Serve = Callable[..., Service]


@pytest.fixture
def figures(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Figures:
    """Tells what a scenario counted, for the end of the run's report."""
    name = request.node.name
    kind = "full" if FULL else "reduced, STRESS=full: all"
    return lambda text: record_property(FIGURE, f"{name} ({kind}): {text}")


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
