"""The README's three pictures of the dashboard, of a published model: `docs/imagenes/*.png`.

python -m tools.readme_pictures [--models-dir models]
"""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from mlops_pipeline import messages
from tests.conftest import ROOT
from tests.e2e.board import DESK, Board, dashboard
from tests.e2e.conftest import FLAGS
from tests.servers import serving

FOLDER = ROOT / "docs" / "imagenes"
_COLOURS = 128


def keep(board: Board, name: str) -> None:
    """Write what is seen of the page, in few colours."""
    board.page.wait_for_timeout(1_000)  # charts draw themselves with a movement
    image = Image.open(io.BytesIO(board.page.screenshot()))
    FOLDER.mkdir(parents=True, exist_ok=True)
    image.convert("RGB").quantize(_COLOURS).save(FOLDER / f"{name}.png", optimize=True)


def main() -> None:
    """Draw the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models-dir", type=Path, default=Path("models"))
    models_dir = parser.parse_args().models_dir.resolve()
    with (
        tempfile.TemporaryDirectory() as name,
        serving(models_dir, Path(name)) as server,
        dashboard(models_dir, Path(name), server.url) as served,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(
            viewport={"width": DESK[0], "height": DESK[1]}, locale="es-CO", color_scheme="light"
        )
        board = Board(page, served.url, "light").open(ventana=messages.SOURCES["prueba"])
        keep(board, "general")
        board.tab(messages.TAB_TIME)
        keep(board, "temporal")
        board.tab(messages.TAB_PREDICTION).press(messages.USE_EXAMPLE)
        board.press(messages.PREDICT)
        board.wait_for(messages.PREDICTION_ID).scroll_into_view_if_needed()
        keep(board.settled(), "prediccion")
        browser.close()


if __name__ == "__main__":
    main()
