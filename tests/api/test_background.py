"""The service's own tasks: one that dies of a defect is told, loudly and for good."""

from __future__ import annotations

import logging

import pytest

from mlops_pipeline import messages
from mlops_pipeline.api import state
from tests.api.conftest import Serve
from tests.servers import wait_until


async def _defect(*_: object) -> None:
    """Die of a defect."""
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("attribute", "task"),
    [("watch", "watch"), ("_note", "metrics"), ("_retain", "retention")],
)
def test_a_background_task_that_dies_is_in_the_log_and_in_health(
    serve: Serve,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    attribute: str,
    task: str,
) -> None:
    monkeypatch.setattr(state, attribute, _defect)
    client = serve()
    wait_until(lambda: client.get("/health").json()["status"] == "degraded", "it is told")
    health = client.get("/health").json()
    assert health["detail"] == messages.task_stopped(task)
    assert health["model_loaded"] is True
    assert client.get("/readyz").status_code == 200  # predictions are made all the same
    [record] = [one for one in caplog.records if one.message == "background_task_stopped"]
    assert record.levelno == logging.CRITICAL
    assert vars(record)["task"] == task
    assert record.exc_info is not None


def test_tasks_that_end_as_they_should_are_no_complaint(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve()
    assert client.get("/health").json()["status"] == "healthy"
    assert "background_task_stopped" not in caplog.messages
