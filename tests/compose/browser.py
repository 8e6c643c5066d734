"""A person's browser in front of the stack's dashboard."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.e2e.conftest import FLAGS
from tests.postgres import cannot_run

_PATIENCE = 60_000  # milliseconds


@contextmanager
def opened(url: str) -> Iterator[Page]:
    """Open a page; skips (or fails, see `cannot_run`) where there is no browser to do it with."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        cannot_run("chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="es-CO")
            page.set_default_timeout(_PATIENCE)
            page.goto(url)
            yield page
        finally:
            browser.close()


def read_when(page: Page, text: str | re.Pattern[str]) -> str:
    """Wait until a page shows a text of its own; give all that it shows then."""
    page.get_by_text(text, exact=True).first.wait_for()
    return page.inner_text("body")


def expect_value(field: Locator, value: str) -> None:
    """Wait until an input has a value."""
    expect(field).to_have_value(value, timeout=_PATIENCE)
