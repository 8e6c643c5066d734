"""One stack for all of these tests: brought up without a model, then given one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlops_pipeline import messages
from mlops_pipeline.pipeline import run
from tests.compose.browser import opened, read_when
from tests.compose.engine import require_engine, warm_layers
from tests.compose.stack import API, SERVICES, Stack
from tests.conftest import NOW, config_for
from tests.servers import wait_until
from tests.stress.versions import Publisher, published_bundle

_UP_SECONDS = 30


@dataclass(frozen=True)
class Beginning:
    """How the stack was before there was a model, and when it had one.

    Attributes:
        starts: of each container: when, and how often again.
        readyz: the status of the API's `/readyz`.
        health: the API's `/health`.
        check: whether the API's health check passed.
        page: what the dashboard said.
        page_after: and said later, by itself, to the same visitor.
        ready_seconds: from the model's publication until `/readyz` said 200.
        healthy_seconds: until the engine called both containers healthy.

    """

    starts: dict[str, tuple[str, int]]
    readyz: int | None
    health: dict[str, object]
    check: bool
    page: str
    page_after: str
    ready_seconds: float
    healthy_seconds: float


@pytest.fixture(scope="session")
def bare_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that was brought up from a clean checkout; it has no model at first."""
    require_engine()
    stack = Stack(tmp_path_factory.mktemp("checkout"))
    with warm_layers(stack.project):
        try:
            stack.build_and_up()
            wait_until(lambda: stack.answers("/livez") == 200, "the API to answer", _UP_SECONDS)
            yield stack
        finally:
            stack.remove()


@pytest.fixture(scope="session")
def beginning(bare_stack: Stack, portfolio_csv: Path) -> Beginning:
    """What was seen before the first training run on the host, and after it."""
    stack = bare_stack
    starts = stack.starts()
    readyz = stack.answers("/readyz")
    with stack.client() as client:
        health = client.health()
    check = stack.checks(API, "8000", "/readyz")
    with opened(stack.dashboard_url) as visitor:
        page = read_when(visitor, messages.LIGHTS["degraded"])
        config = config_for(portfolio_csv, stack.folder, "LogisticRegression")
        run(config, NOW, lambda _text: None)
        began = time.monotonic()
        stack.wait_ready()
        ready = time.monotonic() - began
        page_after = read_when(visitor, messages.LIGHTS["up"])
    wait_until(lambda: all(stack.health(one) == "healthy" for one in SERVICES), "health", 60)
    return Beginning(
        starts,
        readyz,
        {"status": health.status, "detail": health.detail, "loaded": health.model_loaded},
        check,
        page,
        page_after,
        ready,
        time.monotonic() - began,
    )


@pytest.fixture(scope="session")
def stack(bare_stack: Stack, beginning: Beginning) -> Stack:
    """The stack with a model."""
    return bare_stack


@pytest.fixture(scope="session")
def publisher(stack: Stack) -> Publisher:
    """Publishes more versions of that model on the host."""
    return Publisher(stack.models_dir, (published_bundle(stack.models_dir),))
