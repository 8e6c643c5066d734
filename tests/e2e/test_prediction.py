"""The sixth tab against the real service: the same numbers as without a dashboard."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from mlops_pipeline import messages
from mlops_pipeline.src.data.schema import example_loan
from tests.api.support import WITH_KEY
from tests.conftest import Trained
from tests.e2e.axe import grave_violations
from tests.e2e.board import Board
from tests.e2e.conftest import Look
from tests.servers import Server, free_port, serving
from tests.support import random_documents, write_csv

WAITED = messages.PREDICTION_ID


def predicted(board: Board) -> Board:
    """Predict what the form says."""
    board.page.get_by_role("button", name=messages.PREDICT, exact=True).dblclick()
    board.wait_for(WAITED)
    return board.settled()


def test_the_form_predicts_what_the_service_says_and_once(board: Board, api: Server) -> None:
    asked = {"params": {"return_probabilities": "true"}, "headers": WITH_KEY}
    alone = api.post("/predict", json=example_loan(), **asked).json()
    before = logged(api)
    predicted(board.open(tab=messages.TAB_PREDICTION).press(messages.USE_EXAMPLE))
    said = board.main.inner_text()
    probability = alone["probability_class_1"][0]
    assert messages.percent(probability, 2) in said
    assert alone["interpretation"][0].split(" ", 1)[1] in said
    assert logged(api) == before + 1  # the button was clicked twice
    assert grave_violations(board.page) == []
    board.picture("prediccion-resultado")
    found = board.page.get_by_test_id("stCode").first.inner_text().strip()
    board.press(messages.CLEAR_FORM)
    age = board.page.get_by_role("textbox", name="Edad (años)", exact=True)
    assert age.input_value() == ""
    board.press(messages.EARLIER_PREDICTION).write(messages.LOOK_UP_LABEL, found)
    board.press(messages.LOOK_UP).wait_for(messages.FILL_FORM)
    assert messages.percent(probability, 2) in board.main.inner_text()
    board.picture("prediccion-registro")
    board.press(messages.FILL_FORM)  # opens the form with what was logged
    assert age.input_value() == messages.number(float(example_loan()["edad_cliente"] or "nan"))
    predicted(board)
    assert messages.percent(probability, 2) in board.main.inner_text()
    assert logged(api) == before + 2


def logged(api: Server) -> int:
    """Count the logged predictions."""
    query = {"limit": 1_000}
    return len(api.get("/predictions", params=query, headers=WITH_KEY).json()["predictions"])


def test_what_is_wrong_is_marked_and_kept(board: Board) -> None:
    board.open(tab=messages.TAB_PREDICTION).press(messages.USE_EXAMPLE)
    board.page.get_by_role("textbox", name="Edad (años)", exact=True).fill("17")
    board.press(messages.PREDICT)
    board.wait_for("17 está fuera de lo posible")
    assert grave_violations(board.page) == []
    board.picture("prediccion-campos")
    marked = board.page.get_by_role("textbox", name="Edad (años)")
    assert marked.input_value() == "17"
    marked.fill("18")
    predicted(board)


def test_a_thousand_loans_are_scored_and_downloaded(
    board: Board, api: Server, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "mil.csv", random_documents(1_000, 11), [1] * 1_000)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[500] = "una,fila,rota"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    board.open(tab=messages.TAB_PREDICTION).press(messages.MANY_LOANS)
    board.page.locator("input[type=file]").last.set_input_files(path)
    board.wait_for("999 préstamos por enviar")
    board.press(messages.SCORE_LOANS)
    board.wait_for(messages.SUMMARY_MEDIAN)
    board.settled().picture("prediccion-lote")
    rows = downloaded(board, "mil_puntuado.csv")
    headers = {**WITH_KEY, "content-type": "text/csv"}
    alone = read(api.post("/predict/file", content=path.read_bytes(), headers=headers).text)
    names = ("linea", "prediction", "interpretation", "error")
    assert [[row[n] for n in names] for row in rows] == [[row[n] for n in names] for row in alone]
    for row, same in zip(rows, alone, strict=True):
        assert row["probability_class_1"] == same["probability_class_1"] == "" or float(
            row["probability_class_1"]
        ) == float(same["probability_class_1"])
    assert sum(bool(row["error"]) for row in rows) == 1


def downloaded(board: Board, name: str = "muchos_puntuado.csv") -> list[dict[str, str]]:
    """Download the file of results."""
    return read(board.download(messages.DOWNLOAD_RESULTS, name))


def read(text: str) -> list[dict[str, str]]:
    """Read rows of results."""
    return list(csv.DictReader(io.StringIO(text)))


def test_the_service_killed_in_the_middle_is_explained_and_recovers(
    trained: Trained, looking: Look, tmp_path: Path
) -> None:
    board, port = looking(), str(free_port())
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    with serving(trained.models_dir, folders[0], PORT=port) as server:
        board.open(tab=messages.TAB_PREDICTION).write(messages.API_ADDRESS, server.url)
        predicted(board.press(messages.USE_EXAMPLE))
        server.process.kill()
        server.process.wait()
        board.page.get_by_role("textbox", name="Edad (años)", exact=True).fill("43")
        board.press(messages.PREDICT)
        board.wait_for(messages.ERROR_TITLES["unreachable"])
        board.wait_for(messages.LIGHTS["down"])
        board.picture("prediccion-sin-servicio")
        assert board.page.get_by_role("textbox", name="Edad (años)").input_value() == "43"
    with serving(trained.models_dir, folders[1], PORT=port):
        board.wait_for(messages.LIGHTS["up"])
        predicted(board)
    assert board.errors == []


def test_a_batch_goes_on_where_the_service_was_killed(
    trained: Trained, looking: Look, tmp_path: Path
) -> None:
    """Pieces of ten loans: some are answered, the service dies, and another one gets the rest."""
    wanted, port = 600, str(free_port())
    path = write_csv(tmp_path / "muchos.csv", random_documents(wanted, 12), [1] * wanted)
    settings = {"PORT": port, "MAX_BATCH_LOANS": "10"}
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    board = looking()
    with serving(trained.models_dir, folders[0], **settings) as server:
        board.open(tab=messages.TAB_PREDICTION).write(messages.API_ADDRESS, server.url)
        board.press(messages.MANY_LOANS)
        board.page.locator("input[type=file]").last.set_input_files(path)
        board.wait_for(messages.loans_to_send(wanted, 0))
        board.page.get_by_role("button", name=messages.SCORE_LOANS, exact=True).click()
        board.page.get_by_text(re.compile(r"^[1-9][\d.]* de 600 préstamos$")).wait_for()
        server.process.kill()
        server.process.wait()
        board.wait_for(messages.ERROR_TITLES["unreachable"])
        board.settled().picture("prediccion-lote-interrumpido")
    rows = downloaded(board)
    answered = [row["prediction_id"] for row in rows if row["prediction"]]
    assert 0 < len(answered) < wanted
    assert {row["error"] for row in rows if not row["prediction"]} == {messages.NOT_SENT}
    assert messages.batch_stopped(len(answered), wanted) in board.main.inner_text()
    with serving(trained.models_dir, folders[1], **settings):
        board.press(messages.GO_ON).wait_for(messages.SUMMARY_MEDIAN)
        board.page.get_by_role("button", name=messages.SCORE_AGAIN).wait_for()
        after = downloaded(board)
    assert [row["prediction_id"] for row in after if row["prediction_id"] in answered] == answered
    assert len({row["prediction_id"] for row in after if row["prediction"]}) == wanted
    assert board.errors == []
