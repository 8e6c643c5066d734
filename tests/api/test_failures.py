"""Our own faults: a clean 500, a line in the log, and nothing of the client's in either."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import messages
from mlops_pipeline.api import lane_process, routes
from mlops_pipeline.api.lane_log import LaneLog
from mlops_pipeline.api.logs import FactsFormatter, configure_logging
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from tests.api.support import WITH_KEY, counted
from tests.conftest import Trained

MARK = "Zurcidora"


def fail(*_: object) -> Any:
    try:
        int(MARK)
    except ValueError:
        raise TypeError(f"cannot convert {MARK}") from None


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> logging.Handler:
    """The log as the service would write it."""
    caplog.handler.setFormatter(FactsFormatter("%(levelname)s %(name)s %(message)s"))
    return caplog.handler


def test_a_prediction_that_fails_is_a_clean_500(
    plain: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = counted(plain, "requests_total", route="/predict", status="500")
    monkeypatch.setattr(ModelDeployment, "predict_one", fail)
    with caplog.at_level(logging.ERROR):
        loan = {**example_loan(), "tipo_laboral": MARK}
        answer = plain.post("/predict", json=loan, headers={"X-Request-ID": "core-1"})
    assert answer.status_code == 500
    assert answer.json() == {"detail": messages.http(500)}
    [record] = [one for one in caplog.records if one.msg == "request_failed"]
    said = FactsFormatter("%(message)s").format(record)
    assert json.loads(said)["request_id"] == "core-1"
    assert "predict_one" in said or "in fail" in said
    assert "TypeError" in said
    assert MARK not in said
    assert counted(plain, "requests_total", route="/predict", status="500") == before + 1


def test_a_framework_s_route_that_fails_is_a_clean_500(
    plain: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counted(plain, "requests_total", route="/health", status="500")
    with monkeypatch.context() as patched:
        patched.setattr(routes, "utc_now", fail)
        answer = plain.get("/health")
    assert answer.status_code == 500
    assert answer.json() == {"detail": messages.http(500)}
    assert counted(plain, "requests_total", route="/health", status="500") == before + 1


def test_a_failing_route_is_counted_by_its_template(
    logged: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PredictionStore, "get", fail)
    assert logged.get("/predictions/a-client", headers=WITH_KEY).status_code == 500
    text = logged.get("/metrics").text
    assert "a-client" not in text
    assert 'route="/predictions/{prediction_id}",status="500"' in text


def test_a_job_that_fails_is_a_clean_500_and_the_lane_goes_on(
    trained: Trained, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model = ModelDeployment.load(trained.models_dir)
    log = LaneLog(None, lambda _records, _seconds: None)
    job = {"kind": "batch", "request_id": "core-2", "max_loans": 5}
    body = json.dumps({"data": [{**example_loan(), "tipo_laboral": MARK}]}).encode()
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(ModelDeployment, "predict", fail)
        [(header, answer)] = lane_process.answers(job, body, model, log)
    assert (header["status"], header["more"]) == (500, False)
    assert json.loads(answer) == {"detail": messages.http(500)}
    said = FactsFormatter("%(message)s").format(caplog.records[-1])
    assert json.loads(said)["request_id"] == "core-2"
    assert MARK not in said
    [(header, _)] = lane_process.answers(job, body, model, log)
    assert header["status"] == 200


def test_a_line_names_errors_and_places_and_no_values() -> None:
    try:
        try:
            fail()
        except TypeError as error:
            raise RuntimeError(MARK) from error
    except RuntimeError as error:
        record = logging.LogRecord(
            "a", logging.ERROR, "", 0, "event", (), (type(error), error, error.__traceback__)
        )
    line = FactsFormatter("%(message)s").format(record)
    found = json.loads(line)["exc_info"]
    assert MARK not in line
    assert found.index("RuntimeError") < found.index("TypeError")
    assert "ValueError" not in found  # raised `from None`
    assert "in fail" in found


def test_every_logger_writes_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        configure_logging("info")
        logging.getLogger("uvicorn.error").info("Started %s", "año\nnuevo")
        logging.getLogger("mlops_pipeline.x").warning("event", extra={"version": "v1"})
        logging.getLogger("uvicorn.access").info("GET /predictions/x")
        logging.getLogger("mlops_pipeline.x").debug("quiet")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["logger"]) == ("Started año\nnuevo", "uvicorn.error")
    assert (second["level"], second["event"], second["version"]) == ("WARNING", "event", "v1")
    assert second["timestamp"]
