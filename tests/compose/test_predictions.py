"""Predictions through the published ports, while models change on the host."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from mlops_pipeline import messages
from mlops_pipeline.dashboard.filters import TAB
from mlops_pipeline.src.data.schema import example_loan
from tests.compose.browser import expect_value, opened, read_when
from tests.compose.stack import API, DASHBOARD, Stack
from tests.servers import wait_until
from tests.stress.load import Load
from tests.stress.versions import LOANS, Publisher

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

_BY_NAME = """
import http.client, json
asked = http.client.HTTPConnection('ml-api', 8000, timeout=10)
asked.request('GET', '/health')
print(json.dumps(json.load(asked.getresponse())['model_version']))
"""
_PREDICTION_TAB = urlencode({TAB: messages.TAB_PREDICTION})
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_STEP = 37  # from one of `LOANS` to the next


def test_the_dashboards_container_reaches_the_api_by_its_name(stack: Stack) -> None:
    with stack.client() as client:
        served = client.health().model_version
    assert served is not None
    assert stack.python(DASHBOARD, _BY_NAME) == served
    networks = [set(stack.facts(one)["NetworkSettings"]["Networks"]) for one in (API, DASHBOARD)]
    assert networks == [{f"{stack.project}_ml-payment-network"}] * 2


def test_the_dashboards_form_and_the_host_get_the_same_probability(stack: Stack) -> None:
    with stack.client() as client:
        asked = client.predict(example_loan())
        with opened(f"{stack.dashboard_url}/?{_PREDICTION_TAB}") as page:
            page.locator(".st-key-pred_ejemplo button").click()
            capital = page.locator(".st-key-prediccion_capital_prestado input")
            expect_value(capital, "3.000.000")
            page.locator(".st-key-pred_predecir button").click()
            shown = read_when(page, _ID)
        made = client.prediction(_ID.findall(shown)[0])
    assert made.prediction_id != asked.prediction_id
    assert made.inputs == example_loan()
    assert made.model_version == asked.model_version
    assert made.probability == asked.probability
    assert messages.percent(asked.probability, 2) in shown
    assert asked.interpretation.split(maxsplit=1)[1] in shown


def test_a_key_is_needed(stack: Stack) -> None:
    with stack.client() as client:
        assert client.predict(example_loan()).decision in {0, 1}
    assert stack.answers("/model/info") == 401


def test_new_models_are_served_under_load_without_a_failed_request(
    stack: Stack, publisher: Publisher
) -> None:
    starts = stack.starts()
    with Load(stack, singles=3, batches=1, size=100).running() as load:
        load.wait_for_more()
        for _ in range(3):
            version = publisher.publish()
            publisher.promote(version)
            wait_until(
                lambda version=version: (
                    version  # type: ignore[misc]
                    in {one.version for one in list(load.acknowledged.values())[-20:]}
                ),
                f"{version} to be served",
            )
        load.wait_for_more()
    assert set(load.statuses) == {200}
    assert load.cut == 0
    assert stack.starts() == starts
    _check_versions(load, publisher)


def _check_versions(load: Load, publisher: Publisher) -> None:
    """Check that each answer's probability is that of the version that it names."""
    checked = set()
    for one in load.acknowledged.values():
        place, rest = divmod(one.number, _STEP)
        if rest == 0 and place < len(LOANS) and one.version in publisher.known:
            assert one.probability == pytest.approx(publisher.known[one.version][place], abs=1e-6)
            checked.add(one.version)
    assert checked


def test_a_broken_model_is_refused_and_the_old_one_keeps_serving(
    stack: Stack, publisher: Publisher
) -> None:
    good = publisher.publish()
    publisher.promote(good)
    with stack.client() as client:
        wait_until(lambda: client.health().model_version == good, f"{good} to be served")
        broken = publisher.publish_broken()
        wait_until(lambda: client.health().status == "degraded", "the refusal")
        said = client.health()
        assert broken in str(said.detail)
        assert said.model_version == good
        assert client.predict(LOANS[0]).model_version == good
        assert stack.answers("/readyz") == 200
        next_one = publisher.publish()
        publisher.promote(next_one)
        wait_until(lambda: client.health().status == "healthy", "a sound model")
        assert client.predict(LOANS[0]).model_version == next_one
