"""All six tabs open, in every look, without an exception, a console error or a grave barrier."""

from __future__ import annotations

import pytest

from mlops_pipeline import messages
from mlops_pipeline.dashboard.app import MODULES
from tests.e2e.axe import grave_violations
from tests.e2e.board import Board
from tests.e2e.conftest import Look

TABS = tuple(zip(messages.TABS, MODULES, strict=True))


@pytest.mark.parametrize(("scheme", "tablet"), [("light", False), ("dark", False), ("light", True)])
def test_every_tab_opens(scheme: str, tablet: bool, looking: Look) -> None:
    board = looking(scheme, tablet=tablet).open()
    for number, (name, module) in enumerate(TABS, start=1):
        board.tab(name)
        assert len(board.main.inner_text().splitlines()) > len(TABS) + 2, name
        board.picture(f"{number}-{module}")
    assert board.errors == []


def test_no_tab_has_a_grave_barrier(board: Board) -> None:
    board.open()
    found = {}
    for name, _ in TABS:
        board.tab(name)
        found[name] = grave_violations(board.page)
    for way in (messages.MANY_LOANS, messages.EARLIER_PREDICTION):
        board.press(way)
        found[way] = grave_violations(board.page)
    assert {name: some for name, some in found.items() if some} == {}


def test_filters_survive_a_reload_and_travel_in_the_address(board: Board, looking: Look) -> None:
    board.open().choose(messages.TIPO_LABORAL, "Empleado").tab(messages.TAB_FEATURES)
    board.choose(messages.SOURCE, messages.SOURCES["prueba"])
    assert "api" not in board.page.url.partition("?")[2].lower().replace("predicci%c3%b3n+api", "")
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
