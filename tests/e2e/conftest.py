"""A browser, the service with keys and log, and the dashboard in front of it: once for all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.api.support import DIGEST, KEY, WITH_KEY
from tests.conftest import Trained
from tests.e2e.board import DESK, TABLET, Board, dashboard
from tests.postgres import cannot_run
from tests.servers import Server, serving

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Look = Callable[..., Board]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder, before their modules are put in order."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without it these tests cannot run.

    Its driver keeps an event loop running in this thread, where no test of another folder could
    then begin one: it ends with this folder's last test.
    """
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if found is None:
        cannot_run("chromium is not installed (apt-get install chromium)")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def api(
    trained: Trained, tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Server]:
    """The service with a key and the durable log."""
    folder = tmp_path_factory.mktemp("api")
    with serving(trained.models_dir, folder, API_KEYS=DIGEST) as server:
        # The first question about drift starts a process; a page waits only some seconds for it.
        assert server.get("/monitoring/counts", headers=WITH_KEY).status_code == 200
        yield server


@pytest.fixture(scope="package")
def board_url(
    trained: Trained, tmp_path_factory: pytest.TempPathFactory, api: Server
) -> Iterator[str]:
    """The dashboard in front of that service."""
    folder = tmp_path_factory.mktemp("dashboard")
    with dashboard(trained.models_dir, folder, api.url, KEY) as served:
        yield served.url


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser: what was fetched for one page is there for the next."""
    with browser.new_context(locale="es-CO", timezone_id="America/Bogota") as found:
        yield found


@pytest.fixture
def looking(context: BrowserContext, board_url: str) -> Iterator[Look]:
    """Give pages, light or dark, on a desk or on a tablet; of the dashboard unless told."""
    with ExitStack() as stack:

        def look(scheme: str = "light", *, tablet: bool = False, url: str = board_url) -> Board:
            width, height = TABLET if tablet else DESK
            page = context.new_page()
            stack.callback(page.close)
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            return Board(page, url, "tablet" if tablet else scheme)

        yield look


@pytest.fixture
def board(looking: Look) -> Iterator[Board]:
    """A page on a desk, in light colours, whose console must stay without errors."""
    found = looking()
    yield found
    assert found.errors == []
