"""Where there is nothing to draw, the page says why and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlops_pipeline import messages
from mlops_pipeline.src.data.schema import example_loan
from tests.conftest import Trained
from tests.e2e.board import Board, dashboard
from tests.e2e.conftest import Look
from tests.servers import Server, free_port, serving, wait_until

TRAFFIC = messages.SOURCES["trafico"]


@contextmanager
def service(models_dir: Path, folder: Path, **settings: str) -> Iterator[Server]:
    """Serve, without keys, in a folder of its own."""
    folder.mkdir()
    with serving(models_dir, folder, **settings) as server:
        yield server


def useful(board: Board, said: str) -> None:
    """Check that the open tab says something and that every other one opens."""
    assert said.replace("`", "") in board.main.inner_text()
    for name in messages.TABS:
        board.tab(name)
    assert board.errors == []


def test_without_a_model(looking: Look, tmp_path: Path) -> None:
    empty = tmp_path / "models"
    empty.mkdir()
    with (
        service(empty, tmp_path / "api") as server,
        dashboard(empty, tmp_path, server.url) as served,
    ):
        board = looking(url=served.url).open()
        board.wait_for(messages.LIGHTS["degraded"])
        board.picture("estado-sin-modelo")
        useful(board, "run_pipeline.py")
        board.press(messages.USE_EXAMPLE).press(messages.PREDICT)
        board.wait_for(messages.ERROR_TITLES["overloaded"])
        board.picture("estado-sin-modelo-prediccion")


def test_without_a_service(board: Board) -> None:
    board.open(ventana=TRAFFIC).write(messages.API_ADDRESS, f"http://127.0.0.1:{free_port()}")
    board.wait_for(messages.LIGHTS["down"])
    board.picture("estado-sin-servicio")
    useful(board, messages.TRAFFIC_NEEDS_SERVICE)


def test_without_a_log(trained: Trained, board: Board, tmp_path: Path) -> None:
    with service(trained.models_dir, tmp_path / "api", PREDICTION_LOG="off") as server:
        board.open(ventana=TRAFFIC).write(messages.API_ADDRESS, server.url)
        board.wait_for("PREDICTION_LOG=off")
        board.picture("estado-sin-registro")
        useful(board, messages.TRAFFIC_NEEDS_LOG)


def test_an_empty_log_and_one_of_three_loans(
    trained: Trained, board: Board, tmp_path: Path
) -> None:
    with service(trained.models_dir, tmp_path / "api") as server:
        board.open(ventana=TRAFFIC).write(messages.API_ADDRESS, server.url)
        board.wait_for(messages.EMPTY_WINDOW)
        board.picture("estado-registro-vacio")
        useful(board, messages.EMPTY_WINDOW)
        board.tab(messages.TAB_OVERVIEW)
        loans = [{**example_loan(), "edad_cliente": age} for age in (30, 40, 50)]
        assert server.post("/predict/batch", json={"data": loans}).status_code == 200

        def counted() -> bool:
            counts = server.get("/monitoring/counts").json()
            return counts["counted_until"] is not None and counts["pending"] == 0

        wait_until(counted, "three loans counted", 30)
        board.wait_for("3 préstamos")  # nobody touches the page
        board.settled()
        board.picture("estado-tres-prestamos")
        useful(board, "3 préstamos")


@pytest.mark.parametrize(
    ("name", "content"), [("rota.csv", b"PK\x03\x04no es un csv"), ("rota.parquet", b"PAR1 no")]
)
def test_a_corrupt_upload(name: str, content: bytes, board: Board, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    board.open(ventana=messages.SOURCES["archivo"])
    board.page.locator("[data-testid=stSidebar] input[type=file]").set_input_files(path)
    board.wait_for(messages.FIX_FILE.split(",", maxsplit=1)[0])
    board.picture(f"estado-{name.replace('.', '-')}")
    useful(board, name)
    board.press(messages.MANY_LOANS)
    board.main.locator("input[type=file]").set_input_files(path)
    board.main.get_by_test_id("stAlert").filter(has_text=name).wait_for()
    board.picture(f"estado-{name.replace('.', '-')}-prediccion")
    assert board.errors == []
