"""The dashboard as a real process, and its page in a real browser."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx
from playwright.sync_api import ConsoleMessage, Locator, Page
from playwright.sync_api import Error as PlaywrightError

from mlops_pipeline import messages
from tests.conftest import ROOT
from tests.servers import START_SECONDS, STOP_SECONDS, free_port, wait_until

# Where each run leaves what the pages looked like; git does not keep it.
PICTURES = ROOT / "capturas"
DESK, TABLET = (1440, 900), (820, 1180)
PATIENCE = 90_000  # milliseconds; what is good takes one or two seconds
_NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
_TALLEST = 3_200  # pixels of a picture

_QUIET = """
() => {
  const app = document.querySelector('[data-testid="stApp"]');
  return app !== null
    && app.getAttribute('data-test-script-state') === 'notRunning'
    && document.querySelector('[data-testid="stMainBlockContainer"] [data-stale="true"]') === null
    && document.querySelector('[data-testid="stSkeleton"], [data-testid="stSpinner"]') === null;
}
"""


# Labels that end in dots, and titles that reach beyond their chart.
_CUT = """
() => {
  const main = document.querySelector('[data-testid="stMainBlockContainer"]');
  const labels = [...main.querySelectorAll('label *')].filter(
    one => one.scrollWidth > one.clientWidth + 1
      && getComputedStyle(one).textOverflow === 'ellipsis');
  const titles = [...main.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
    const box = plot.getBoundingClientRect();
    return [...plot.querySelectorAll('.xtitle, .ytitle, .gtitle')].filter(title => {
      const one = title.getBoundingClientRect();
      return one.left < box.left - 1 || one.right > box.right + 1
        || one.top < box.top - 6 || one.bottom > box.bottom + 6;  // a text's box is taller
    });
  });
  return [...labels, ...titles].map(one => one.textContent);
}
"""


@dataclass(frozen=True)
class Served:
    """A running dashboard."""

    url: str
    pid: int


@contextmanager
def dashboard(
    models_dir: Path, folder: Path, api_url: str, api_key: str | None = None
) -> Iterator[Served]:
    """Serve the dashboard on a free port of 127.0.0.1."""
    port = free_port()
    environment = {
        **os.environ,
        "MODELS_DIR": str(models_dir),
        "API_URL": api_url,
        "HOME": str(folder),
        **({} if api_key is None else {"API_KEY": api_key}),
    }
    command = [
        sys.executable, "-m", "streamlit", "run", "app_streamlit.py",
        "--server.port", str(port), "--server.fileWatcherType", "none",
    ]  # fmt: skip
    with (folder / "dashboard").open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{url}/_stcore/health", trust_env=False).status_code == 200
        return False

    try:
        wait_until(lambda: answers() or process.poll() is not None, "the dashboard", START_SECONDS)
        assert process.poll() is None, (folder / "dashboard").read_text()
        yield Served(url, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Board:
    """A page of the dashboard; `errors` are those of its console and of its scripts."""

    page: Page
    url: str
    look: str
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, **query: str) -> Board:
        """Open the page, as somebody would who was sent its address."""
        try:
            self.page.goto(f"{self.url}/?{urlencode(query)}")
            self._first_tab.wait_for(timeout=PATIENCE / 3)
        except PlaywrightError as error:
            # Chromium drops what it is loading when the machine's networks change, as they do when
            # a container starts beside the tests; a person would load the page again. Nothing
            # else that keeps a page from being drawn is forgiven.
            said = [*self.errors, str(error)]
            if not any(_NETWORK_CHANGED in one for one in said):
                raise AssertionError(said) from error
            self.errors[:] = [one for one in self.errors if _NETWORK_CHANGED not in one]
            self.page.reload()
            self._first_tab.wait_for()
        return self.settled()

    @property
    def _first_tab(self) -> Locator:
        return self.page.get_by_role("tab", name=messages.TAB_OVERVIEW)

    def settled(self) -> Board:
        """Wait until all that was asked for is drawn; there must be no exception."""
        self.page.wait_for_timeout(150)  # a click takes a moment to become a run
        self.page.wait_for_function(_QUIET)
        assert self.page.get_by_test_id("stException").all_inner_texts() == []
        return self

    def tab(self, name: str) -> Board:
        """Open a tab."""
        self.page.get_by_role("tab", name=name, exact=True).click()
        self.page.get_by_role("heading", name=name, exact=True).wait_for()
        return self.settled()

    def cut(self) -> list[str]:
        """Give the labels and the titles of charts that cannot be read whole."""
        return [str(one) for one in self.page.evaluate(_CUT)]

    def press(self, name: str) -> Board:
        """Press a button, of the page or of a row of choices."""
        self.page.get_by_role("button", name=name, exact=True).or_(
            self.page.get_by_role("radio", name=name, exact=True)
        ).first.click()
        return self.settled()

    def write(self, label: str, text: str) -> Board:
        """Write into a field and leave it."""
        box = self.page.get_by_role("textbox", name=label, exact=True)
        box.fill(text)
        box.press("Enter")
        box.blur()
        return self.settled()

    def choose(self, label: str, option: str) -> Board:
        """Choose from a list."""
        self.page.get_by_role("combobox", name=label).click()
        self.page.get_by_role("option", name=option, exact=True).click()
        return self.settled()

    def download(self, button: str, name: str) -> str:
        """Press a button that gives a text file of this name."""
        with self.page.expect_download() as coming:
            self.page.get_by_role("button", name=button).click()
        assert coming.value.suggested_filename == name
        return Path(coming.value.path()).read_text(encoding="utf-8-sig")

    def wait_for(self, text: str) -> Locator:
        """Wait until a text is there."""
        found = self.page.get_by_text(text).first
        found.wait_for()
        return found

    @property
    def main(self) -> Locator:
        """What is drawn beside the sidebar."""
        return self.page.get_by_test_id("stMainBlockContainer")

    def picture(self, name: str) -> None:
        """Keep what the page looks like, in its whole height."""
        assert self.page.viewport_size is not None
        size = self.page.viewport_size
        height = self.main.evaluate("element => element.scrollHeight")
        tall = {"width": size["width"], "height": max(size["height"], min(_TALLEST, height))}
        self.page.set_viewport_size(tall)  # type: ignore[arg-type]
        self.settled()
        self.page.wait_for_timeout(300)  # charts follow a new width with a movement
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.look}.png")
        self.page.set_viewport_size(size)
