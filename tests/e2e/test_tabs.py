"""All six tabs open, in every look, without an exception, a console error or a grave barrier."""

from __future__ import annotations

import csv
import io
from urllib.parse import parse_qs, urlsplit

import pytest

from mlops_pipeline import messages
from mlops_pipeline.dashboard.app import MODULES
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.watching import Watch
from tests.conftest import Trained
from tests.e2e.axe import grave_violations
from tests.e2e.board import Board
from tests.e2e.conftest import Look
from tests.servers import Server

TABS = tuple(zip(messages.TABS, MODULES, strict=True))


@pytest.mark.parametrize(("scheme", "tablet"), [("light", False), ("dark", False), ("light", True)])
def test_every_tab_opens(scheme: str, tablet: bool, looking: Look) -> None:
    board = looking(scheme, tablet=tablet).open()
    barriers, cut = {}, {}
    for number, (name, module) in enumerate(TABS, start=1):
        board.tab(name)
        assert len(board.main.inner_text().splitlines()) > len(TABS) + 2, name
        board.picture(f"{number}-{module}")
        cut[name] = board.cut()
        barriers[name] = grave_violations(board.page)
    for way in (messages.MANY_LOANS, messages.EARLIER_PREDICTION):
        barriers[way] = grave_violations(board.press(way).page)
    assert {name: some for name, some in barriers.items() if some} == {}
    assert {name: some for name, some in cut.items() if some} == {}
    assert board.errors == []


def test_filters_survive_a_reload_and_travel_in_the_address(
    board: Board, looking: Look, api: Server
) -> None:
    board.open().choose(messages.TIPO_LABORAL, "Empleado").tab(messages.TAB_FEATURES)
    board.choose(messages.SOURCE, messages.SOURCES["prueba"])
    board.write(messages.API_ADDRESS, f"http://localhost:{api.port}")
    asked = parse_qs(urlsplit(board.page.url).query)
    assert asked == {
        "tab": [messages.TAB_FEATURES],
        "ventana": [messages.SOURCES["prueba"]],
        "tipo_laboral": ["Empleado"],
    }  # neither the service's address nor its key
    board.page.reload()
    for other in (board, looking()):
        if other is not board:
            other.page.goto(board.page.url)
        other.page.get_by_role("heading", name=messages.TAB_FEATURES, exact=True).wait_for()
        other.settled()
        for label, value in (
            (messages.TIPO_LABORAL, "Empleado"),
            (messages.SOURCE, messages.SOURCES["prueba"]),
        ):
            assert other.page.get_by_role("combobox", name=label).input_value() == value


def test_the_table_and_the_plan_are_downloaded_and_a_row_opens_its_variable(
    trained: Trained, board: Board
) -> None:
    deployment = ModelDeployment.load(trained.models_dir)
    watch, version = Watch(deployment), deployment.metadata.version
    watched = watch.watched(watch.first(), Span.MONTH)
    board.open(ventana=messages.SOURCES["prueba"], tab=messages.TAB_PLAN)
    plan = board.download(messages.DOWNLOAD_PLAN, messages.plan_file(version))
    assert all(action.what in plan for action in watched.plan)
    board.tab(messages.TAB_FEATURES)
    table = board.download(messages.DOWNLOAD_CSV, messages.features_file(version))
    rows = csv.DictReader(io.StringIO(table), delimiter=";")
    names = [row[messages.COLUMN_VARIABLE] for row in rows]
    assert names == [one.name for one in watched.report.variables]
    # The table is one canvas: the second row's box is below the header and the first row.
    board.main.get_by_test_id("stDataFrameResizable").click(position={"x": 17, "y": 35 + 35 + 17})
    board.page.get_by_role("heading", name=messages.TAB_DISTRIBUTIONS, exact=True).wait_for()
    board.settled()
    opened = board.main.get_by_role("combobox", name=messages.VARIABLE, exact=True)
    assert opened.input_value() == names[1]
