"""What each of the five monitoring tabs says, checked against the library's own answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mlops_pipeline import messages
from mlops_pipeline.dashboard.filters import Source
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.windows import period_days
from mlops_pipeline.watching import Watch, Watched
from tests.conftest import Trained
from tests.dashboard.pages import NOBODY, heading, metric, on_tab, opened, page, texts

MONITORING_TABS = messages.TABS[:5]


@pytest.fixture(scope="module")
def watched(trained: Trained) -> Watched:
    watch = Watch(ModelDeployment.load(trained.models_dir))
    return watch.watched(watch.first(), Span.MONTH)


def test_the_first_page_tells_the_level_and_its_cause(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched
) -> None:
    app = page(monkeypatch, trained.models_dir)
    report = watched.report
    assert heading(app) == messages.TAB_OVERVIEW
    assert report.level.value in texts(app).casefold()
    assert all(
        one.cause in texts(app) for one in report.drifting if one.counted_level is report.level
    )
    drifting = messages.out_of(len(report.drifting), len(report.variables))
    assert metric(app, messages.KPI_DRIFTING) == drifting
    assert metric(app, messages.KPI_LOANS) == messages.number(report.window.loans)
    assert len(app.get("plotly_chart")) == 4  # three gauges and the score


def test_a_category_has_no_ks_gauge(monkeypatch: pytest.MonkeyPatch, trained: Trained) -> None:
    app = page(monkeypatch, trained.models_dir)
    app.selectbox(key="gauge_variable").set_value("tipo_laboral")
    assert messages.NO_FIGURE in texts(opened(app))


def test_only_the_open_tab_is_drawn(monkeypatch: pytest.MonkeyPatch, trained: Trained) -> None:
    app = page(monkeypatch, trained.models_dir)
    for tab in MONITORING_TABS:
        assert heading(on_tab(app, tab)) == tab


def test_the_table_holds_every_variable_in_order_and_can_be_searched(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched
) -> None:
    app = page(monkeypatch, trained.models_dir, tab=messages.TAB_FEATURES)
    table = app.dataframe[0].value
    names = [one.name for one in watched.report.variables]
    assert table[messages.COLUMN_VARIABLE].tolist() == names
    assert table[messages.COLUMN_PSI].tolist() == pytest.approx(
        [one.psi for one in watched.report.variables]
    )
    app.text_input(key="features_search").set_value("SALARIO")
    found = opened(app).dataframe[0].value[messages.COLUMN_VARIABLE]
    assert 0 < len(found) < len(names)
    app.text_input(key="features_search").set_value("nada se llama así")
    assert messages.NOTHING_FOUND in texts(opened(app))


def test_variables_without_a_level_are_shown_on_demand(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched
) -> None:
    app = page(monkeypatch, trained.models_dir, tab=messages.TAB_FEATURES)
    app.toggle(key="features_shown").set_value(True)
    table = opened(app).dataframe[0].value
    assert len(table) == len(watched.report.variables) + len(watched.report.shown)


OPEN_ROW = """
import streamlit as st
from mlops_pipeline.dashboard.tabs.features import open_row

st.session_state["features_table"] = {"selection": {"rows": [1]}}
open_row(("edad_cliente", "plazo_meses"))
"""


def test_a_selected_row_opens_its_variable() -> None:
    app = opened(AppTest.from_string(OPEN_ROW, default_timeout=60))
    assert app.session_state["variable"] == "plazo_meses"
    assert app.session_state["tab"] == messages.TAB_DISTRIBUTIONS


@pytest.mark.parametrize("name", ["probabilidad", "salario_cliente", "tipo_laboral"])
def test_a_variable_is_shown_with_its_figures(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched, name: str
) -> None:
    app = page(monkeypatch, trained.models_dir, tab=messages.TAB_DISTRIBUTIONS, variable=name)
    variable = watched.report[name]
    assert app.selectbox(key="variable").value == name
    assert variable.cause in texts(app)
    assert metric(app, messages.COLUMN_PSI) == messages.table_figure(variable.psi)
    assert metric(app, messages.MISSING) == messages.percent(variable.missing)


def test_a_number_has_a_distribution_function_and_a_category_none(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    app = page(
        monkeypatch, trained.models_dir, tab=messages.TAB_DISTRIBUTIONS, variable="edad_cliente"
    )
    assert app.segmented_control(key="distribution_form").options == [
        messages.FORM_BINS,
        messages.FORM_ECDF,
    ]
    app.segmented_control(key="distribution_form").set_value(messages.FORM_ECDF)
    opened(app)
    app.selectbox(key="variable").set_value("tipo_laboral")
    assert opened(app).segmented_control(key="distribution_form").options == [messages.FORM_BINS]


def test_the_segments_of_a_window_add_up_to_it(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched
) -> None:
    app = page(monkeypatch, trained.models_dir, tab=messages.TAB_DISTRIBUTIONS)
    table = app.dataframe[-1].value
    loans = [int(text.replace(".", "")) for text in table[messages.KPI_LOANS]]
    assert sum(loans) == watched.report.window.loans
    app.segmented_control(key="split_by").set_value(messages.TIPO_CREDITO)
    assert messages.TIPO_CREDITO in opened(app).dataframe[-1].value.columns


def test_time_is_drawn_from_periods_with_loans(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched
) -> None:
    app = page(monkeypatch, trained.models_dir, tab=messages.TAB_TIME)
    window = watched.report.window
    assert messages.immature_share(window.loans, window.immature) in texts(app)
    assert len(app.get("plotly_chart")) == 5
    app.selectbox(key="time_measure").set_value(messages.MEDIAN)
    opened(app)


def test_charts_say_their_main_figures_to_who_cannot_see_them(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched
) -> None:
    """Each one names what it shows, and figures that are those of the report."""
    report, points = watched.report, watched.history.points
    said: dict[str, list[str]] = {}
    for tab in messages.TABS[:4]:
        app = page(monkeypatch, trained.models_dir, tab=tab, variable="edad_cliente")
        said[tab] = [one.proto.alt for one in app.get("plotly_chart")]
    assert [len(some) for some in said.values()] == [4, 1, 3, 5]
    score, term = report.score, report["edad_cliente"]
    overview, features, distributions, time = said.values()
    assert [one.split(".")[0] for one in overview[:3]] == [*messages.GAUGE_TITLES.values()]
    assert score.ks is not None
    assert messages.decimal(score.ks) in overview[1]
    threshold = ModelDeployment.load(trained.models_dir).rule.threshold
    assert f"Umbral: {messages.decimal(threshold)}." in overview[3]
    worst = max(report.drifting, key=lambda one: one.psi_excess or 0.0)
    assert f"{worst.name}, PSI {messages.decimal(worst.psi_excess or 0.0)}" in features[0]
    changed = max(term.bins, key=lambda one: abs(one.window - one.reference))
    assert f"«{changed.label}»: de {messages.percent(changed.reference)} a" in distributions[0]
    assert f"PSI {messages.decimal(term.psi or 0.0)};" in distributions[1]
    assert all(f"{name}, " in distributions[2] for name in ("Empleado", "Independiente"))
    names = [messages.period_name(one.period) for one in points]
    history, heat, volume, median, late = time
    for course in (history, volume, median):
        assert f"{len(points)} períodos, de {names[0]} (" in course
    loans = [one.window.loans for one in points]
    assert f"el mayor, {names[loans.index(max(loans))]} ({messages.number(max(loans))})" in volume
    assert f"{messages.number(sum(loans))} préstamos" in volume
    assert f"{len(report.variables)} variables; celdas: " in heat
    known = [one for one in points if one.window.late_rate is not None]
    assert f"({messages.percent(known[0].window.late_rate or 0.0)}) a " in late


def test_the_plan_is_the_librarys_own(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched
) -> None:
    app = page(monkeypatch, trained.models_dir, tab=messages.TAB_PLAN)
    assert [one.value for one in app.subheader if one.value[0].isdigit()] == [
        f"{position}. {action.what}" for position, action in enumerate(watched.plan, start=1)
    ]
    # None that shows drift: without a service nobody knows what that would show.
    others = [one.command for one in watched.plan if one.command and " drift " not in one.command]
    assert [one.value for one in app.code] == others


def test_the_plan_opens_a_variable(monkeypatch: pytest.MonkeyPatch, trained: Trained) -> None:
    app = page(monkeypatch, trained.models_dir, tab=messages.TAB_PLAN)
    link = next(one for one in app.button if (one.key or "").startswith("open-"))
    link.click()
    opened(app)
    assert heading(app) == messages.TAB_DISTRIBUTIONS
    assert app.selectbox(key="variable").value == link.label


@pytest.mark.parametrize("tab", MONITORING_TABS)
def test_a_segment_and_a_period_narrow_every_tab(
    monkeypatch: pytest.MonkeyPatch, trained: Trained, watched: Watched, tab: str
) -> None:
    whole = watched.window
    first = whole.parts[0].period
    day = period_days(first)[0].replace(day=15)
    asked = {"tipo_laboral": "Empleado", "desde": f"{day}", "hasta": f"{day}"}
    app = page(monkeypatch, trained.models_dir, tab=tab, **asked)
    loans = whole.between(day, day).segment("Empleado", None).loans
    assert 0 < loans < whole.segment("Empleado", None).loans
    assert f"{messages.number(loans)} préstamos" in texts(app)
    assert "tipo laboral Empleado" in texts(app)
    assert messages.whole_periods(first, first) in texts(app)  # not the single day


def test_a_period_without_loans_is_explained(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    app = page(monkeypatch, trained.models_dir, desde="2001-01-01", hasta="2001-02-01")
    assert messages.EMPTY_WINDOW in texts(app)


def test_a_period_that_ends_before_it_begins_is_explained(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    app = page(monkeypatch, trained.models_dir, desde="2026-02-01", hasta="2026-01-01")
    assert messages.PERIOD_BACKWARDS in texts(app)


def test_wrong_values_of_the_address_are_named_and_ignored(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    app = page(monkeypatch, trained.models_dir, ventana="luna", tipo_laboral="Rey", utm="x")
    (said,) = [one.value for one in app.warning]
    assert "luna" in said
    assert "Rey" in said
    assert "utm" not in said
    assert app.selectbox(key="ventana").value is Source.AUTO
    assert said in [one.value for one in opened(app).warning]
    app.button(key="ignored_understood").click()
    assert not opened(app).warning


def test_filters_are_read_from_the_address_but_never_where_the_service_is(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    asked = {
        "tipo_laboral": "Empleado",
        "ventana": messages.SOURCES["prueba"],
        "desde": "2025-01-31",
    }
    stranger = "http://127.0.0.1:10"
    app = page(monkeypatch, trained.models_dir, api_address=stranger, api_key="otra", **asked)
    assert app.selectbox(key="tipo_laboral").value == "Empleado"
    assert app.selectbox(key="ventana").value is Source.OUT_OF_TIME
    assert app.date_input(key="desde").value == date(2025, 1, 31)
    assert app.text_input(key="api_address").value == NOBODY


def test_no_model_is_explained_on_every_tab(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for tab in MONITORING_TABS:
        app = page(monkeypatch, tmp_path, tab=tab)
        assert messages.TRAIN_FIRST in texts(app)


def test_a_corrupt_model_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "v20260101_000000").mkdir()
    (tmp_path / "latest").symlink_to("v20260101_000000")
    assert messages.TRAIN_FIRST in texts(page(monkeypatch, tmp_path))


def test_traffic_without_a_service_is_explained(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    app = page(monkeypatch, trained.models_dir, ventana=messages.SOURCES["trafico"])
    assert messages.TRAFFIC_NEEDS_SERVICE in texts(app)


def test_an_address_that_is_none_is_explained(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    app = page(monkeypatch, trained.models_dir)
    app.text_input(key="api_address").set_value("ftp://otro")
    assert messages.LIGHTS["wrong_address"] in texts(opened(app))


def test_a_setting_that_is_not_allowed_is_named_on_the_page(
    monkeypatch: pytest.MonkeyPatch, trained: Trained
) -> None:
    app = page(monkeypatch, trained.models_dir, "localhost:8000")
    (said,) = [one.value for one in app.error]
    assert "API_URL" in said
    assert "localhost:8000" in said
    assert not app.tabs
