"""The stack without a model, and what a training run on the host makes of it."""

from __future__ import annotations

import pytest

from mlops_pipeline import messages
from tests.compose.conftest import Beginning
from tests.compose.stack import API, DASHBOARD, SERVICES, Stack

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_without_a_model_the_api_is_up_and_says_that_it_is_not_ready(
    beginning: Beginning,
) -> None:
    assert beginning.readyz == 503
    assert beginning.health["status"] == "degraded"
    assert beginning.health["loaded"] is False
    assert beginning.health["detail"] == messages.NO_PUBLISHED_MODEL
    assert not beginning.check, "the health check passes although /readyz is 503"


def test_without_a_model_the_dashboard_is_up_and_explains_it(beginning: Beginning) -> None:
    assert messages.LIGHTS["degraded"] in beginning.page
    assert messages.service_degraded(messages.NO_PUBLISHED_MODEL) in beginning.page
    assert messages.NO_MODEL_SHORT in beginning.page


def test_after_a_training_run_both_turn_ready_without_a_restart(
    beginning: Beginning, stack: Stack
) -> None:
    assert beginning.ready_seconds < 10
    assert messages.NO_MODEL_SHORT not in beginning.page_after
    assert messages.LIGHTS["up"] in beginning.page_after
    assert stack.starts() == beginning.starts
    assert all(restarts == 0 for _, restarts in beginning.starts.values())
    assert [stack.health(one) for one in SERVICES] == ["healthy", "healthy"]


@pytest.mark.parametrize(("service", "port"), [(API, "8000"), (DASHBOARD, "8501")])
def test_the_health_check_fails_where_nobody_listens(stack: Stack, service: str, port: str) -> None:
    path = "/readyz" if service == API else "/_stcore/health"
    assert stack.checks(service, port, path)
    assert not stack.checks(service, "8765", path)
