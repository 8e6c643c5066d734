"""Snippets, troubles and figures of predictions."""

from __future__ import annotations

import json
import shlex
from typing import Any

import httpx
import numpy as np
import pytest

from mlops_pipeline import client as clients
from mlops_pipeline import messages
from mlops_pipeline.client import ScoringClient, ServiceError
from mlops_pipeline.client.answers import FieldError
from mlops_pipeline.dashboard.prediction import snippets
from mlops_pipeline.dashboard.prediction.asking import ask, ask_threshold
from mlops_pipeline.dashboard.prediction.figures import (
    RISK,
    SCORE_BINS,
    count_scores,
    probability_bar,
    score_histogram,
)
from mlops_pipeline.dashboard.prediction.troubles import trouble_of
from mlops_pipeline.src.data.schema import example_loan
from tests.dashboard.stub_service import MODEL_INFO, THRESHOLD, VERSION, StubService, refusal
from tests.support import document

ODD = document(tipo_laboral='O\'Higgins $(rm) `x` \\ "ñ"', puntaje=None)


# --- snippets --------------------------------------------------------------------------------


@pytest.mark.parametrize("with_key", [True, False])
def test_curl_sends_the_same_request(with_key: bool) -> None:
    words = shlex.split(
        snippets.curl("http://servicio/", ODD, with_key=with_key).replace("\\\n", "")
    )
    assert words[:3] == ["curl", "-sS", "http://servicio/predict?return_probabilities=true"]
    assert json.loads(words[words.index("--data-raw") + 1]) == ODD
    assert (f"x-api-key: {messages.KEY_PLACEHOLDER}" in words) == with_key


@pytest.mark.parametrize("with_key", [True, False])
def test_the_python_program_sends_the_same_request(
    with_key: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    service, made = StubService(), []

    def connect(address: str, **options: Any) -> ScoringClient:
        made.append((address, options))
        return service.client()

    monkeypatch.setattr(clients, "ScoringClient", connect)
    exec(snippets.python("http://servicio", ODD, with_key=with_key), {})  # noqa: S102
    assert service.posted == [ODD]
    key = {"api_key": messages.KEY_PLACEHOLDER} if with_key else {}
    assert made == [("http://servicio", key)]
    assert capsys.readouterr().out == "1 0.95 id-0\n"


# --- troubles --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "kind", "said"),
    [
        (httpx.ConnectError, "unreachable", "No hay conexión"),
        (httpx.ReadTimeout, "timeout", "no respondió a tiempo"),
        (refusal(401, "Clave."), "unauthorized", "X-API-Key"),
        (refusal(403, "Sin claves."), "forbidden", "HTTP 403"),
        (refusal(413, "hasta 10"), "too_large", "hasta 10"),
        (refusal(422, "no es un préstamo"), "invalid", "no es un préstamo"),
        (refusal(503, "Sin modelo.", Retry_After="7"), "overloaded", "Reintente en 7 s"),
        (refusal(500, "ay"), "other", "HTTP 500"),
    ],
)
def test_every_trouble_is_explained(
    failure: httpx.Response | type[httpx.RequestError], kind: str, said: str
) -> None:
    with StubService([failure]).client() as service, pytest.raises(ServiceError) as caught:
        service.predict(example_loan())
    found = trouble_of(caught.value, "mi-solicitud")
    assert (found.kind, found.request_id, dict(found.fields)) == (kind, "mi-solicitud", {})
    assert said in found.said
    assert found.title
    assert found.advice


def test_every_kind_of_trouble_has_words() -> None:
    assert messages.ERROR_TITLES.keys() == messages.ERROR_ADVICE.keys()


def test_refused_fields_are_named_once_and_strange_ones_not_at_all() -> None:
    error = clients.InvalidLoan("no")
    error.fields = tuple(
        FieldError("x", loc, msg)
        for loc, msg in (
            (("body", "edad_cliente"), "primero"),
            (("body", "edad_cliente"), "segundo"),
            (("body", "otro"), "desconocido"),
            ((), "hay más"),
        )
    )
    assert dict(trouble_of(error).fields) == {"edad_cliente": "primero"}


# --- one loan asked for once -----------------------------------------------------------------


def test_a_double_click_asks_once() -> None:
    service, times = StubService(), iter([100.0, 101.9, 104.1, 104.2])

    def clock() -> float:
        return next(times)

    first = ask(service.client, "a", example_loan(), None, clock)
    assert ask(service.client, "a", example_loan(), first, clock) is first
    assert len(service.asked) == 1
    again = ask(service.client, "a", example_loan(), first, clock)
    assert again is not first
    assert len(service.asked) == 2


@pytest.mark.parametrize(("address", "age"), [("b", 42), ("a", 43)])
def test_another_loan_or_another_service_is_asked_at_once(address: str, age: int) -> None:
    service = StubService()
    first = ask(service.client, "a", document(edad_cliente=42), None, lambda: 1.0)
    ask(service.client, address, document(edad_cliente=age), first, lambda: 1.0)
    assert len(service.asked) == 2


def test_a_click_that_waited_for_a_request_that_timed_out_asks_nothing() -> None:
    service = StubService([httpx.ReadTimeout])
    first = ask(service.client, "a", example_loan(), None, lambda: 1.0)
    assert first.trouble is not None
    sent = service.asked[0].headers["X-Request-ID"]
    assert first.trouble.request_id == sent
    assert ask(service.client, "a", example_loan(), first, lambda: 1.1) is first
    assert len(service.asked) == 1
    service.fails = []
    assert ask(service.client, "a", example_loan(), first, lambda: 1.5).prediction is not None


def test_what_failed_is_sent_again_at_once() -> None:
    service = StubService([httpx.ConnectError])
    first = ask(service.client, "a", example_loan(), None, lambda: 1.0)
    service.fails = []
    assert ask(service.client, "a", example_loan(), first, lambda: 1.0).prediction is not None
    assert len(service.asked) == 2


def test_the_threshold_is_that_of_the_model_that_answered() -> None:
    assert ask_threshold(StubService().client, VERSION) == THRESHOLD
    assert ask_threshold(StubService().client, "another") is None
    assert ask_threshold(StubService([refusal(401, "no")]).client, VERSION) is None
    strange = {**MODEL_INFO, "metrics": {"threshold": "0.9"}}
    service = StubService(handler=lambda _: httpx.Response(200, json=strange))
    assert ask_threshold(service.client, VERSION) is None


# --- figures ---------------------------------------------------------------------------------


def test_the_bar_shows_the_probability_and_the_threshold() -> None:
    figure = probability_bar(0.62, 0.9, 0)
    assert figure.data[0].x == (62.0,)
    assert figure.data[0].marker.color == RISK
    assert figure.layout.shapes[0].x0 == 90
    assert figure.layout.annotations[0].text == "Umbral 90,00 %"
    assert figure.layout.xaxis.title.text == messages.PROBABILITY_AXIS
    assert not probability_bar(0.62, None, 0).layout.shapes


def test_the_histogram_counts_every_loan_once() -> None:
    probability = np.array([0.0, 0.019, 0.02, 0.5, 1.0])
    counts = count_scores(probability, np.array([0, 0, 0, 1, 1], dtype=np.int8))
    assert counts.loans == 5
    assert counts.risk[:2].tolist() == [2, 1]
    assert counts.on_time[[SCORE_BINS // 2, -1]].tolist() == [1, 1]
    assert (counts + counts).loans == 10
    figure = score_histogram(counts, 0.9)
    assert sum(sum(trace.y) for trace in figure.data) == 5
    assert figure.layout.yaxis.title.text == messages.LOANS_AXIS
    assert count_scores(np.array([]), np.array([], dtype=np.int8)).loans == 0
