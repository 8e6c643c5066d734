"""`python -m mlops_pipeline drift`: windows from a file, from the log, from the bundle."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from mlops_pipeline.cli import main
from mlops_pipeline.drift_cli import STATUS
from mlops_pipeline.src.data.moments import COLOMBIA
from mlops_pipeline.src.data.schema import HEADER, NUMERIC, TEXTS
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.monitoring.kept.counter import LogCounter
from mlops_pipeline.src.monitoring.kept.store import CountsStore
from mlops_pipeline.src.monitoring.levels import Level
from mlops_pipeline.src.monitoring.prediction_log.ids import new_prediction_ids
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.store import PredictionStore
from mlops_pipeline.src.monitoring.reference import load_reference
from tests.conftest import Trained
from tests.support import Value, document, random_documents, write_csv

NOW = datetime.now(UTC)


def asked(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, dict[str, Any]]:
    """Run the command; give its status and what it says in JSON."""
    status = main(["drift", "--json", *map(str, arguments)])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, found


def logged(url: str, documents: list[dict[str, Value]], when: datetime, version: str) -> None:
    """Put predictions into a log."""
    store = PredictionStore(url)
    store.open()
    ids = new_prediction_ids(int(when.timestamp() * 1_000), len(documents))
    store.write(
        [
            PredictionRecord(one, "r", version, orjson.dumps(loan).decode(), 0.9, 0.5, 1, "[]")
            for one, loan in zip(ids, documents, strict=True)
        ]
    )
    store.close()


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address of a log that is not there yet."""
    url = f"sqlite:///{tmp_path / 'log.sqlite3'}"
    monkeypatch.setenv("PREDICTION_LOG", "durable")
    monkeypatch.setenv("DATABASE_URL", url)
    return url


def test_a_new_installation_sees_the_out_of_time_period(
    trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = asked(capsys, "--models-dir", trained.models_dir)
    assert said["window"]["origin"].startswith("Período de prueba fuera de tiempo")
    assert said["window"]["loans"] == len(trained.run.split.test)
    assert status == STATUS[Level(said["report"]["level"])]
    months = {point["period"][:7] for point in said["history"]["points"]}
    assert min(months) >= "2025-"
    assert sum(p["window"]["loans"] for p in said["history"]["points"]) == said["window"]["loans"]
    assert said["plan"]


def test_the_training_loans_themselves_do_not_drift(
    trained: Trained, portfolio_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = portfolio_csv.read_text(encoding="utf-8").splitlines()
    training = set(trained.run.split.train.lines.tolist())
    kept = [lines[0], *(text for line, text in enumerate(lines[1:], 2) if line in training)]
    same = tmp_path / "mismos.csv"
    same.write_text("\n".join(kept), encoding="utf-8")
    status, said = asked(capsys, "--window", same, "--models-dir", trained.models_dir)
    drifting = [v["name"] for v in said["report"]["variables"] if v["level"] != "verde"]
    assert drifting in ([], ["probabilidad"])  # the model knows these loans
    assert said["window"]["loans"] == len(training)
    assert (status == 0) is (not drifting)


def test_a_shifted_file_is_red_and_its_rows_are_counted(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loans = [{**one, "edad_cliente": 90.0} for one in random_documents(300, 3)]
    loans += [document(edad_cliente=7)]
    path = write_csv(tmp_path / "ventana.csv", loans, [1] * len(loans))
    status, said = asked(capsys, "--window", path, "--models-dir", trained.models_dir)
    assert status == STATUS[Level.RED] == 12
    assert said["window"] == {"origin": "Archivo ventana.csv", "loans": 300, "rejected": 1}


def commands(said: dict[str, Any]) -> list[str]:
    """Give the plan's commands that show loans."""
    return [one["command"] for one in said["plan"] if " drift " in one["command"]]


def test_a_plan_s_commands_show_the_same_loans(
    trained: Trained, tmp_path: Path, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    models = ("--models-dir", trained.models_dir)
    loans = [{**one, "edad_cliente": 90.0} for one in random_documents(330, 3)]
    path = write_csv(tmp_path / "mi cartera.csv", loans, [1] * len(loans))
    for given, shown in ((path, f"--window '{path}' --by"), (tmp_path / "corta.csv", "--window ")):
        if given != path:
            write_csv(given, loans[:3], [1] * 3)
        _, said = asked(capsys, "--window", given, *models)
        assert commands(said)
        assert all(shown in one for one in commands(said))
    _, said = asked(capsys, *models)  # out-of-time: there is no log yet
    assert all("--since" not in one and "--window" not in one for one in commands(said))
    logged(log, loans, NOW - timedelta(days=1), "v20260101_000000")
    since = (NOW - timedelta(days=3)).date().isoformat()
    for arguments in (("--since", since), ()):
        _, said = asked(capsys, *arguments, *models)
        assert said["window"]["loans"] == 330
        assert commands(said)
        assert all("--since" in one for one in commands(said))
        by_day = [one for one in commands(said) if one.endswith("--by day")]
        assert by_day
        first = datetime.fromisoformat(by_day[0].split()[-3])
        if arguments:
            assert first.date().isoformat() == since
        assert first.replace(tzinfo=UTC) > NOW - timedelta(days=31)  # not a loan's own date


def test_logged_predictions_are_a_window_by_arrival_and_model(
    trained: Trained, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = random_documents(180, 5)
    logged(log, documents[:60], NOW - timedelta(days=9), "v20260101_000000")
    logged(log, documents[60:120], NOW - timedelta(days=2), "v20260101_000000")
    logged(log, documents[120:], NOW - timedelta(days=2), "v20260202_000000")
    since = (NOW - timedelta(days=3)).isoformat()
    arguments = ("--since", since, "--by", "day", "--models-dir", trained.models_dir)
    _, said = asked(capsys, *arguments)
    assert said["window"]["loans"] == 120
    points = said["history"]["points"]
    assert [p["model_version"] for p in points] == ["v20260101_000000", "v20260202_000000"]
    assert [p["model_changed"] for p in points] == [False, True]
    assert {p["window"]["loans"] for p in points} == {60}


def test_kept_counts_change_nothing_but_the_time(
    trained: Trained, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = random_documents(200, 8)
    for k, days in enumerate((30, 9, 2.3, 2, 0)):
        logged(log, documents[40 * k : 40 * k + 40], NOW - timedelta(days=days), "v20260101_000000")
    moments = [(NOW - timedelta(days=days)).isoformat() for days in (400, 9.01, 2.1, 1)]
    moments.append((NOW - timedelta(days=2)).astimezone(COLOMBIA).date().isoformat() + "T05:00Z")

    def told() -> list[tuple[int, dict[str, Any]]]:
        models = ("--by", "day", "--models-dir", trained.models_dir)
        return [asked(capsys, "--since", since, *models) for since in moments]

    whole = told()
    grid = load_reference(ModelDeployment.load(trained.models_dir).reference).grid
    store = CountsStore(log)
    store.open()
    assert told() == whole  # nothing is counted yet
    counter = LogCounter(store, grid)
    counter.step(70)
    assert told() == whole  # only the newest are
    while counter.step(70).more:
        pass
    assert told() == whole
    logged(log, documents[:30], NOW, "v20260101_000000")
    more = told()
    assert [one["window"]["loans"] for _, one in more] == [
        one["window"]["loans"] + 30 for _, one in whole
    ]
    counter.step()
    assert told() == more
    store.close()


BAD_WINDOWS: dict[str, tuple[list[dict[str, Value]], str]] = {
    "one loan": ([document()], "insuficiente"),
    "constant": ([document()] * 200, "rojo"),
    "all missing": (
        [
            {**one, **{c.name: None for c in (*NUMERIC, *TEXTS) if c.nullable}}
            for one in random_documents(200, 11)
        ],
        "rojo",
    ),
    "a thousand unseen categories": (
        [
            {**one, "tipo_laboral": f"oficio {k}"}
            for k, one in enumerate(random_documents(1_000, 12))
        ],
        "rojo",
    ),
    "dates in the future": (
        [{**one, "fecha_prestamo": "2090-01-01"} for one in random_documents(200, 13)],
        "",
    ),
}


@pytest.mark.parametrize("name", BAD_WINDOWS)
def test_bad_windows_each_get_a_clear_answer(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    loans, level = BAD_WINDOWS[name]
    path = write_csv(tmp_path / "ventana.csv", loans, [""] * len(loans))
    status, said = asked(capsys, "--window", path, "--models-dir", trained.models_dir)
    assert said["window"]["loans"] + said["window"]["rejected"] == len(loans)
    assert status == STATUS[Level(said["report"]["level"])]
    assert level in ("", said["report"]["level"])
    assert said["report"]["cause"]
    assert said["plan"]
    if name == "dates in the future":
        found = [one["text"] for one in said["report"]["findings"] if one["doubt"] == "future_date"]
        assert found
        assert said["report"]["window"]["future"] == 200


def test_files_that_are_no_window_are_refused(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = ["--models-dir", str(trained.models_dir)]
    empty = tmp_path / "vacia.csv"
    empty.write_text("", encoding="utf-8")
    columns = [name for name in HEADER if name != "plazo_meses"]
    lacking = write_csv(tmp_path / "sin.csv", [document()], [1], columns)
    for path, why in ((empty, "vac"), (lacking, "plazo_meses")):
        assert main(["drift", "--window", str(path), *models]) == 2
        assert why in capsys.readouterr().err
    header = write_csv(tmp_path / "nadie.csv", [], [])
    assert main(["drift", "--window", str(header), *models]) == STATUS[Level.INSUFFICIENT]
    assert "La ventana no tiene préstamos" in capsys.readouterr().out
    infinite = write_csv(tmp_path / "inf.csv", random_documents(60, 14), [1] * 60)
    text = infinite.read_text(encoding="utf-8").splitlines()
    place = HEADER.index("saldo_total")
    rows = [line.split(",") for line in text[1:]]
    for row in rows[:5]:
        row[place] = "inf"
    infinite.write_text("\n".join([text[0], *(",".join(row) for row in rows)]), encoding="utf-8")
    _, told = asked(capsys, "--window", infinite, *models)
    assert told["window"] == {"origin": "Archivo inf.csv", "loans": 55, "rejected": 5}


@pytest.mark.parametrize(("loans", "real"), [(299, False), (300, True)])
def test_real_traffic_is_the_default_from_300_loans_on(
    trained: Trained, log: str, capsys: pytest.CaptureFixture[str], loans: int, real: bool
) -> None:
    logged(log, random_documents(loans, 6), NOW - timedelta(days=1), "v20260101_000000")
    _, said = asked(capsys, "--models-dir", trained.models_dir)
    assert said["window"]["origin"].startswith("Tráfico real") is real


def test_an_empty_log_is_said_and_nothing_is_invented(
    trained: Trained, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logged(log, [], NOW, "v20260101_000000")
    status, said = asked(capsys, "--since", "2026-01-01", "--models-dir", trained.models_dir)
    assert status == STATUS[Level.INSUFFICIENT]
    assert said["window"]["loans"] == 0
    assert said["history"]["points"] == []
    assert said["history"]["note"]


def test_what_a_person_reads(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["drift", "--models-dir", str(trained.models_dir)])
    out = capsys.readouterr().out
    assert status in STATUS.values()
    assert "Historia" in out
    assert "Plan" in out
    assert "2025-" in out


def test_bad_requests(
    trained: Trained, tmp_path: Path, log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    models = ["--models-dir", str(trained.models_dir)]
    assert main(["drift", "--window", str(tmp_path / "no.csv"), *models]) == 2
    assert main(["drift", "--since", "2026-01-01", *models]) == 2  # the log is not there
    assert not Path(log.removeprefix("sqlite:///")).exists()
    assert main(["drift", "--models-dir", str(tmp_path)]) == 1  # no model
    assert "Error:" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["drift", "--since", "ayer", *models])
