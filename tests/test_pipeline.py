"""The training run as its user starts it."""

from __future__ import annotations

import csv
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from mlops_pipeline import cli, messages
from mlops_pipeline.pipeline import RunConfig, run
from mlops_pipeline.promotion import Verdict, judge
from mlops_pipeline.reporting import results
from mlops_pipeline.src.data.generator import write_portfolio
from mlops_pipeline.src.data.schema import TARGET
from mlops_pipeline.src.errors import NotEnoughLoansError
from mlops_pipeline.src.features.catalogue import FEATURE_NAMES
from mlops_pipeline.src.features.selection import POSITION_IN_TIME, LeakagePolicy
from mlops_pipeline.src.model_deploy import ModelDeployment
from mlops_pipeline.src.registry import store
from mlops_pipeline.src.registry.store import Compared
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.training_run import Run
from tests.conftest import NOW, Trained, config_for
from tests.running import rows_of, train


def test_a_run_reports_the_leak_loudly_and_publishes(trained: Trained) -> None:
    [loud] = [line for line in trained.said if "FUGA" in line]
    assert "puntaje, ratio_puntajes" in loud
    assert "cuarentena" in loud
    table = rows_of(trained.results_dir / results.MODEL_RESULTS)
    champion = trained.run.result.champion.result.candidate.name
    assert [row["modelo"] for row in table if row["campeon"]] == [champion]
    audit = json.loads((trained.results_dir / results.LEAKAGE_AUDIT).read_text(encoding="utf-8"))
    taints = {one["feature"]: one["taints"] for one in audit["features"] if one["taints"]}
    assert taints["puntaje"] == [
        "single_feature_auc",
        "classes_do_not_overlap",
        "known_after_the_loan",
    ]
    assert "made_from_a_tainted_column" in taints["ratio_puntajes"]


def test_the_published_model_uses_neither_the_leak_nor_its_place_in_time(trained: Trained) -> None:
    metadata = ModelDeployment.load(trained.models_dir).metadata
    assert not {"puntaje", "ratio_puntajes", *POSITION_IN_TIME} & set(metadata.features)
    counts = metadata.feature_counts
    inputs = len(trained.run.result.champion.result.validated.trained.fitted.encoder.slots)
    assert (counts.catalogue, counts.after_audit, counts.model_inputs) == (35, 33, inputs)
    assert len(metadata.features) == 30


def test_metadata_tells_an_auditor_what_decided(trained: Trained) -> None:
    metadata = ModelDeployment.load(trained.models_dir).metadata
    data = metadata.data
    assert data["file"] == "cartera.csv"
    assert data["rows_read"] == 4_000
    training, later = data["training"], data["out_of_time"]
    assert isinstance(training, dict)
    assert isinstance(later, dict)
    assert training["loans"] + later["loans"] == 4_000  # type: ignore[operator]
    assert str(training["last"]) < str(later["first"])
    metrics = metadata.metrics["out_of_time"]
    assert isinstance(metrics, dict)
    auc = metrics["roc_auc"]
    assert isinstance(auc, dict)
    assert auc["low"] <= auc["value"] <= auc["high"]  # type: ignore[operator]
    assert metadata.libraries["lightgbm"]
    assert metadata.created_at == "2026-11-23T10:15:00Z"


def test_keeping_the_leak_shows_its_claim_and_publishes_nothing(
    portfolio_csv: Path, tmp_path: Path
) -> None:
    config = config_for(
        portfolio_csv, tmp_path, "DecisionTreeClassifier", leakage=LeakagePolicy.KEEP
    )
    said: list[str] = []
    finished = run(config, NOW, said.append)
    fitted = finished.result.champion.result.validated.trained.fitted
    assert set(fitted.encoder.features) == set(FEATURE_NAMES)
    assert any("No se publica" in line for line in said)
    assert not config.models_dir.exists()
    assert (config.results_dir / results.MODEL_RESULTS).exists()


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("vacio.csv", b"", "vacío"),
        ("binario.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "binario"),
        ("latin.csv", "tipo_crédito,a\n".encode("latin-1"), "UTF-8"),
        ("punto_y_coma.csv", b"tipo_credito;fecha_prestamo\n4;2025-01-01\n", "«;»"),
        ("falta.csv", b"tipo_credito,fecha_prestamo\n4,2025-01-01\n", "capital_prestado"),
    ],
)
def test_unusable_input_ends_with_status_2_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, word: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert train(path, tmp_path) == 2
    captured = capsys.readouterr()
    assert word in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "models").exists()
    assert not (tmp_path / "results").exists()


def test_a_folder_or_nothing_at_all_is_no_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(tmp_path, tmp_path) == 2
    assert "no es un archivo" in capsys.readouterr().err
    assert train(tmp_path / "nada.csv", tmp_path) == 2
    assert "No existe" in capsys.readouterr().err


def test_too_few_loans_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pocos.csv"
    write_portfolio(100, 1, path)
    with pytest.raises(NotEnoughLoansError, match="muy pocos"):
        run(config_for(path, tmp_path, "GaussianNB"), NOW, print)


def test_rows_that_cannot_be_used_are_written_out(portfolio_csv: Path, tmp_path: Path) -> None:
    lines = portfolio_csv.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    bad = lines[10].split(",")
    bad[header.index("plazo_meses")] = "0"
    lines[10] = ",".join(bad)
    lines.insert(5, "solo,tres,campos")
    target = lines[20].split(",")
    target[header.index(TARGET)] = "2"
    lines[20] = ",".join(target)
    path = tmp_path / "sucia.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = config_for(path, tmp_path, "LogisticRegression")
    finished = run(config, NOW, lambda _line: None)
    rejected = rows_of(config.results_dir / results.REJECTED_ROWS)
    assert [row["linea"] for row in rejected] == ["6", "12", "21"]
    assert "3 campos" in rejected[0]["motivo"]
    assert "plazo_meses" in rejected[1]["motivo"]
    assert TARGET in rejected[2]["motivo"]
    assert finished.portfolio.rows_read == 4_001


@pytest.mark.parametrize("digits", [19, 10], ids=["moments", "days"])
def test_order_of_rows_and_columns_and_extra_columns_change_nothing(
    portfolio_csv: Path, tmp_path: Path, digits: int
) -> None:
    rows = [
        {**row, "fecha_prestamo": row["fecha_prestamo"][:digits]} for row in rows_of(portfolio_csv)
    ]
    straight = tmp_path / "derecha.csv"
    with straight.open("w", encoding="utf-8", newline="") as stream:
        plain = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        plain.writeheader()
        plain.writerows(rows)
    rng = np.random.default_rng(0)
    header = [*rng.permutation(list(rows[0])), "sobra"]
    path = tmp_path / "revuelta.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows({**rows[i], "sobra": "x"} for i in rng.permutation(len(rows)))
    once, again = (
        run(
            config_for(data, tmp_path / data.stem, "LogisticRegression", "LGBMClassifier"),
            NOW,
            lambda _line: None,
        )
        for data in (straight, path)
    )
    for first, second in zip(once.result.candidates, again.result.candidates, strict=True):
        assert first.candidate.name == second.candidate.name
        assert first.out_of_time == second.out_of_time
    assert again.portfolio.ignored_columns == ("sobra",)


def test_bad_options_are_refused(tmp_path: Path) -> None:
    for options in (
        ["--costo-mora", "0"],
        ["--costo-mora", "abc"],
        ["--leakage", "ignore"],
        ["--seed", "-1"],
        ["--seed", "4294967296"],
        ["--jobs", "0"],
    ):
        with pytest.raises(SystemExit) as ended:
            train(tmp_path, tmp_path, *options)
        assert ended.value.code == 2


@pytest.mark.parametrize(
    ("options", "results_dir", "copied"),
    [
        ([], "results", True),
        (["--data", "./data/Base_de_datos.csv", "--results-dir", "results/"], "results", True),
        (["--seed", "7", "--models-dir", "otros"], "results", True),
        (["--data", "otra.csv"], "results", False),
        (["--results-dir", "otros"], "otros", False),
        (["--leakage", "keep"], "results/con_fuga", False),
        (["--leakage", "keep", "--results-dir", "results"], "results", False),
    ],
)
def test_the_report_is_copied_to_the_root_by_a_default_run_only(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    results_dir: str,
    copied: bool,
) -> None:
    asked: list[RunConfig] = []

    def noted(config: RunConfig, *_others: object) -> None:
        asked.append(config)
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "run", noted)
    assert cli.main(["train", *options]) == cli.EXIT_INTERRUPTED
    [config] = asked
    assert config.results_dir == Path(results_dir)
    assert config.copy_dir == (Path() if copied else None)


def test_generate_writes_a_portfolio_that_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "nueva.parquet"
    assert cli.main(["generate", "--rows", "50", "--seed", "3", "--out", str(path)]) == 0
    assert path.exists()
    assert cli.main(["generate", "--rows", "50", "--out", str(tmp_path / "nueva.xlsx")]) == 2
    assert cli.main(["generate", "--rows", "5", "--out", "/dev/null/nueva.csv"]) == 2
    with pytest.raises(SystemExit):
        cli.main(["generate", "--rows", "0", "--out", str(path)])


def test_an_interrupted_run_leaves_everything_as_it_was(
    portfolio_csv: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(*_arguments: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mlops_pipeline.pipeline.train_and_compare", interrupted)
    assert train(portfolio_csv, tmp_path) == cli.EXIT_INTERRUPTED
    assert "Interrumpido" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def backwards(run_: Run) -> Run:
    """The same run with a champion that ranks the wrong way round."""
    champion = run_.result.champion
    turned = replace(champion.result, probability=1 - champion.result.probability)
    return replace(run_, result=replace(run_.result, chosen=replace(champion, result=turned)))


def test_a_champion_replaces_the_published_model_unless_it_is_worse(trained: Trained) -> None:
    same = judge(trained.run, trained.models_dir)
    assert same.promote
    assert same.difference is not None
    assert same.difference.value == pytest.approx(0, abs=1e-3)
    worse = judge(backwards(trained.run), trained.models_dir)
    assert not worse.promote
    assert "v20261123_101500" in worse.reason
    assert messages.PUBLISHED_KNOWS_THE_TEST not in worse.reason


def test_the_first_model_and_one_after_a_broken_one_are_promoted(
    trained: Trained, tmp_path: Path
) -> None:
    assert judge(trained.run, tmp_path).reason == messages.FIRST_MODEL
    (tmp_path / store.LATEST).mkdir()
    assert judge(trained.run, tmp_path).promote


def test_a_champion_that_ranks_by_chance_is_not_promoted_even_as_the_first(
    trained: Trained, tmp_path: Path
) -> None:
    champion = trained.run.result.champion
    chance = replace(champion.result.validated, roc_auc=Interval(0.52, 0.47, 0.57))
    turned = replace(champion, result=replace(champion.result, validated=chance))
    verdict = judge(
        replace(trained.run, result=replace(trained.run.result, chosen=turned)), tmp_path
    )
    assert not verdict.promote
    assert "azar" in verdict.reason


def test_a_comparison_that_favours_the_published_model_says_so(
    trained: Trained, portfolio_csv: Path, tmp_path: Path
) -> None:
    lines = portfolio_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    early = tmp_path / "antes.csv"
    dates = sorted(line.split(",")[1] for line in lines[1:])
    early.write_text(
        lines[0] + "".join(line for line in lines[1:] if line.split(",")[1] < dates[2_800]),
        encoding="utf-8",
    )
    config = config_for(early, tmp_path, "LogisticRegression", models_dir=trained.models_dir)
    said: list[str] = []
    finished = run(replace(config, leakage=LeakagePolicy.KEEP), NOW, said.append)
    assert messages.PUBLISHED_KNOWS_THE_TEST in judge(finished, trained.models_dir).reason


@pytest.mark.parametrize("anyway", [False, True])
def test_a_worse_champion_is_published_and_promoted_only_on_demand(
    portfolio_csv: Path,
    tmp_path: Path,
    trained: Trained,
    monkeypatch: pytest.MonkeyPatch,
    anyway: bool,
) -> None:
    models = shutil.copytree(trained.models_dir, tmp_path / "models", symlinks=True)
    worse = Verdict(False, "peor", Compared("v20261123_101500"))
    monkeypatch.setattr("mlops_pipeline.promotion.judge", lambda _run, _dir: worse)
    config = config_for(portfolio_csv, tmp_path, "LogisticRegression", promote_anyway=anyway)
    said: list[str] = []
    run(config, NOW + timedelta(days=1), said.append)
    assert (models / "v20261124_101500").is_dir()
    served = ModelDeployment.load(models).metadata.version
    assert served == ("v20261124_101500" if anyway else "v20261123_101500")
    assert any("sin promover" in line for line in said) != anyway


def test_a_champion_does_not_displace_a_model_that_it_was_not_compared_with(
    portfolio_csv: Path, tmp_path: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = shutil.copytree(trained.models_dir, tmp_path / "models", symlinks=True)
    early = Verdict(True, messages.FIRST_MODEL, Compared(None))  # judged before the other came
    monkeypatch.setattr("mlops_pipeline.promotion.judge", lambda _run, _dir: early)
    said: list[str] = []
    config = config_for(portfolio_csv, tmp_path, "LogisticRegression", copy_dir=tmp_path)
    finished = run(config, NOW + timedelta(days=1), said.append)
    assert ModelDeployment.load(models).metadata.version == "v20261123_101500"
    assert (models / "v20261124_101500").is_dir()
    assert any("no se comparó" in line for line in said)
    report, copy = (
        (folder / "RESULTADOS.md").read_text(encoding="utf-8")
        for folder in (config.results_dir, tmp_path)
    )
    assert copy.replace("](results/", "](") == report
    for told in (finished.verdict, report, copy):
        assert "no se comparó" in told
        assert "se promueve" not in told


def test_a_champion_that_holds_client_rows_waits_for_consent(
    trained: Trained, portfolio_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mlops_pipeline.src.training.selection.Validated.beats_base_rate", property(lambda _: True)
    )
    # Takes half a minute where each loan is compared with all.
    monkeypatch.setattr(
        "mlops_pipeline.src.model_training_evaluation.permutation_importance", lambda *_: ()
    )
    said: list[str] = []
    config = config_for(portfolio_csv, tmp_path, "KNeighborsClassifier")
    run(config, NOW, said.append)
    assert any("--permitir-filas" in line for line in said)
    assert (config.models_dir / "v20261123_101500").is_dir()
    assert not (config.models_dir / store.LATEST).exists()
    run(replace(config, allow_client_rows=True), NOW + timedelta(days=1), said.append)
    assert ModelDeployment.load(config.models_dir).metadata.contains_client_rows


@pytest.mark.slow
def test_no_eligible_model_reports_ends_with_status_3_and_publishes_nothing(
    trained: Trained, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cartera.csv"
    write_portfolio(2_600, 7, path)
    rows = rows_of(path)
    # Of six shuffles the one after which no candidate's probabilities are worth anything.
    labels = np.random.default_rng(1).permutation([row[TARGET] for row in rows])
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, TARGET: label} for row, label in zip(rows, labels, strict=True))
    models = shutil.copytree(trained.models_dir, tmp_path / "models", symlinks=True)
    before = {one.name for one in models.iterdir()}
    stale = tmp_path / "results" / "calibration.png"
    stale.parent.mkdir()
    stale.write_bytes(b"de otra corrida")
    assert train(path, tmp_path) == cli.EXIT_NO_MODEL
    said = capsys.readouterr()
    assert "Ningún modelo" in said.err
    assert said.out.count(" no puede ser campeón") == 11
    table = rows_of(tmp_path / "results" / results.MODEL_RESULTS)
    assert len(table) == 11
    assert not any(row["campeon"] for row in table)
    for row in table:  # nothing was there to learn
        low, high = float(row["roc_auc_ic95_inf"]), float(row["roc_auc_ic95_sup"])
        assert low - 0.05 <= 0.5 <= high + 0.05
    text = (tmp_path / "results" / results.RESULTADOS).read_text(encoding="utf-8")
    assert "No se publica nada y latest no cambia" in text
    assert not stale.exists()
    assert {one.name for one in models.iterdir()} == before
    assert ModelDeployment.load(models).metadata.version == "v20261123_101500"


@pytest.mark.parametrize("option", ["--results-dir", "--models-dir"])
def test_a_folder_that_cannot_be_written_is_refused_before_any_work(
    portfolio_csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    (tmp_path / "archivo").touch()
    started = time.monotonic()
    assert train(portfolio_csv, tmp_path, option, str(tmp_path / "archivo")) == 2
    assert time.monotonic() - started < 2
    assert "No se puede escribir" in capsys.readouterr().err


def test_two_runs_at_once_do_not_harm_each_other(portfolio_csv: Path, tmp_path: Path) -> None:
    config = config_for(portfolio_csv, tmp_path, "LogisticRegression")
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run, config, NOW, lambda _line: None) for _ in range(2)]
        finished = [one.result() for one in runs]
    assert (
        finished[0].result.candidates[0].out_of_time == finished[1].result.candidates[0].out_of_time
    )
    published = {path.name for path in config.models_dir.iterdir() if path.name.startswith("v")}
    assert published == {"v20261123_101500", "v20261123_101500_2"}
    assert ModelDeployment.load(config.models_dir).metadata.version in published
    assert len(rows_of(config.results_dir / results.MODEL_RESULTS)) == 1
    assert not [path for path in config.results_dir.iterdir() if path.name.startswith(".")]
