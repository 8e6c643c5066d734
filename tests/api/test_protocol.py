"""The short way of a prediction answers as uvicorn's way does, in order, however its bytes come."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mlops_pipeline import messages
from mlops_pipeline.api import state
from mlops_pipeline.api.single import MAX_LOAN_BYTES
from mlops_pipeline.src.data.schema import example_loan
from mlops_pipeline.src.monitoring.prediction_log.writer import GroupCommit
from tests.api.raw import HEALTH, LOAN, PROBABILITY, Listening, Reply, chunked, listening, request
from tests.api.support import DIGEST, KEY, database, metric, stalled
from tests.conftest import Trained
from tests.servers import wait_until

MADE = re.compile(r"[0-9a-f]{16}-[0-9a-f]+")
WITH_KEY = {"x_api_key": KEY}


@pytest.fixture(scope="module")
def off(trained: Trained) -> Iterator[Listening]:
    """A service without a log."""
    with listening(trained.models_dir) as found:
        yield found


@pytest.fixture(scope="module")
def logged(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    """A service with a key and the durable log."""
    url = database(tmp_path_factory.mktemp("log"))
    with listening(trained.models_dir, database_url=url, api_keys=(DIGEST,)) as found:
        yield found


@pytest.fixture(params=["off", "logged"])
def service(request: pytest.FixtureRequest) -> Listening:
    """Either of the two; `WITH_KEY` opens both."""
    found: Listening = request.getfixturevalue(request.param)
    return found


@dataclass(frozen=True)
class Case:
    """A prediction and what it must be answered with."""

    status: int
    body: bytes
    target: str = "/predict"
    headers: dict[str, str] = field(default_factory=dict)


def loan(**changes: Any) -> bytes:
    return json.dumps({**example_loan(), **changes}).encode()


CASES = {
    "good": Case(200, LOAN),
    "probability": Case(200, LOAN, PROBABILITY),
    "doubtful": Case(200, loan(tipo_laboral="Zurcidora", puntaje=-7.5), PROBABILITY),
    "spaced": Case(200, LOAN.ljust(5_000)),
    "own id": Case(200, LOAN, headers={"x_request_id": "core-7_42.x"}),
    "odd id": Case(200, LOAN, headers={"x_request_id": "a b"}),
    "two ids": Case(200, LOAN, headers={"x_request_id": "a", "X_Request_ID": "b"}),
    "missing": Case(422, b"{}", PROBABILITY),
    "misspelt": Case(422, loan(apodo="x")),
    "wrong type": Case(422, loan(plazo_meses="doce")),
    "impossible": Case(422, loan(salario_cliente=-1)),
    "repeated": Case(422, LOAN[:-1] + b', "plazo_meses": 12}'),
    "many errors": Case(422, json.dumps({f"x{n}": 0 for n in range(300)}).encode()),
    "no object": Case(422, b"[1]"),
    "no JSON": Case(422, LOAN[:-5]),
    "deep": Case(422, b"[" * 3_000),
    "no UTF-8": Case(422, LOAN.replace(b"Empleado", b"Emple\xff", 1)),
    "half a surrogate": Case(422, LOAN[:-1] + b', "\\ud800": 1}'),
    "empty": Case(422, b""),
}


def likeness(reply: Reply) -> tuple[int, list[str], Any, str]:
    """Give what must be the same of two answers to one request."""
    document = json.loads(reply.body)
    if reply.status == 200:
        document = {**document, "prediction_id": "", "timestamp": ""}
    request_id = "made" if MADE.fullmatch(reply["x-request-id"]) else reply["x-request-id"]
    return reply.status, reply.names, document, request_id


def both_ways(service: Listening, case: Case) -> Reply:
    """Ask plainly and in two other ways, compare, and give the plain answer."""
    headers = {**case.headers, **WITH_KEY}
    service.long_way.clear()
    short = service.ask(request(case.body, case.target, **headers))
    assert service.long_way == []
    typed = {"content_type": "application/json; charset=utf-8", **headers}
    for other in (
        request(case.body, case.target, **typed),
        chunked(case.body, case.target, **headers),
    ):
        service.long_way.clear()
        assert likeness(service.ask(other)) == likeness(short)
        assert service.long_way == ["/predict"]
    wait_until(lambda: service.in_flight == 0, "nothing is in hand")
    return short


@pytest.mark.parametrize("name", CASES)
def test_both_ways_answer_alike(service: Listening, name: str) -> None:
    answer = both_ways(service, CASES[name])
    assert answer.status == CASES[name].status
    assert answer["content-type"] == "application/json"
    assert (answer["content-type"], len(answer["date"])) == ("application/json", 29)


def test_the_longest_loan_is_plain_and_one_byte_more_is_too_large(off: Listening) -> None:
    assert both_ways(off, Case(200, LOAN.ljust(MAX_LOAN_BYTES))).status == 200
    connection = off.connect().send(request(LOAN.ljust(MAX_LOAN_BYTES + 1)))
    answer = connection.reply()
    assert answer.status == 413
    assert json.loads(answer.body)["detail"] == messages.body_too_large(MAX_LOAN_BYTES)
    assert answer["connection"] == "close"
    assert connection.ended()


def test_without_a_model_both_ways_say_so(tmp_path: Path) -> None:
    with listening(tmp_path) as service:
        answer = both_ways(service, Case(503, LOAN))
        assert (answer.status, answer["retry-after"]) == (503, "5")


def test_while_the_log_is_away_both_ways_refuse(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = partial(GroupCommit, stall_seconds=0.3, probe_seconds=0.05)
    monkeypatch.setattr(state, "GroupCommit", impatient)
    with listening(trained.models_dir, database_url=database(tmp_path)) as service:
        assert service.ask(request()).status == 200
        with stalled(tmp_path / "log"):
            waited = service.ask(request())  # refused once it has waited; the next ones at once
            assert likeness(waited) == likeness(both_ways(service, Case(503, LOAN)))
            assert json.loads(waited.body)["detail"] == messages.log_stalled(0.3)
        assert service.waiting == 0


# --- turned away before the body is read -----------------------------------------------------


def head(**headers: str) -> bytes:
    """Give a prediction whose body never comes."""
    return request(LOAN, **headers).removesuffix(LOAN)


def test_who_has_no_key_is_refused_without_the_body(logged: Listening) -> None:
    for headers in ({}, {"x_api_key": "wrong"}, {"authorization": "Bearer wrong"}):
        answer = logged.ask(head(**headers))
        assert (answer.status, answer["www-authenticate"]) == (401, "ApiKey")
    assert logged.ask(request(authorization=f"Bearer {KEY}")).status == 200
    assert logged.in_flight == 0


def test_bodies_that_do_not_come_are_bounded_and_their_clients_counted(trained: Trained) -> None:
    with listening(trained.models_dir, max_in_flight=2) as service:
        slow = [service.connect().send(head() + LOAN[: 100 * n]) for n in range(2)]
        wait_until(lambda: service.in_flight == 2, "both are in hand")
        refused = service.ask(head())
        assert (refused.status, refused["retry-after"]) == (503, "5")
        assert json.loads(refused.body)["detail"] == messages.OVERLOADED
        assert slow[0].send(LOAN).reply().status == 200
        slow[1].close()
        wait_until(lambda: service.in_flight == 0, "the other one is forgotten")
        assert metric(service.metrics(), "requests_total", route="/predict", status="499") == 1
        assert metric(service.metrics(), "requests_total", route="/predict", status="200") == 1
        assert both_ways(service, CASES["good"]).status == 200


# --- however the bytes come ------------------------------------------------------------------


def test_a_request_may_come_byte_by_byte(service: Listening) -> None:
    connection = service.connect()
    service.long_way.clear()
    for target in ("/predict", PROBABILITY):
        data = request(LOAN, target, **WITH_KEY)
        for position in range(len(data)):
            connection.send(data[position : position + 1])
        assert connection.reply().status == 200
    assert service.long_way == []


PARTS = {
    "plain": lambda n: request(LOAN, x_request_id=n, **WITH_KEY),
    "bad": lambda n: request(b"{}", x_request_id=n, **WITH_KEY),
    "chunked": lambda n: chunked(LOAN, x_request_id=n, **WITH_KEY),
    "GET": lambda n: HEALTH.replace(b"Host: x", f"Host: x\r\nX-Request-ID: {n}".encode()),
}


@pytest.mark.parametrize(
    "together",
    ["plain plain", "plain GET", "GET plain", "bad plain bad", "plain chunked plain GET plain"],
)
def test_requests_that_arrive_together_are_answered_in_order(
    service: Listening, together: str
) -> None:
    kinds = together.split() * 3
    connection = service.connect()
    connection.send(b"".join(PARTS[kind](str(n)) for n, kind in enumerate(kinds)))
    answers = [connection.reply() for _ in kinds]
    assert [one["x-request-id"] for one in answers] == [str(n) for n in range(len(kinds))]
    assert [one.status for one in answers] == [422 if kind == "bad" else 200 for kind in kinds]
    service.long_way.clear()
    assert connection.send(PARTS["plain"]("behind")).reply()["x-request-id"] == "behind"
    assert service.long_way == []
    wait_until(lambda: service.in_flight == 0, "nothing is in hand")


def test_of_many_that_arrive_together_one_is_answered_at_once(off: Listening) -> None:
    off.long_way.clear()
    connection = off.connect().send(request() * 20)
    assert [connection.reply().status for _ in range(20)] == [200] * 20
    assert 19 >= len(off.long_way) >= 10  # the bytes may have come in several pieces


@pytest.mark.parametrize(
    ("data", "status", "closes"),
    [
        (request().replace(b"HTTP/1.1", b"HTTP/1.0"), 200, True),
        (request(connection="keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"), 200, True),
        (request(connection="close"), 200, True),
        (request(upgrade="h2c"), 200, False),
        (request(content_length="0" * 5_000 + str(len(LOAN))), 200, False),
        (request(target="/predict?return_probabilities=tal"), 422, False),
        (request(target="/predict?"), 200, False),
        (request(content_type="text/csv"), 415, False),
    ],
)
def test_what_asks_for_more_goes_uvicorn_s_way(
    off: Listening, data: bytes, status: int, *, closes: bool
) -> None:
    off.long_way.clear()
    connection = off.connect().send(data)
    assert connection.reply().status == status
    assert off.long_way == ["/predict"]
    assert (not closes) or connection.ended()
    assert closes or connection.send(request()).reply().status == 200


@pytest.mark.parametrize("length", ["9" * 5_000, "-1", "+5", "1e3", "\u0663"])
def test_a_length_that_is_none_ends_the_connection(off: Listening, length: str) -> None:
    connection = off.connect().send(request(content_length=length))
    assert connection.reply().status == 400
    assert connection.ended()


def test_who_waits_to_be_told_to_go_on_is_told(off: Listening) -> None:
    connection = off.connect().send(head(expect="100-continue"))
    assert connection.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert connection.send(LOAN).reply().status == 200
