"""The routes about drift: from the kept counts, whatever is asked, and the metrics beside them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from pydantic import TypeAdapter

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import COLOMBIA
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.documents import CountsDocument, PartDocument
from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.periods import Span
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.published import published
from mlops_pipeline.src.monitoring.report import load_report
from mlops_pipeline.src.monitoring.tally_document import part_document, part_of, segment_document
from mlops_pipeline.watching import Watch, Window
from tests.api.conftest import Serve
from tests.api.support import DIGEST, WITH_KEY, database, metric, service
from tests.conftest import Trained
from tests.src.monitoring.kept.support import V1, fill, records
from tests.src.monitoring.prediction_log.support import opened
from tests.support import random_documents

QUICK = {"monitoring_seconds": 0.05, "monitoring_metrics_seconds": 0.05}
ROUTES = ("drift", "history", "counts")


def until(client: TestClient, counted: Callable[[Any], bool], path: str = "counts") -> Any:
    """Wait until an answer is as it should be."""
    for _ in range(600):
        answer = client.get(f"/monitoring/{path}", headers=WITH_KEY)
        if answer.status_code == 200 and counted(answer.json()):
            return answer.json()
        time.sleep(0.05)
    raise AssertionError(answer.text[:2_000])


def loans_of(counts: Any) -> int:
    """Give the loans of a document of counts."""
    return sum(part["tally"]["loans"] for part in counts["parts"])


@pytest.fixture(scope="module")
def traffic(
    trained: Trained, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, PredictionStore]]:
    """A service with a key whose log has 330 loans of the last days and 40 of long ago."""
    url = database(tmp_path_factory.mktemp("log"))
    with opened(url) as log:
        fill(log, 40, 1, days_ago=60)
        fill(log, 200, 2, days_ago=3)
        fill(log, 130, 3, days_ago=1)
        with service(trained.models_dir, database_url=url, api_keys=(DIGEST,), **QUICK) as client:
            until(client, lambda found: loans_of(found) == 330)
            yield client, log


def test_real_traffic_is_answered_from_what_was_counted(
    trained: Trained, traffic: tuple[TestClient, PredictionStore]
) -> None:
    client, log = traffic
    said = client.get("/monitoring/drift", headers=WITH_KEY).json()
    assert said["window"] == said["default_window"] == "traffic"
    assert said["loans"] == said["report"]["window"]["loans"] == 330
    assert said["pending"] == 0
    assert said["counted_from"] is None
    assert time.time() - datetime.fromisoformat(said["counted_until"]).timestamp() < 60
    assert said["plan"]
    shown = [one["command"] for one in said["plan"] if " drift " in one["command"]]
    assert all(said["since"] in one or "AAAA-MM-DD" in one for one in shown)
    watch = Watch(ModelDeployment.load(trained.models_dir))
    window = watch.log(log, datetime.now(UTC) - timedelta(days=29))
    expected = watch.watched(window, Span.DAY)
    assert said["report"]["level"] == expected.report.level
    assert load_report(_json(said["report"])).variables == expected.report.variables
    history = client.get("/monitoring/history?by=day", headers=WITH_KEY).json()
    assert [p["period"] for p in history["history"]["points"]] == [
        p.period for p in expected.history.points
    ]
    assert {p["model_version"] for p in history["history"]["points"]} == {V1}
    assert history["by"] == "day"


def _json(value: object) -> bytes:
    """Write JSON."""
    return orjson.dumps(value)


def test_counts_are_drawn_through_the_same_window(
    trained: Trained, traffic: tuple[TestClient, PredictionStore]
) -> None:
    client, log = traffic
    answer = client.get("/monitoring/counts", headers=WITH_KEY)
    counts = TypeAdapter(CountsDocument).validate_json(answer.content)
    assert counts.default_window == "traffic"
    watch = Watch(ModelDeployment.load(trained.models_dir))
    window = watch.counted(counts)
    direct = watch.log(log, datetime.now(UTC) - timedelta(days=29))
    shown = published(direct)
    assert [*map(part_document, window.parts)] == [*map(part_document, shown.parts)]
    assert [*map(segment_document, window.segments)] == [*map(segment_document, shown.segments)]
    some = window.segment("Empleado", None)
    said = client.get("/monitoring/drift?tipo_laboral=Empleado", headers=WITH_KEY).json()
    report = watch.watched(some, Span.DAY).report
    assert 0 < said["loans"] == some.loans < 330
    assert said["report"]["level"] == report.level
    assert said["tipo_laboral"] == "Empleado"
    assert not [one for one in said["plan"] if " drift " in one["command"]]  # it has no segments
    months = client.get("/monitoring/counts?since=2020-01-01&by=month", headers=WITH_KEY).json()
    assert loans_of(months) == 370
    assert sum(one["tally"]["loans"] for one in months["segments"]) == 370
    assert len(months["parts"]) < len(counts.parts) + 2


def test_the_out_of_time_period_can_be_asked_for(
    trained: Trained, traffic: tuple[TestClient, PredictionStore]
) -> None:
    client, _ = traffic
    said = client.get("/monitoring/drift?window=out_of_time", headers=WITH_KEY).json()
    assert said["origin"] == messages.OUT_OF_TIME_WINDOW
    assert said["loans"] == len(trained.run.split.test)
    assert said["default_window"] == "traffic"
    assert said["plan"]
    assert not [one for one in said["plan"] if " drift " in one["command"]]  # it shows the traffic
    whole = client.get("/monitoring/history?window=out_of_time", headers=WITH_KEY).json()
    points = whole["history"]["points"]
    first = points[0]["period"][:7]
    part = client.get(
        f"/monitoring/history?window=out_of_time&until={first}-28", headers=WITH_KEY
    ).json()
    assert [one["period"] for one in part["history"]["points"]] == [points[0]["period"]]


def test_new_loans_are_counted_while_the_service_runs(
    traffic: tuple[TestClient, PredictionStore],
) -> None:
    client, _ = traffic
    before = client.get("/monitoring/drift", headers=WITH_KEY).json()
    today = datetime.now(COLOMBIA).date()
    loan = random_documents(1, 9)[0]
    assert client.post("/predict", json=loan, headers=WITH_KEY).status_code == 200
    said = until(client, lambda found: found["loans"] == before["loans"] + 1, "drift")
    assert said["until"] == today.isoformat()
    shown = client.get("/metrics").text
    assert metric(shown, "drift_loans", window="traffic") in (before["loans"], said["loans"])
    assert metric(shown, "drift_level", window="traffic") == _severity(before)
    assert time.time() - metric(shown, "drift_counted_until_seconds", window="traffic") < 60
    term = next(
        one
        for one in (*before["report"]["variables"], *before["report"]["shown"])
        if one["name"] == "plazo_meses"
    )
    for name in ("psi", "ks", "missing"):
        found = metric(shown, f"drift_variable_{name}", window="traffic", variable="plazo_meses")
        assert found == pytest.approx(term[name], abs=0.02)
    assert 'mlpago_drift_variable_level{variable="plazo_meses",window="traffic"}' in shown
    assert 'mlpago_drift_variable_ks{variable="tipo_laboral"' not in shown  # a category has none
    assert 'mlpago_drift_level{window="out_of_time"}' not in shown


def _severity(said: Any) -> int:
    """Give a level as a number."""
    return Level(said["report"]["level"]).severity


@pytest.mark.parametrize(
    ("query", "place", "said"),
    [
        ("since=ayer", "since", "AAAA-MM-DD"),
        ("since=1700000000", "since", "AAAA-MM-DD"),
        ("since=2026-02-30", "since", "AAAA-MM-DD"),
        ("until=2026-01-01T10:00", "until", "AAAA-MM-DD"),
        ("since=2026-02-02&until=2026-02-01", "until", "2026-02-02"),
        ("window=siempre", "window", "out_of_time"),
        ("tipo_laboral=Pensionado", "tipo_laboral", "Empleado"),
        ("tipo_credito=77", "tipo_credito", "4"),
        ("tipo_laboral=", "tipo_laboral", "Empleado"),
    ],
)
def test_bad_questions_say_what_is_allowed(
    traffic: tuple[TestClient, PredictionStore], query: str, place: str, said: str
) -> None:
    client, _ = traffic
    for route in ("drift", "history"):
        answer = client.get(f"/monitoring/{route}?{query}", headers=WITH_KEY)
        assert answer.status_code == 422, answer.text
        detail = answer.json()["detail"][0]
        assert detail["loc"] == ["query", place]
        assert said in detail["msg"]
    answer = client.get("/monitoring/counts?by=year", headers=WITH_KEY)
    assert answer.status_code == 422


def test_a_history_of_too_many_periods_is_refused(
    traffic: tuple[TestClient, PredictionStore],
) -> None:
    client, _ = traffic
    days = "window=traffic&since=2024-01-01&until=2026-01-01"
    answer = client.get(f"/monitoring/history?{days}&by=day", headers=WITH_KEY)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "since"]
    assert "732" in answer.json()["detail"][0]["msg"]
    assert client.get(f"/monitoring/history?{days}&by=week", headers=WITH_KEY).status_code == 200


def test_the_last_day_alone_means_thirty_days(traffic: tuple[TestClient, PredictionStore]) -> None:
    client, _ = traffic
    query = "window=traffic&until=2026-03-30"
    said = client.get(f"/monitoring/drift?{query}", headers=WITH_KEY).json()
    assert (said["since"], said["until"]) == ("2026-03-01", "2026-03-30")


def test_days_without_loans_are_an_answer(traffic: tuple[TestClient, PredictionStore]) -> None:
    client, _ = traffic
    for days in ("since=2031-01-01", "until=2001-01-01", "since=2010-01-01&until=2010-01-01"):
        said = client.get(f"/monitoring/drift?window=traffic&{days}", headers=WITH_KEY).json()
        assert said["loans"] == 0
        assert said["report"]["level"] == "insuficiente"
        history = client.get(f"/monitoring/history?window=traffic&{days}", headers=WITH_KEY).json()[
            "history"
        ]
        assert history["points"] == []
        assert history["note"] == messages.empty_history()


@pytest.mark.parametrize("route", ROUTES)
def test_a_key_is_asked_for(traffic: tuple[TestClient, PredictionStore], route: str) -> None:
    client, _ = traffic
    assert client.get(f"/monitoring/{route}").status_code == 401


def test_a_new_installation_has_the_out_of_time_period(
    trained: Trained, serve: Serve, tmp_path: Path
) -> None:
    client = serve(database_url=database(tmp_path), **QUICK)
    said = client.get("/monitoring/drift").json()
    assert said["window"] == said["default_window"] == "out_of_time"
    assert said["origin"] == messages.without_traffic(messages.OUT_OF_TIME_WINDOW)
    assert said["loans"] == len(trained.run.split.test)
    assert said["pending"] == 0
    counts = client.get("/monitoring/counts").json()
    assert counts["parts"] == []
    assert counts["default_window"] == "out_of_time"
    assert date.fromisoformat(counts["until"]) == datetime.now(COLOMBIA).date()


def test_without_a_log_there_is_no_traffic(serve: Serve) -> None:
    client = serve()
    said = client.get("/monitoring/drift").json()
    assert said["window"] == "out_of_time"
    assert said["counted_until"] is None
    for path in ("drift?window=traffic", "history?window=traffic", "counts"):
        answer = client.get(f"/monitoring/{path}")
        assert answer.status_code == 503
        assert answer.json()["detail"] == messages.LOG_IS_OFF
        assert answer.headers["retry-after"]


def test_a_log_that_is_away_is_said(serve: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "predictions.sqlite3").write_bytes(b"this is no database" * 400)
    client = serve(database_url=database(tmp_path), **QUICK)
    for route in ROUTES:
        answer = client.get(f"/monitoring/{route}")
        assert answer.status_code == 503
        assert "SQLite" in answer.json()["detail"]
    for route in ("drift", "history"):  # the bundle has these loans itself
        said = client.get(f"/monitoring/{route}?window=out_of_time").json()
        assert said["loans"] > 0
        assert said["origin"] == messages.OUT_OF_TIME_WINDOW
        assert said["pending"] is said["default_window"] is said["counted_until"] is None
    for route in ("drift", "history"):
        answer = client.get(f"/monitoring/{route}?window=traffic")
        assert answer.status_code == 503


def test_without_a_model_there_is_nothing_to_compare_with(serve: Serve, tmp_path: Path) -> None:
    client = serve(models_dir=tmp_path)
    for route in ROUTES:
        answer = client.get(f"/monitoring/{route}")
        assert answer.status_code == 503
        assert answer.json()["detail"] == messages.NO_PUBLISHED_MODEL


def _strange(kind: str) -> list[dict[str, Any]]:
    """Give loans that are hardly a window, as the service logs them."""
    loans: list[dict[str, Any]] = [*random_documents(60, 5)]
    required = {"tipo_laboral", "fecha_prestamo"}
    changes: dict[str, Callable[[int, dict[str, Any]], dict[str, Any]]] = {
        "missing": lambda _, loan: {
            name: loan[name] if name in required else None for name in loan
        },
        "constant": lambda _, loan: loans[0] | {"fecha_prestamo": loan["fecha_prestamo"]},
        "unseen": lambda k, loan: loan | {"tipo_laboral": f"Oficio {k}"},
        "named": lambda _, loan: loan | {"tipo_laboral": "Pensionado"},
        "future": lambda _, loan: loan | {"fecha_prestamo": "2099-01-01 00:00:00"},
    }
    return [changes[kind](k, loan) for k, loan in enumerate(loans)]


@pytest.fixture(scope="module")
def strange(
    trained: Trained, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, PredictionStore]]:
    """A service without keys whose log is filled by the tests, each on a day of its own."""
    url = database(tmp_path_factory.mktemp("strange"))
    with opened(url) as log, service(trained.models_dir, database_url=url, **QUICK) as client:
        yield client, log


@pytest.mark.parametrize(
    ("days_ago", "kind", "told"),
    [
        (11, "missing", "plazo_meses"),
        (12, "constant", "plazo_meses"),
        (13, "unseen", "tipo_laboral"),
        (14, "named", "Pensionado"),
        (15, "future", "future_date"),
    ],
)
def test_strange_loans_are_a_clear_answer(
    strange: tuple[TestClient, PredictionStore], days_ago: int, kind: str, told: str
) -> None:
    client, log = strange
    moment = datetime.now(COLOMBIA) - timedelta(days=days_ago)
    log.write(records(_strange(kind), int(moment.timestamp() * 1_000)))
    query = f"drift?window=traffic&since={moment:%Y-%m-%d}&until={moment:%Y-%m-%d}"
    said = until(client, lambda found: found["loans"] == 60, query)
    assert said["report"]["level"] in ("naranja", "rojo", "amarillo")
    text = orjson.dumps([said["report"], said["plan"]]).decode()
    assert told in text
    assert "Oficio" not in text  # one client's own text


def test_few_loans_are_told_by_their_number_alone(
    strange: tuple[TestClient, PredictionStore],
) -> None:
    client, log = strange
    moment = datetime.now(COLOMBIA) - timedelta(days=70)
    log.write(records(random_documents(3, 8), int(moment.timestamp() * 1_000)))
    days = f"since={moment:%Y-%m-%d}&until={moment:%Y-%m-%d}"
    counts = until(client, lambda found: loans_of(found) == 3, f"counts?{days}")
    window = Window("", tuple(part_of(_part(one)) for one in counts["parts"]))
    assert window.parts[0].tally.counts.sum() == 0
    assert window.parts[0].tally.first is None
    said = client.get(f"/monitoring/drift?window=traffic&{days}").json()
    assert said["loans"] == said["report"]["window"]["loans"] == 3
    assert said["report"]["level"] == "insuficiente"
    assert "3" in said["report"]["cause"]
    drifts = [*said["report"]["variables"], *said["report"]["shown"]]
    assert {one["known"] for one in drifts} == {0}
    assert not any(value is not None for one in drifts for value in one["quantiles"]["window"])


def _part(document: Any) -> PartDocument:
    """Read a period's document."""
    return TypeAdapter(PartDocument).validate_python(document)
