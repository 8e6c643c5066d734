"""The client: what it sends, how it reads answers, what it makes of everything that goes wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

import anyio
import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient

from mlops_pipeline import client as clients
from mlops_pipeline.client import AsyncScoringClient, Retries, ScoringClient
from mlops_pipeline.client.errors import retry_after
from mlops_pipeline.src.data.schema import example_loan
from tests.support import document

ANSWER: dict[str, Any] = {
    "predictions": [1],
    "probability_class_1": [0.95],
    "interpretation": ["paga"],
    "n_samples": 1,
    "model_version": "v1",
    "timestamp": "2026-02-23T12:00:00Z",
    "warnings": [{"index": 0, "field": "a", "finding": "b", "message": "c"}],
    "prediction_id": ["id-1"],
    "of_a_newer_service": {"x": 1},
}
LOGGED: dict[str, Any] = {
    "prediction_id": "id-1",
    "created_at": "2026-02-23T12:00:00.125Z",
    "request_id": "made-it",
    "model_version": "v1",
    "inputs": {"plazo_meses": 12, "puntaje": None},
    "probability": 0.95,
    "threshold": 0.9,
    "decision": 1,
    "warnings": [{"field": "a", "finding": "b", "message": "c"}],
}
AT_ONCE = Retries(first_pause=0.0)
Handler = Callable[[httpx.Request], httpx.Response]


def service(handler: Handler, **options: Any) -> ScoringClient:
    """Give a client whose requests a function answers."""
    return ScoringClient("http://svc", transport=httpx.MockTransport(handler), **options)


def answering(
    *answers: httpx.Response | type[httpx.RequestError],
) -> tuple[Handler, list[httpx.Request]]:
    """Give a handler that answers in turn, the last answer for ever, and what it was asked."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        request.read()
        asked.append(request)
        answer = answers[min(len(asked), len(answers)) - 1]
        if isinstance(answer, httpx.Response):
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=answer.content
            )
        raise answer("broken", request=request)

    return handler, asked


def ok(body: object = None, **headers: str) -> httpx.Response:
    """Give a good answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(200, json=ANSWER if body is None else body, headers=named)


# --- what goes out and what comes back -------------------------------------------------------


def test_a_prediction_is_asked_for_and_read() -> None:
    handler, asked = answering(ok(X_Request_ID="r-1"))
    with service(handler, api_key="secret") as client:
        found = client.predict(example_loan(), request_id="r-1")
    (request,) = asked
    assert (request.method, str(request.url)) == (
        "POST",
        "http://svc/predict?return_probabilities=true",
    )
    assert request.headers["X-API-Key"] == "secret"
    assert request.headers["X-Request-ID"] == "r-1"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.content) == example_loan()
    assert (found.decision, found.probability, found.prediction_id) == (1, 0.95, "id-1")
    assert found.timestamp == datetime(2026, 2, 23, 12, tzinfo=UTC)
    assert found.request_id == "r-1"
    assert [warning.field for warning in found.warnings] == ["a"]


def test_unknown_values_dates_and_numpy_s_numbers_become_json() -> None:
    handler, asked = answering(ok({**ANSWER, "probability_class_1": None}))
    loan = {
        "a": float("nan"),
        "b": np.float64(1.5),
        "c": np.int64(2),
        "d": datetime(2026, 2, 23, 10, 30),  # noqa: DTZ001 - a loan's date has no zone
    }
    with service(handler) as client:
        assert client.predict(loan, probabilities=False).probability is None
    assert json.loads(asked[0].content) == {
        "a": None,
        "b": 1.5,
        "c": 2,
        "d": "2026-02-23T10:30:00",
    }
    assert asked[0].url.params["return_probabilities"] == "false"
    assert "X-API-Key" not in asked[0].headers


def test_a_batch_gives_each_loan_its_prediction_and_warnings() -> None:
    handler, asked = answering(
        ok(
            {
                **ANSWER,
                "predictions": [1, 0],
                "probability_class_1": [0.95, 0.2],
                "interpretation": ["paga", "mora"],
                "prediction_id": ["x", "y"],
                "warnings": [{"index": 1, "field": "a", "finding": "b", "message": "c"}],
            }
        )
    )
    with service(handler) as client:
        found = client.predict_batch(iter([example_loan(), document(plazo_meses=6)]))
    assert json.loads(asked[0].content)["data"][1]["plazo_meses"] == 6
    assert json.loads(asked[0].content)["return_probabilities"] is True
    assert (len(found), found.predictions, found.prediction_id) == (2, (1, 0), ("x", "y"))
    first, second = found
    assert (first.decision, first.warnings) == (1, ())
    assert (second.probability, len(second.warnings)) == (0.2, 1)
    assert found[-1] == second
    with pytest.raises(IndexError):
        found[2]


def test_the_address_may_have_a_path_of_its_own() -> None:
    handler, asked = answering(ok(LOGGED))
    with ScoringClient("https://bank/scoring/", transport=httpx.MockTransport(handler)) as client:
        found = client.prediction("../a b?c")
    assert asked[0].url.raw_path == b"/scoring/predictions/..%2Fa%20b%3Fc"
    assert found.request_id == "made-it"
    assert found.created_at == datetime(2026, 2, 23, 12, 0, 0, 125_000, tzinfo=UTC)
    assert found.inputs == {"plazo_meses": 12, "puntaje": None}


def test_readiness_is_an_answer_either_way() -> None:
    for answer, ready, detail in (
        (ok({"ready": True, "detail": []}), True, ()),
        (
            httpx.Response(503, json={"ready": False, "detail": ["no hay modelo"]}),
            False,
            ("no hay modelo",),
        ),
        (httpx.Response(503, text="<h1>proxy</h1>"), False, ()),
    ):
        handler, asked = answering(answer)
        with service(handler) as client:
            found = client.ready()
        assert (found.ready, found.detail, len(asked)) == (ready, detail, 1)
    handler, _ = answering(ok({"hello": "world"}))
    with service(handler) as client, pytest.raises(clients.ServiceError, match="forma esperada"):
        client.ready()


@pytest.mark.parametrize("address", ["svc:8000", "ftp://svc", "http://", ""])
def test_an_address_must_be_one(address: str) -> None:
    with pytest.raises(ValueError, match="no es una dirección HTTP"):
        ScoringClient(address)


# --- what goes wrong -------------------------------------------------------------------------

FIELDS = [
    {"type": "missing", "loc": ["body", "data", 3, "plazo_meses"], "msg": "falta el campo"},
    {"type": "json_invalid", "loc": ["body"], "msg": "no es JSON"},
]


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (
            httpx.Response(401, json={"detail": "Clave desconocida."}),
            clients.Unauthorized,
            "Clave desc",
        ),
        (httpx.Response(413, json={"detail": "hasta 10.000"}), clients.TooLarge, "hasta 10.000"),
        (
            httpx.Response(422, json={"detail": FIELDS}),
            clients.InvalidLoan,
            r"\[3\] plazo_meses: falta",
        ),
        (httpx.Response(422, json={"detail": "no es un CSV"}), clients.InvalidLoan, "no es un CSV"),
        (
            httpx.Response(503, json={"detail": "cola llena"}),
            clients.ServiceOverloaded,
            "cola llena",
        ),
        (httpx.Response(400, json={"detail": "vacío"}), clients.ServiceError, "HTTP 400.: vacío"),
        (httpx.Response(404, json={"detail": "ruta"}), clients.ServiceError, "HTTP 404"),
        (httpx.Response(500, text="<html>"), clients.ServiceError, "HTTP 500"),
        (httpx.Response(502, json=[1]), clients.ServiceError, "HTTP 502"),
        (httpx.Response(200, text="<html>"), clients.ServiceError, "forma esperada"),
        (ok({**ANSWER, "prediction_id": ["x", "y"]}), clients.ServiceError, "forma esperada"),
        (
            ok(
                {
                    **ANSWER,
                    "predictions": [],
                    "probability_class_1": [],
                    "interpretation": [],
                    "prediction_id": [],
                }
            ),
            clients.ServiceError,
            "forma esp",
        ),
        (httpx.ConnectError, clients.ServiceUnreachable, "No hay conexión .* http://svc"),
        (httpx.RemoteProtocolError, clients.ServiceUnreachable, "No hay conexión"),
        (httpx.ReadTimeout, clients.ServiceTimeout, "no respondió a tiempo"),
        (httpx.ConnectTimeout, clients.ServiceTimeout, "no respondió a tiempo"),
    ],
)
def test_every_failure_has_a_name_and_a_sentence(
    answer: httpx.Response | type[httpx.RequestError], kind: type[clients.ServiceError], said: str
) -> None:
    if isinstance(answer, httpx.Response):
        answer.headers["X-Request-ID"] = "r-2"
    handler, asked = answering(answer)
    with service(handler) as client, pytest.raises(clients.ServiceError, match=said) as caught:
        client.predict(example_loan())
    assert type(caught.value) is kind
    assert len(asked) == 1
    answered = isinstance(answer, httpx.Response)
    assert caught.value.request_id == ("r-2" if answered else None)
    assert caught.value.status == (
        answer.status_code if isinstance(answer, httpx.Response) else None
    )


def test_refused_fields_are_kept() -> None:
    handler, _ = answering(httpx.Response(422, json={"detail": FIELDS}))
    with service(handler) as client, pytest.raises(clients.InvalidLoan) as caught:
        client.predict_batch([example_loan()])
    first, second = caught.value.fields
    assert (first.type, first.index, first.field) == ("missing", 3, "plazo_meses")
    assert (second.index, second.field, second.msg) == (None, None, "no es JSON")


def test_an_unknown_prediction_is_told_from_an_unknown_route() -> None:
    handler, _ = answering(httpx.Response(404, json={"detail": "no está"}))
    with service(handler) as client:
        with pytest.raises(clients.UnknownPrediction, match="no está"):
            client.prediction("x")
        with pytest.raises(clients.ServiceError, match="HTTP 404") as caught:
            client.health()
    assert type(caught.value) is clients.ServiceError


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    handler, asked = answering(httpx.Response(status, headers={"Location": "http://other/predict"}))
    with service(handler, api_key="secret") as client:
        with pytest.raises(clients.ServiceError, match="redirige"):
            client.predict(example_loan())
        with (
            pytest.raises(clients.ServiceError, match="redirige"),
            client.predict_file(b"x", media_type="text/csv"),
        ):
            pass
    assert {request.url.host for request in asked} == {"svc"}


def test_a_password_in_the_address_is_not_shown() -> None:
    handler, _ = answering(httpx.ConnectError)
    transport = httpx.MockTransport(handler)
    with (
        ScoringClient("http://user:hidden@svc", transport=transport) as client,
        pytest.raises(clients.ServiceUnreachable) as caught,
    ):
        client.predict(example_loan())
    assert "hidden" not in str(caught.value)


def test_the_environment_s_proxy_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with ScoringClient() as plain, ScoringClient(trust_env=True) as trusting:
        assert plain._http._mounts == {}
        assert trusting._http._mounts != {}


# --- asking again ----------------------------------------------------------------------------


def overloaded(seconds: str | None = None) -> httpx.Response:
    """Give a 503."""
    return httpx.Response(
        503, json={"detail": "x"}, headers={} if seconds is None else {"Retry-After": seconds}
    )


HEALTHY = {
    "status": "healthy",
    "timestamp": "2026-02-23T12:00:00Z",
    "model_loaded": True,
    "model_version": "v1",
}


@pytest.mark.parametrize("trouble", [httpx.ConnectError, httpx.ReadError, overloaded()])
def test_questions_are_asked_again(trouble: httpx.Response | type[httpx.RequestError]) -> None:
    handler, asked = answering(trouble, trouble, ok(HEALTHY))
    with service(handler, retries=AT_ONCE) as client:
        assert client.health().model_version == "v1"
    assert len(asked) == 3


def test_questions_are_not_asked_for_ever() -> None:
    handler, asked = answering(httpx.ConnectError)
    with service(handler, retries=AT_ONCE) as client, pytest.raises(clients.ServiceUnreachable):
        client.health()
    assert len(asked) == 3


@pytest.mark.parametrize("trouble", [httpx.ReadTimeout, httpx.Response(500), httpx.Response(401)])
def test_what_asking_again_does_not_help(
    trouble: httpx.Response | type[httpx.RequestError],
) -> None:
    handler, asked = answering(trouble)
    with service(handler, retries=AT_ONCE) as client, pytest.raises(clients.ServiceError):
        client.health()
    assert len(asked) == 1


def test_predictions_are_repeated_only_where_that_is_wanted() -> None:
    for wanted, times in ((False, 1), (True, 3)):
        handler, asked = answering(overloaded())
        retries = Retries(first_pause=0.0, predictions=wanted)
        with service(handler, retries=retries) as client, pytest.raises(clients.ServiceOverloaded):
            client.predict(example_loan())
        assert len(asked) == times
        assert len({request.content for request in asked}) == 1


def test_pauses_double_and_follow_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    monkeypatch.setattr("time.sleep", paused.append)
    handler, _ = answering(httpx.ConnectError, httpx.ConnectError, overloaded("7"), ok(HEALTHY))
    with service(handler, retries=Retries(attempts=4, first_pause=0.5)) as client:
        client.health()
    assert paused == [0.5, 1.0, 7.0]


def test_a_pause_too_long_is_left_to_the_caller() -> None:
    handler, asked = answering(overloaded("3600"))
    with (
        service(handler) as client,
        pytest.raises(clients.ServiceOverloaded, match=r"3\.600 s") as caught,
    ):
        client.health()
    assert (caught.value.retry_after, len(asked)) == (3_600.0, 1)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("soon", None),
        ("-1", None),
        ("²", None),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        ("Thu, 01 Jan 2026 00:01:00 -0000", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, datetime(2026, 1, 1, tzinfo=UTC)) == seconds


# --- the log, page by page -------------------------------------------------------------------


def pages_of(total: int) -> tuple[Handler, list[httpx.Request]]:
    """Give a log of so many predictions."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        start, size = int(request.url.params.get("cursor", 0)), int(request.url.params["limit"])
        end = min(start + size, total)
        rows = [{**LOGGED, "prediction_id": str(row)} for row in range(start, end)]
        following = str(end) if end < total else None
        return ok({"predictions": rows, "next_cursor": following, "last_cursor": str(end)})

    return handler, asked


@pytest.mark.parametrize(
    ("total", "limit", "sizes"),
    [
        (0, None, [4]),
        (4, None, [4]),
        (10, None, [4, 4, 4]),
        (10, 6, [4, 2]),
        (10, 3, [3]),
        (3, 0, []),
    ],
)
def test_logged_predictions_come_page_by_page(
    total: int, limit: int | None, sizes: list[int]
) -> None:
    handler, asked = pages_of(total)
    with service(handler) as client:
        found = [one.prediction_id for one in client.predictions(limit=limit, page_size=4)]
    assert found == [str(row) for row in range(total if limit is None else min(limit, total))]
    assert [int(request.url.params["limit"]) for request in asked] == sizes


def test_the_log_is_filtered_by_moment_and_version() -> None:
    handler, asked = pages_of(6)
    bogota = timezone(timedelta(hours=-5))
    with service(handler) as client:
        list(client.predictions(datetime(2026, 2, 23, 7, tzinfo=bogota), "v1", page_size=3))
    assert [dict(request.url.params) for request in asked] == [
        {"model_version": "v1", "since": "2026-02-23T12:00:00+00:00", "limit": "3"},
        {"model_version": "v1", "since": "2026-02-23T12:00:00+00:00", "limit": "3", "cursor": "3"},
    ]
    with service(handler) as client, pytest.raises(ValueError, match="aware"):
        next(client.predictions(datetime(2026, 2, 23)))  # noqa: DTZ001


def test_a_log_that_turns_in_circles_is_left() -> None:
    handler, asked = answering(ok({"predictions": [LOGGED], "next_cursor": "1"}))
    with service(handler) as client:
        assert len(list(client.predictions())) == 2
    assert len(asked) == 2


# --- files -----------------------------------------------------------------------------------

ROWS = [b"linea,prediction\r\n", b"2,1\r\n", b"3,0\r\n"]


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An answer that comes piece by piece and may break off; notes that it was closed."""

    def __init__(self, pieces: list[bytes], *, breaks: bool = False) -> None:
        self.pieces, self.breaks, self.closed = pieces, breaks, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces
        if self.breaks:
            raise httpx.RemoteProtocolError("incomplete")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def file_service(stream: Stream, **options: Any) -> tuple[Any, list[httpx.Request]]:
    """Give a transport that answers a file with a stream, and what it was asked."""
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        headers = {"Content-Type": "text/csv; charset=utf-8", "X-Request-ID": "r-3"}
        return httpx.Response(200, headers=headers, stream=stream)

    return httpx.MockTransport(handler), asked


def test_a_file_is_streamed_both_ways_and_appears_when_it_is_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "cartera.CSV", tmp_path / "salida.csv"
    source.write_bytes(b"x" * 600_000)
    stream = Stream(ROWS)
    transport, asked = file_service(stream)
    with (
        ScoringClient("http://svc", transport=transport, api_key="k") as client,
        client.predict_file(str(source), request_id="r-3") as answer,
    ):
        assert (answer.media_type, answer.request_id) == ("text/csv", "r-3")
        answer.save(target)
    assert target.read_bytes() == b"".join(ROWS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cartera.CSV", "salida.csv"]
    assert stream.closed
    (request,) = asked
    assert request.url.params["output"] == "csv"
    assert request.headers["Content-Type"] == "text/csv"
    assert request.headers["Content-Length"] == "600000"
    assert request.headers["X-API-Key"] == "k"
    assert len(request.content) == 600_000


def test_an_answer_that_breaks_off_is_no_answer(tmp_path: Path) -> None:
    transport, _ = file_service(Stream(ROWS, breaks=True))
    with (
        ScoringClient("http://svc", transport=transport) as client,
        pytest.raises(clients.ServiceUnreachable),
        client.predict_file(b"x", media_type=clients.CSV) as answer,
    ):
        answer.save(tmp_path / "salida.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source", [b"abc", BytesIO(b"abc"), iter([b"a", b"bc"])])
def test_bytes_streams_and_iterators_are_sent(source: Any) -> None:
    transport, asked = file_service(Stream(ROWS))
    with (
        ScoringClient("http://svc", transport=transport) as client,
        client.predict_file(source, media_type=clients.PARQUET, output="ndjson") as answer,
    ):
        assert list(answer) == ROWS
    assert asked[0].content == b"abc"
    assert asked[0].headers["Content-Type"] == "application/vnd.apache.parquet"
    assert asked[0].url.params["output"] == "ndjson"


def test_a_format_must_be_known(tmp_path: Path) -> None:
    with service(lambda _: ok()) as client:
        for source in (b"abc", tmp_path / "a.xlsx"):
            with pytest.raises(ValueError, match="media_type"), client.predict_file(source):
                pass


def test_a_refused_file_says_why() -> None:
    handler, _ = answering(httpx.Response(413, json={"detail": "hasta 100 MB"}))
    with (
        service(handler) as client,
        pytest.raises(clients.TooLarge, match="hasta 100 MB"),
        client.predict_file(b"x", media_type=clients.CSV),
    ):
        pass


# --- the same without waiting ----------------------------------------------------------------


def test_the_other_client_holds_the_same_conversations(tmp_path: Path) -> None:
    log, _ = pages_of(5)
    source = tmp_path / "a.parquet"
    source.write_bytes(b"abc")

    def handler(request: httpx.Request) -> httpx.Response:
        bodies = {"/health": HEALTHY, "/readyz": {"ready": True}, "/predictions/a": LOGGED}
        if request.url.path == "/predictions":
            return log(request)
        if request.url.path == "/predict/file":
            return httpx.Response(200, stream=Stream(ROWS)) if request.content else ok()
        return ok(bodies.get(request.url.path), X_Request_ID="r-4")

    async def talk() -> None:
        transport = httpx.MockTransport(handler)
        async with AsyncScoringClient("http://svc", transport=transport) as client:
            assert (await client.health(request_id="r-4")).request_id == "r-4"
            assert (await client.ready()).ready
            with pytest.raises(clients.ServiceError, match="forma esperada"):
                await client.model_info()
            assert (await client.predict(example_loan())).decision == 1
            assert len(await client.predict_batch([example_loan()])) == 1
            assert (await client.prediction("a")).prediction_id == "id-1"
            found = [one.prediction_id async for one in client.predictions(page_size=2)]
            assert found == ["0", "1", "2", "3", "4"]
            async with client.predict_file(source) as answer:
                assert [piece async for piece in answer] == ROWS
            async with client.predict_file(b"x", media_type=clients.CSV) as answer:
                await answer.save(tmp_path / "salida.csv")
        assert (tmp_path / "salida.csv").read_bytes() == b"".join(ROWS)

    anyio.run(talk)


def test_the_other_client_fails_and_repeats_alike() -> None:
    handler, asked = answering(httpx.ConnectError, overloaded("0"), ok(HEALTHY))
    refusing, _ = answering(httpx.Response(401, json={"detail": "x"}))

    async def talk() -> None:
        transport = httpx.MockTransport(handler)
        async with AsyncScoringClient("http://svc", transport=transport, retries=AT_ONCE) as client:
            assert (await client.health()).status == "healthy"
        transport = httpx.MockTransport(refusing)
        async with AsyncScoringClient("http://svc", transport=transport) as client:
            with pytest.raises(clients.Unauthorized):
                await client.predict(example_loan())
            with pytest.raises(clients.Unauthorized):
                async with client.predict_file(b"x", media_type=clients.CSV):
                    pass

    anyio.run(talk)
    assert len(asked) == 3


# --- with the real service -------------------------------------------------------------------


@pytest.fixture
def real(client: TestClient) -> Iterator[ScoringClient]:
    """The client, speaking to the application itself."""

    def handler(request: httpx.Request) -> httpx.Response:
        answer = client.request(
            request.method,
            request.url.raw_path.decode(),
            content=request.read(),
            headers=dict(request.headers),
            follow_redirects=False,
        )
        return httpx.Response(
            answer.status_code, headers=dict(answer.headers), content=answer.content
        )

    with service(handler, retries=Retries(attempts=1)) as found:
        yield found


def test_the_real_service_answers_as_the_client_reads(real: ScoringClient) -> None:
    assert real.health().status == "healthy"
    info = real.model_info()
    assert info.feature_counts.catalogue == 35
    assert info.version == real.health().model_version
    one = real.predict(example_loan())
    assert one.probability is not None
    assert one.model_version == info.version
    assert real.predict(example_loan(), probabilities=False).probability is None
    many = real.predict_batch([example_loan(), document(edad_cliente=122.0)])
    assert many[0].probability == pytest.approx(one.probability, abs=1e-6)
    assert [warning.field for warning in many[1].warnings] == ["edad_cliente"]


def test_the_real_service_s_answers_about_drift_are_read(real: ScoringClient) -> None:
    said = real.monitoring_drift()
    assert said.window == said.default_window == "out_of_time"
    assert said.level == said.report["level"]
    assert said.plan
    assert said.loans > 0
    assert said.request_id
    some = real.monitoring_drift("out_of_time", tipo_laboral="Empleado")
    assert 0 < some.loans < said.loans
    history = real.monitoring_history("out_of_time", date(2020, 1, 1), by="week")
    assert history.by == "week"
    assert history.since == date(2020, 1, 1)
    assert history.history["points"]
    with pytest.raises(clients.ServiceError, match="apagado"):
        real.monitoring_counts()
    with pytest.raises(clients.InvalidLoan, match="Empleado"):
        real.monitoring_drift(tipo_laboral="Pensionado")


def test_the_other_client_asks_about_drift_alike() -> None:
    window = {
        "origin": "Tráfico", "window": "traffic", "model_version": "v1", "since": "2026-01-01",
        "until": None, "tipo_laboral": None, "tipo_credito": None, "loans": 3, "rejected": 0,
        "counted_until": "2026-01-02T00:00:00.000Z", "counted_from": None, "pending": 1,
        "default_window": "out_of_time",
    }  # fmt: skip
    bodies = {
        "/monitoring/drift": {**window, "report": {"level": "verde"}, "plan": []},
        "/monitoring/history": {**window, "by": "day", "history": {"points": [], "note": "x"}},
        "/monitoring/counts": {
            **window, "grid": "g", "by": "day", "revision": 4, "parts": [], "segments": []
        },
    }  # fmt: skip
    queries = []

    def handler(request: httpx.Request) -> httpx.Response:
        queries.append(dict(request.url.params))
        return ok(bodies[request.url.path])

    async def talk() -> None:
        transport = httpx.MockTransport(handler)
        async with AsyncScoringClient("http://svc", transport=transport) as client:
            drift = await client.monitoring_drift("traffic", date(2026, 1, 1))
            assert (drift.level, drift.pending, drift.since) == ("verde", 1, date(2026, 1, 1))
            history = await client.monitoring_history(by="day", tipo_credito="4")
            assert history.history["note"] == "x"
            counts = await client.monitoring_counts(until=date(2026, 1, 31))
            assert (counts.grid, counts.revision, counts.parts) == ("g", 4, ())
            assert counts.default_window == "out_of_time"

    anyio.run(talk)
    assert queries == [
        {"since": "2026-01-01", "window": "traffic"},
        {"tipo_credito": "4", "window": "auto", "by": "day"},
        {"until": "2026-01-31", "by": "day"},
    ]


def test_the_real_service_s_refusals_are_named(real: ScoringClient) -> None:
    with pytest.raises(clients.InvalidLoan, match="plazo_meses") as caught:
        real.predict_batch([example_loan(), document(plazo_meses=0.0)])
    (field,) = caught.value.fields
    assert (field.index, field.field) == (1, "plazo_meses")
    with pytest.raises(clients.InvalidLoan, match=r"¿quiso decir «edad_cliente»\?"):
        real.predict({**example_loan(), "edad": 42})
    with pytest.raises(clients.ServiceError, match="HTTP 400") as caught_empty:
        real.predict_batch([])
    assert caught_empty.value.status == 400
