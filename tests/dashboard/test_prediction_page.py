"""The tab as a person uses it, without a browser: `AppTest` in front of a service of our own."""

from __future__ import annotations

import tempfile
from typing import Any

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from mlops_pipeline import messages
from mlops_pipeline.dashboard.prediction import asking, many_loans, parts, sources
from mlops_pipeline.dashboard.prediction.form import field_key
from mlops_pipeline.dashboard.prediction.loans_table import first_table
from mlops_pipeline.src.data.schema import COLUMNS, example_loan
from tests.dashboard.stub_service import MODEL_INFO, VERSION, StubService, predictions, refusal
from tests.support import document, write_csv
from tests.test_client import LOGGED

SCRIPT = """
import streamlit as st
from mlops_pipeline.dashboard.tabs.prediccion import render

render(st.session_state["view"])
"""


def opened(service: StubService, way: str = messages.ONE_LOAN) -> AppTest:
    """Open the tab."""
    app = AppTest.from_string(SCRIPT, default_timeout=30)
    app.session_state["view"] = service
    app.run()
    assert not app.exception
    if way != messages.ONE_LOAN:
        app.segmented_control(key="prediccion_modo").set_value(way).run()
    return app


def press(app: AppTest, key: str) -> AppTest:
    """Click a button."""
    app.button(key=key).click().run()
    assert not app.exception
    return app


def predicted(app: AppTest) -> AppTest:
    """Use the example loan and ask for its prediction."""
    return press(press(app, "pred_ejemplo"), "pred_predecir")


def shown(app: AppTest) -> str:
    """Give all texts of the page."""
    lists = (app.markdown, app.caption, app.error, app.warning, app.success, app.info, app.code)
    return "\n".join(str(one.value) for elements in lists for one in elements)


def decided(app: AppTest) -> str:
    """Give the decision in words; Streamlit takes a text's first emoji for an icon."""
    assert len(app.success) + len(app.warning) == 1
    box = app.success[0] if app.success else app.warning[0]
    return f"{box.icon} {box.value}"


# --- one loan --------------------------------------------------------------------------------


def test_the_form_has_every_field_and_the_example_is_one_click_away() -> None:
    app = press(opened(StubService()), "pred_ejemplo")
    texts = {one.key: one.value for one in [*app.text_input, *app.selectbox]}
    assert texts.keys() == {field_key(column.name) for column in COLUMNS}
    assert texts[field_key("capital_prestado")] == "3.000.000"
    press(app, "pred_vaciar")
    assert not any(one.value for one in [*app.text_input, *app.selectbox])


def test_a_prediction_is_shown_with_all_that_the_service_said() -> None:
    doubt = {"index": 0, "field": "edad_cliente", "finding": "x", "message": "es dudosa"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/model/info":
            return httpx.Response(200, json=MODEL_INFO)
        return predictions([0.62], [doubt])

    service = StubService(handler=answer)
    app = predicted(opened(service))
    assert service.posted == [example_loan()]
    said = shown(app)
    assert decided(app) == messages.LATE_PAYMENT_EXPECTED
    assert "**62,00 %**. Umbral de decisión: 90,00 %; está 28,00 puntos por debajo" in said
    assert "**Edad (años)**: es dudosa." in said
    for fact in ("id-0", VERSION, "solicitud-1", "28/11/2026 10:00:00 (hora de Colombia)"):
        assert fact in said
    assert "--data-raw" in said
    assert messages.KEY_PLACEHOLDER in said
    assert "la-clave-de-verdad" not in said
    assert len(app.get("plotly_chart")) == 1


def test_a_threshold_that_the_service_does_not_say_is_not_asked_for_at_each_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = StubService()
    service.handler = lambda r: (
        refusal(503, "no") if r.url.path == "/model/info" else predictions([0.95], [])
    )
    app = predicted(opened(service))
    assert messages.NO_THRESHOLD in shown(app)
    service.handler = None
    app.run()
    assert messages.NO_THRESHOLD in shown(app)
    assert len(service.asked) == 2
    monkeypatch.setattr(parts, "ASK_AGAIN_SECONDS", 0.0)
    app.run()
    assert "Umbral de decisión: 90,00 %" in shown(app)
    app.run()
    assert len(service.asked) == 3


def test_clicks_in_a_row_predict_once(monkeypatch: pytest.MonkeyPatch) -> None:
    service = StubService()
    app = predicted(opened(service))
    press(app, "pred_predecir")
    assert len(service.posted) == 1
    monkeypatch.setattr(asking, "DOUBLE_CLICK_SECONDS", 0.0)
    press(app, "pred_predecir")
    assert len(service.posted) == 2


def test_what_is_wrong_is_marked_and_nothing_is_sent_or_lost() -> None:
    service = StubService()
    app = press(opened(service), "pred_ejemplo")
    app.text_input(key=field_key("edad_cliente")).set_value("17")
    app.text_input(key=field_key("cuota_pactada")).set_value("poco")
    press(app, "pred_predecir")
    assert service.posted == []
    assert [one.value for one in app.error] == [messages.fields_to_mend(["Edad", "Cuota mensual"])]
    marked = [one.key for one in app.text_input if ":red" in one.label]
    assert set(marked) == {field_key("cuota_pactada"), field_key("edad_cliente")}
    assert "17 está fuera de lo posible [18; 130]" in shown(app)
    assert app.text_input(key=field_key("cuota_pactada")).value == "poco"
    app.text_input(key=field_key("edad_cliente")).set_value("18")
    app.text_input(key=field_key("cuota_pactada")).set_value("290.000")
    press(app, "pred_predecir")
    assert len(service.posted) == 1
    assert not app.error
    assert not any(":red" in one.label for one in app.text_input)


@pytest.mark.parametrize("button", ["pred_ejemplo", "pred_vaciar"])
def test_another_loan_in_the_form_takes_what_was_said_of_the_one_before_away(button: str) -> None:
    app = predicted(opened(StubService()))
    assert app.success
    press(app, button)
    assert not app.success
    assert messages.PREDICTION_ID not in shown(app)
    app.text_input(key=field_key("edad_cliente")).set_value("17")
    press(app, "pred_predecir")
    assert app.error
    press(app, button)
    assert not app.error
    assert not any(":red" in one.label for one in app.text_input)


def test_fields_that_the_service_refuses_are_marked_beside_their_labels() -> None:
    detail = [{"type": "x", "loc": ["body", "edad_cliente"], "msg": "no se admite hoy"}]
    app = predicted(opened(StubService([refusal(422, detail)])))
    assert [one.key for one in app.text_input if ":red" in one.label] == [field_key("edad_cliente")]
    assert "No se admite hoy." in shown(app)
    assert messages.ERROR_TITLES["invalid"] in app.error[0].value


@pytest.mark.parametrize(
    ("failure", "kind", "said"),
    [
        (httpx.ConnectError, "unreachable", "API"),
        (httpx.ReadTimeout, "timeout", "dos veces"),
        (refusal(401, "Falta."), "unauthorized", "API_KEY"),
        (refusal(413, "65536"), "too_large", "65536"),
        (refusal(503, "Sin modelo.", Retry_After="5"), "overloaded", "Reintente en 5 s"),
        (refusal(500, "ay"), "other", "HTTP 500"),
    ],
)
def test_trouble_is_explained_the_form_is_kept_and_it_works_again(
    failure: httpx.Response | type[httpx.RequestError],
    kind: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service = StubService([failure])
    app = predicted(opened(service))
    (error,) = app.error
    assert messages.ERROR_TITLES[kind] in error.value
    assert messages.KEPT in error.value
    assert said in error.value
    assert service.asked[0].headers["X-Request-ID"] in shown(app)
    assert app.text_input(key=field_key("capital_prestado")).value == "3.000.000"
    service.fails = []
    monkeypatch.setattr(asking, "WAITING_CLICK_SECONDS", 0.0)
    press(app, "pred_predecir")
    assert not app.error
    assert decided(app) == messages.PAYS_ON_TIME


def test_an_address_that_is_none_is_explained() -> None:
    app = predicted(opened(StubService(api_address="servicio:8000")))
    assert messages.ERROR_TITLES["address"] in app.error[0].value


def test_the_form_outlives_a_visit_elsewhere() -> None:
    app = press(opened(StubService()), "pred_ejemplo")
    app.segmented_control(key="prediccion_modo").set_value(messages.MANY_LOANS).run()
    app.segmented_control(key="prediccion_modo").set_value(messages.ONE_LOAN).run()
    assert app.text_input(key=field_key("capital_prestado")).value == "3.000.000"
    assert app.selectbox(key=field_key("tipo_laboral")).value == "Empleado"


# --- many loans ------------------------------------------------------------------------------


def upload(app: AppTest, content: bytes, name: str = "cartera.csv") -> AppTest:
    """Upload a file."""
    app.file_uploader(key="prediccion_archivo").set_value((name, content, "text/csv")).run()
    assert not app.exception
    return app


@pytest.fixture
def three_rows(tmp_path: Any) -> bytes:
    """Two loans and a row that is none."""
    loans = [document(edad_cliente=age) for age in (95, 17, 25)]
    return write_csv(tmp_path / "a.csv", loans, [1] * 3).read_bytes()


def metrics(app: AppTest) -> dict[str, str]:
    """Give the page's figures."""
    return {one.label: str(one.value) for one in app.metric}


def risk_share(app: AppTest) -> str:
    """Give the share that stands under the loans at risk."""
    return next(str(one.delta) for one in app.metric if one.label == messages.SUMMARY_RISK)


def no_upload(app: AppTest) -> AppTest:
    """Take the upload away, as a change of tab does."""
    app.file_uploader(key="prediccion_archivo").set_value(None).run()
    assert not app.exception
    return app


def from_where(app: AppTest, origin: str) -> AppTest:
    """Choose a file or the table."""
    app.segmented_control(key="prediccion_origen").set_value(origin).run()
    assert not app.exception
    return app


def test_a_file_is_scored_and_summed_up(three_rows: bytes) -> None:
    service = StubService()
    app = upload(opened(service, messages.MANY_LOANS), three_rows)
    assert messages.loans_to_send(2, 1) in shown(app)
    press(app, "pred_puntuar")
    assert metrics(app) == {
        messages.SUMMARY_ROWS: "3",
        messages.SUMMARY_PREDICTED: "2",
        messages.SUMMARY_RISK: "1",
        messages.SUMMARY_REFUSED: "1",
        messages.SUMMARY_MEDIAN: "60,0 %",
    }
    assert risk_share(app) == "50,0 %"
    assert len(app.get("plotly_chart")) == 1
    assert app.dataframe[0].value["Línea"].tolist() == ["3"]
    assert [one.key for one in app.button] == ["pred_otra"]  # no button is left to click twice
    press(app, "pred_otra")
    assert len(service.posted) == 1
    assert messages.earlier_results("cartera.csv") in shown(app)
    assert metrics(app)[messages.SUMMARY_PREDICTED] == "2"
    press(app, "pred_puntuar")
    assert len(service.posted) == 2
    assert messages.earlier_results("cartera.csv") not in shown(app)


def test_a_batch_that_stops_goes_on_where_it_stopped(three_rows: bytes) -> None:
    service = StubService([httpx.ConnectError])
    app = press(upload(opened(service, messages.MANY_LOANS), three_rows), "pred_puntuar")
    assert messages.ERROR_TITLES["unreachable"] in app.error[0].value
    assert messages.batch_stopped(0, 2) in app.error[0].value
    service.fails = []
    press(app, "pred_puntuar")
    assert not app.error
    assert metrics(app)[messages.SUMMARY_PREDICTED] == "2"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "vacío"), (b"\x00\x01", "binario"), (b"a,b\n1,2\n", "faltan columnas")],
)
def test_a_file_that_is_none_is_explained_and_the_next_one_works(
    content: bytes, said: str, three_rows: bytes
) -> None:
    app = upload(opened(StubService(), messages.MANY_LOANS), content)
    assert said in app.error[0].value
    assert "cartera.csv" in app.error[0].value
    assert tempfile.gettempdir() not in shown(app)
    upload(app, three_rows)
    assert not app.error


def test_a_file_with_a_header_alone_says_so(three_rows: bytes) -> None:
    app = upload(opened(StubService(), messages.MANY_LOANS), three_rows.splitlines()[0] + b"\n")
    assert [one.value for one in app.error] == [messages.NO_ROWS]


def test_a_file_of_which_no_row_can_be_sent_gives_the_reasons(three_rows: bytes) -> None:
    head, _, bad, _ = three_rows.splitlines()
    app = upload(opened(StubService(), messages.MANY_LOANS), head + b"\n" + bad + b"\n")
    assert [one.value for one in app.warning] == [messages.ALL_ROWS_REFUSED]
    assert "17 está fuera" in app.dataframe[0].value["Motivo"].tolist()[0]
    assert not app.button


def test_a_large_file_goes_to_the_service_whole(
    three_rows: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_ROWS", 2)
    body = (
        "linea,prediction,probability_class_1,interpretation,prediction_id,model_version,warnings,"
        f"error\r\n2,1,0.95,paga,id,{VERSION},,\r\n3,,,,,,,no\r\n4,0,0.3,mora,id,{VERSION},,\r\n"
    )

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/model/info":
            return httpx.Response(200, json=MODEL_INFO)
        return httpx.Response(200, content=body.encode())

    service = StubService([httpx.ReadTimeout], handler=answer)
    app = upload(opened(service, messages.MANY_LOANS), three_rows)
    assert messages.large_file(2) in shown(app)
    press(app, "pred_puntuar")
    assert messages.file_stopped() in app.error[0].value
    service.fails = []
    press(app, "pred_puntuar")
    assert service.asked[1].content == three_rows
    assert (metrics(app)[messages.SUMMARY_RISK], risk_share(app)) == ("1", "50,0 %")
    press(app, "pred_otra")
    assert metrics(app)[messages.SUMMARY_ROWS] == "3"  # of before, until there is something newer
    no_upload(app)
    assert messages.upload_again("cartera.csv") in shown(app)
    assert messages.earlier_results("cartera.csv") in shown(app)
    assert metrics(app)[messages.SUMMARY_ROWS] == "3"
    assert not app.button
    upload(app, three_rows)
    press(app, "pred_puntuar")
    assert [one.url.path for one in service.asked].count("/predict/file") == 3
    assert messages.earlier_results("cartera.csv") not in shown(app)
    no_upload(app)
    assert metrics(app)[messages.SUMMARY_ROWS] == "3"
    assert not app.button  # the results cannot be cleared where the file is no more


def test_a_table_is_scored_too() -> None:
    service = StubService()
    app = from_where(opened(service, messages.MANY_LOANS), messages.FROM_TABLE)
    press(app, "pred_puntuar")
    assert service.posted[0]["data"] == [example_loan()]
    assert metrics(app)[messages.SUMMARY_PREDICTED] == "1"


def test_a_look_at_the_table_keeps_a_scored_file(three_rows: bytes) -> None:
    service = StubService()
    app = press(upload(opened(service, messages.MANY_LOANS), three_rows), "pred_puntuar")
    from_where(app, messages.FROM_TABLE)
    assert not app.metric
    press(app, "pred_puntuar")
    assert metrics(app)[messages.SUMMARY_ROWS] == "1"
    from_where(app, messages.FROM_FILE)
    assert metrics(app)[messages.SUMMARY_ROWS] == "3"
    assert len(service.posted) == 2


@pytest.mark.parametrize("content", [None, b"\x00\x01"])
def test_another_file_takes_no_results_away_before_it_has_its_own(
    content: bytes | None, three_rows: bytes
) -> None:
    service = StubService()
    app = press(upload(opened(service, messages.MANY_LOANS), three_rows), "pred_puntuar")
    upload(app, content or b"\n".join(three_rows.splitlines()[:2]), "otra.csv")
    assert bool(app.error) == (content is not None)
    assert messages.earlier_results("cartera.csv") in shown(app)
    assert metrics(app)[messages.SUMMARY_ROWS] == "3"
    if content is None:
        press(app, "pred_puntuar")
        assert metrics(app)[messages.SUMMARY_ROWS] == "1"


def edited(app: AppTest, monkeypatch: pytest.MonkeyPatch, **values: object) -> AppTest:
    """Edit the table's loan; `AppTest` cannot write into its cells."""
    monkeypatch.setattr(many_loans, "draw_table", lambda _: first_table().assign(**values))
    app.run()
    assert not app.exception
    return app


def test_an_edited_cell_keeps_the_table_s_results(monkeypatch: pytest.MonkeyPatch) -> None:
    service = StubService()
    app = from_where(opened(service, messages.MANY_LOANS), messages.FROM_TABLE)
    press(app, "pred_puntuar")
    before = metrics(app)
    for impossible in (False, True):
        edited(app, monkeypatch, edad_cliente=17 if impossible else 95)
        assert messages.earlier_results(messages.TABLE_NAME) in shown(app)
        assert len(app.warning) == impossible
        assert {**metrics(app), **before} == metrics(app)
    edited(app, monkeypatch)  # as it was
    assert messages.earlier_results(messages.TABLE_NAME) not in shown(app)
    assert metrics(app) == before
    press(edited(app, monkeypatch, edad_cliente=95), "pred_puntuar")
    assert len(service.posted) == 2
    assert metrics(app)[messages.SUMMARY_MEDIAN] == "95,0 %"


# --- an earlier prediction -------------------------------------------------------------------


def look_up(app: AppTest, prediction_id: str) -> AppTest:
    """Look a prediction up."""
    app.text_input(key="prediccion_id").set_value(prediction_id)
    return press(app, "pred_buscar")


def test_an_earlier_prediction_is_found_and_fills_the_form() -> None:
    logged = {**LOGGED, "inputs": {**example_loan(), "edad_cliente": 33, "puntaje": None}}
    service = StubService(handler=lambda _: httpx.Response(200, json=logged))
    app = look_up(opened(service, messages.EARLIER_PREDICTION), " id-1 ")
    assert service.asked[0].url.path == "/predictions/id-1"
    said = shown(app)
    assert "95,00 %" in said
    assert "made-it" in said
    values = dict(app.dataframe[0].value.itertuples(index=False))
    assert values["Monto prestado (COP)"] == "3.000.000"
    assert values["Puntaje interno (puntos)"] == messages.UNKNOWN_FIELD
    press(app, "pred_llevar")
    assert app.text_input(key=field_key("edad_cliente")).value == "33"
    assert app.text_input(key=field_key("puntaje")).value == ""
    press(app, "pred_predecir")
    assert service.posted[0]["edad_cliente"] == 33


def test_an_old_row_whose_text_is_no_loan_is_shown_as_it_is() -> None:
    logged = {**LOGGED, "inputs": {"_texto": "??", "fecha_prestamo": "ayer", "lista": [1]}}
    service = StubService(handler=lambda _: httpx.Response(200, json=logged))
    app = look_up(opened(service, messages.EARLIER_PREDICTION), "id-1")
    assert app.dataframe[0].value[messages.LOGGED_VALUE].tolist() == ["??", "ayer", "[1]"]


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (refusal(403, "Sin claves."), "forbidden"),
        (refusal(404, "No hay."), "unknown"),
        (httpx.ConnectError, "unreachable"),
    ],
)
def test_what_cannot_be_looked_up_is_explained(
    failure: httpx.Response | type[httpx.RequestError], kind: str
) -> None:
    app = look_up(opened(StubService([failure]), messages.EARLIER_PREDICTION), "id-1")
    assert messages.ERROR_TITLES[kind] in app.error[0].value
    assert messages.ERROR_ADVICE[kind] in app.error[0].value


def test_no_id_asks_for_one() -> None:
    service = StubService()
    app = look_up(opened(service, messages.EARLIER_PREDICTION), "  ")
    assert [one.value for one in app.info] == [messages.NO_ID]
    assert service.asked == []
