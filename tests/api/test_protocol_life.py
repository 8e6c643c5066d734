"""The short way's connections to their end: clients that leave, idle ones, the stop, defects."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from mlops_pipeline import messages
from mlops_pipeline.api.http import JSON_HEADERS, Answer
from mlops_pipeline.api.logs import FactsFormatter
from mlops_pipeline.api.single import SinglePredictions
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from tests.api.raw import HEALTH, LOAN, Listening, Reply, chunked, listening, request
from tests.api.support import database, metric, stalled
from tests.conftest import Trained
from tests.servers import wait_until
from tests.src.monitoring.prediction_log.support import all_rows


@pytest.fixture(scope="module")
def off(trained: Trained) -> Iterator[Listening]:
    """A service without a log, with small buffers."""
    with listening(trained.models_dir, small_buffers=True) as found:
        yield found


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the log."""
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def logged(trained: Trained, logs: Path) -> Iterator[Listening]:
    """A service with the durable log."""
    with listening(trained.models_dir, database_url=database(logs)) as found:
        yield found


def stored(folder: Path) -> set[str]:
    """Give the request ids in the log."""
    store = PredictionStore(database(folder))
    try:
        store.open()
        return {row.request_id for row in all_rows(store)}
    finally:
        store.close()


def answers(service: Listening, status: int) -> float:
    """Give how many predictions were answered with a status."""
    return metric(service.metrics(), "requests_total", route="/predict", status=str(status))


def connections(service: Listening) -> int:
    """Give how many connections the service holds."""
    return len(service.server.server_state.connections)


# --- clients that leave ----------------------------------------------------------------------


@pytest.mark.parametrize("came", [0, 1, 500])
def test_who_leaves_before_the_body_is_whole_is_counted_and_forgotten(
    off: Listening, came: int
) -> None:
    before = answers(off, 499)
    connection = off.connect().send(request().removesuffix(LOAN[came:]))
    wait_until(lambda: off.in_flight == 1, "it is in hand")
    connection.close()
    wait_until(lambda: off.in_flight == 0, "it is forgotten")
    assert answers(off, 499) == before + 1


ODD = b"GET\r\n\r\n"


@pytest.mark.parametrize("behind", [b"", HEALTH, request(), ODD, chunked() + ODD])
def test_who_leaves_before_the_commit_is_stored_and_harms_nobody(
    logged: Listening, logs: Path, behind: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"left-{len(behind)}"
    with stalled(logs / "log"):
        first = logged.connect().send(request(x_request_id=f"{name}-first"))
        wait_until(lambda: logged.waiting == 1, "the writer hangs in it")
        held = connections(logged)
        leaving = logged.connect().send(request(x_request_id=name) + behind)
        wait_until(lambda: logged.waiting == 2, "it waits")
        staying = logged.connect().send(request(x_request_id=f"{name}-stays"))
        wait_until(lambda: logged.waiting == 3, "another waits")
        leaving.close()
        if not behind or ODD in behind:  # uvicorn does not look while it keeps a good one waiting
            wait_until(lambda: connections(logged) == held + 1, "it is gone")
        assert logged.waiting == 3
    assert first.reply().status == staying.reply().status == 200
    wait_until(lambda: logged.in_flight == logged.waiting == 0, "nothing is in hand")
    assert {name, f"{name}-first", f"{name}-stays"} <= stored(logs)
    told = [one for one in caplog.records if one.levelno >= logging.WARNING]
    # uvicorn complains of the odd bytes, and where it writes itself to a client that is gone.
    assert {one.name for one in told} <= {"uvicorn.error"}


def either(service: Listening, total: int) -> bool:
    """Tell whether a request was answered, or went the long way."""
    return service.server.server_state.total_requests > total or bool(service.long_way)


def test_who_sends_and_never_reads_is_not_read_any_more(off: Listening) -> None:
    state, before = off.server.server_state, set(off.server.server_state.connections)
    deaf = off.connect(SO_RCVBUF=4_096)
    wait_until(lambda: len(state.connections) > len(before), "it is there")
    protocol: Any = next(iter(set(state.connections) - before))
    off.long_way.clear()
    answered = state.total_requests
    while not off.long_way:  # one after the other: each goes the short way
        total = state.total_requests
        deaf.send(request(b"{}"))
        wait_until(partial(either, off, total), "an answer, or none before the client reads")
        assert total - answered < 1_000, "all are answered and kept"
    assert state.total_requests - answered > 10
    deaf.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        deaf.send(request(b"{}") * 100_000)
    assert protocol.flow.read_paused
    assert protocol.transport.get_write_buffer_size() < 1 << 17
    assert off.long_way == ["/predict"]
    deaf.close()
    wait_until(lambda: off.in_flight == 0, "nothing is in hand")


# --- idle and busy connections ---------------------------------------------------------------


@pytest.fixture
def hasty(off: Listening, monkeypatch: pytest.MonkeyPatch) -> Listening:
    """The service, which closes idle connections soon, and has a slow route."""

    async def slow(_request: object) -> Answer:
        await asyncio.sleep(0.6)
        return Answer(200, b"{}", JSON_HEADERS)

    monkeypatch.setattr(off.server.config, "timeout_keep_alive", 0.2)
    monkeypatch.setattr(off.app, "hot", {**off.app.hot, ("GET", "/slow"): slow})
    return off


def test_an_idle_connection_is_closed(hasty: Listening) -> None:
    connection = hasty.connect().send(request())
    assert connection.reply().status == 200
    assert connection.ended()


def test_a_connection_at_work_is_not(hasty: Listening) -> None:
    slow = HEALTH.replace(b"/livez", b"/slow")
    connection = hasty.connect().send(request() + slow)
    assert [connection.reply().status for _ in range(2)] == [200, 200]
    connection.send(request(b"{}") + request()[:-1])
    assert connection.reply().status == 422
    connection.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):  # uvicorn waits for a body as long as it takes
        connection.reply()
    connection.socket.settimeout(10)
    assert connection.send(request()[-1:]).reply().status == 200


def test_uvicorn_s_limit_of_connections_holds(
    off: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(off.server.config, "limit_concurrency", 1)
    connection = off.connect().send(request())
    assert connection.reply().body == b"Service Unavailable"
    assert connection.ended()


def test_the_server_s_own_headers_are_those_of_now(
    off: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = off.connect().send(request())
    assert "x-more" not in connection.reply().names
    monkeypatch.setattr(off.server.config, "encoded_headers", [(b"x-more", b"1")])
    wait_until(lambda: "x-more" in connection.send(request()).reply().names, "uvicorn's tick", 3)


# --- the stop --------------------------------------------------------------------------------


def test_the_stop_waits_for_what_waits_for_the_log(trained: Trained, tmp_path: Path) -> None:
    with listening(trained.models_dir, database_url=database(tmp_path)) as service:
        idle = service.connect().send(request())
        assert idle.reply().status == 200
        with stalled(tmp_path / "log"):
            asked = [service.connect().send(request(x_request_id=f"n{n}")) for n in range(2)]
            wait_until(lambda: service.waiting == 2, "both wait")
            half = service.connect().send(request(x_request_id="half")[:-5])
            wait_until(lambda: service.in_flight == 3, "half of one is there")
            service.server.handle_exit(15, None)  # as SIGTERM does
            assert idle.ended()
        found = [one.reply() for one in asked]
        found.append(half.send(LOAN[-5:]).reply())
        assert [(one.status, one["connection"]) for one in found] == [(200, "close")] * 3
        assert all(one.ended() for one in (*asked, half))
        assert service.in_flight == 0
    assert {"n0", "n1", "half"} <= stored(tmp_path)


# --- defects ---------------------------------------------------------------------------------


def is_told(caplog: pytest.LogCaptureFixture, answer: Reply) -> None:
    """Check the answer to a defect, and that the log says where it was and nothing of a client."""
    assert (answer.status, answer["content-type"]) == (500, "application/json")
    assert json.loads(answer.body) == {"detail": messages.http(500)}
    [record] = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert record.getMessage() == "request_failed"
    assert vars(record)["request_id"] == answer["x-request-id"]
    line = FactsFormatter("%(message)s").format(record)
    assert "RuntimeError" in line
    assert VALUE not in line
    caplog.clear()


VALUE = "Zurcidora"


def fail(*_: object, **__: object) -> Any:
    raise RuntimeError(VALUE)


@pytest.mark.parametrize("method", ["_predicted", "_counted"])
def test_a_defect_is_answered_and_told(
    off: Listening, method: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = off.connect()
    with monkeypatch.context() as patched:
        patched.setattr(SinglePredictions, method, fail)
        for data in (request(), chunked(), request()):
            off.long_way.clear()
            is_told(caplog, connection.send(data).reply())
            assert off.long_way == ([] if data == request() else ["/predict"])
    assert connection.send(request()).reply().status == 200
    wait_until(lambda: off.in_flight == 0, "nothing is in hand")


def test_a_defect_after_the_commit_is_one_client_s_alone(
    logged: Listening,
    logs: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = SinglePredictions._counted
    turns = iter([counted, fail, counted, counted])

    def in_turn(*came: Any) -> Answer:
        turn: Any = next(turns)
        return cast(Answer, turn(*came))

    monkeypatch.setattr(SinglePredictions, "_counted", in_turn)
    with stalled(logs / "log"):
        asked = [logged.connect().send(request()) for _ in range(3)]
        wait_until(lambda: logged.waiting == 3, "all wait")
    found = [one.reply() for one in asked]
    assert sorted(one.status for one in found) == [200, 200, 500]
    [failed] = [one for one in found if one.status == 500]
    is_told(caplog, failed)
    assert {one["x-request-id"] for one in found} <= stored(logs)
    assert logged.in_flight == 0
    assert asked[found.index(failed)].send(request()).reply().status == 200
