"""Debian's Chromium, as a person's browser in front of the dashboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.postgres import cannot_run

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
_PATIENCE = 60_000  # milliseconds


@contextmanager
def opened(url: str) -> Iterator[Page]:
    """Open a page; skips (or fails, see `cannot_run`) where there is no browser to do it with."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it may be missing
    except ImportError:
        cannot_run("playwright is not installed (requirements-dev.txt)")
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        cannot_run("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="es-CO")
            page.set_default_timeout(_PATIENCE)
            page.goto(url)
            yield page
        finally:
            browser.close()


def read_when(page: Page, text: str) -> str:
    """Wait until a page shows a text; give all that it shows then."""
    page.get_by_text(text, exact=True).first.wait_for()
    return page.inner_text("body")


def expect_value(field: Locator, value: str) -> None:
    """Wait until an input has a value."""
    from playwright.sync_api import expect  # noqa: PLC0415 - it may be missing

    expect(field).to_have_value(value, timeout=_PATIENCE)
