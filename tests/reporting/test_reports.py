"""What a run leaves in its results folder."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.reporting import facts, quality, resultados_champion, results, views
from mlops_pipeline.reporting.evaluation_report import evaluation_report
from mlops_pipeline.reporting.files import replace_files, staged
from mlops_pipeline.reporting.resultados import resultados
from mlops_pipeline.reporting.resultados_decision import _verdict
from mlops_pipeline.reporting.summary import summary
from mlops_pipeline.reporting.tables import model_table
from mlops_pipeline.src.data.readers import RejectedRow
from mlops_pipeline.src.data.schema import COLUMNS
from mlops_pipeline.src.errors import PublishError
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.src.training.candidates import CANDIDATES
from mlops_pipeline.src.training.importance import Importance
from mlops_pipeline.src.training.periods import period, target_of
from mlops_pipeline.src.training.threshold import Placement
from mlops_pipeline.training_run import Run
from tests.conftest import ROOT

FIGURES = {
    "model_comparison.png",
    "roc_curves.png",
    "confusion_matrices.png",
    "calibration.png",
    "cost_threshold.png",
    "score_distribution.png",
}
DOCUMENTS = {
    "model_results.csv",
    "evaluation_report.txt",
    "data_quality.json",
    "leakage_audit.json",
    "filas_rechazadas.csv",
    "RESULTADOS.md",
}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture(scope="module")
def reported(finished: Run) -> Mapping[str, bytes]:
    return results.reports(finished)


@pytest.fixture(scope="module")
def quality_document(reported: Mapping[str, bytes]) -> Any:
    return json.loads(reported[results.DATA_QUALITY])


def test_every_report_is_written_the_same_each_time_and_nothing_else(
    finished: Run, reported: Mapping[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "nueva" / "results"
    replace_files(folder, results.reports(finished))
    assert {path.name for path in folder.iterdir()} == FIGURES | DOCUMENTS
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == reported


def test_model_results_begin_with_the_public_columns(finished: Run) -> None:
    table = rows_of(model_table(finished))
    assert list(table[0])[:5] == ["modelo", "roc_auc", "f1", "accuracy", "tiempo_s"]
    assert [row["modelo"] for row in table] == [
        one.candidate.name for one in finished.result.candidates
    ]
    order = [float(row["roc_auc_validacion"]) for row in table]
    assert order == sorted(order, reverse=True)
    champion = finished.result.champion.result.candidate.name
    assert [row["modelo"] for row in table if row["campeon"] == "sí"] == [champion]
    assert {row["campeon"] for row in table} <= {"sí", ""}


def test_model_results_hold_what_was_measured(finished: Run) -> None:
    for row, one in zip(rows_of(model_table(finished)), finished.result.candidates, strict=True):
        found = one.out_of_time
        assert float(row["roc_auc"]) == pytest.approx(found.roc_auc.value, abs=1e-5)
        assert float(row["roc_auc_ic95_inf"]) == pytest.approx(found.roc_auc.low, abs=1e-5)
        assert float(row["roc_auc_ic95_sup"]) == pytest.approx(found.roc_auc.high, abs=1e-5)
        assert float(row["f1_mora"]) == pytest.approx(found.f1_late.value, abs=1e-5)
        assert float(row["especificidad_ic95_sup"]) == pytest.approx(
            found.specificity.high, abs=1e-5
        )
        counts = [int(row[name]) for name in ("tn", "fp", "fn", "tp")]
        assert sum(counts) == len(finished.split.test)
        assert row["calibracion"] == one.decision.calibration.kind.value
        assert row["filas_muestra"] == ""
        assert (row["empate_con_el_mejor"] == "sí") is one.validated.tied


def test_model_results_state_a_sample(finished: Run) -> None:
    champion = finished.result.champion.result
    one = next(one for one in finished.result.candidates if one is not champion)
    fitted = replace(one.validated.trained.fitted, loans=100)
    validated = replace(one.validated, trained=replace(one.validated.trained, fitted=fitted))
    candidates = (replace(one, validated=validated), champion)
    other = replace(finished, result=replace(finished.result, candidates=candidates))
    assert [row["filas_muestra"] for row in rows_of(model_table(other))] == ["100", ""]
    assert "100 préstamos (muestra" in evaluation_report(other)
    assert "100 (muestra" in resultados(other)


def test_data_quality_adds_up(finished: Run, quality_document: Any) -> None:
    document = quality_document
    rows = document["rows"]
    assert rows == {"read": 3_000, "usable": 2_997, "rejected": 3}
    assert document["rejected_by_first_reason"] == {
        "not_a_number": 1,
        "missing_value": 1,
        "not_whole": 1,
    }
    assert {"column": "capital_prestado", "kind": "missing_value", "rows": 1} in document[
        "reasons_by_column"
    ]
    assert document["ignored_columns"] == ["sobra"]
    assert document["sha256"] == finished.portfolio.sha256
    training, later = document["training"], document["out_of_time"]
    assert training["loans"] + later["loans"] == rows["usable"]
    assert training["late_rate"] == training["late"] / training["loans"]
    assert later["term_not_run"] <= later["loans"]
    folds = document["validation_folds"]
    assert len(folds) == facts.validation_folds(finished)
    assert all(fold["term_not_run"] <= fold["loans"] for fold in folds)
    assert folds[-1]["last"] == training["last"]


def test_data_quality_counts_nulls_and_findings_of_every_column(
    finished: Run, quality_document: Any
) -> None:
    columns = {one["column"]: one for one in quality_document["columns"]}
    assert list(columns) == [column.name for column in COLUMNS]
    for column in COLUMNS:
        found = columns[column.name]
        missing = quality.nulls(finished.portfolio.loans, column)
        assert found["nulls"] == missing
        assert found["null_share"] == missing / 2_997
    assert columns["tendencia_ingresos"]["nulls"] > 0
    for flag in finished.flags:
        assert columns[flag.column]["findings"][flag.finding.value] == len(flag.rows)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (messages.broken_quotes(), "unreadable_line"),
        (messages.wrong_width(3, 4), "unreadable_line"),
        (f"plazo_meses: {messages.required_value()}", "missing_value"),
        (f"fecha_prestamo: {messages.bad_date('ayer')}", "bad_date"),
        (
            f"fecha_prestamo: {messages.impossible_date('1800-01-01', (1990, 2100))}",
            "impossible_date",
        ),
        (f"edad_cliente: {messages.not_a_number('x')}", "not_a_number"),
        (f"edad_cliente: {messages.impossible(200, 0, 150)}", "impossible_value"),
        (f"plazo_meses: {messages.not_whole(1.5)}", "not_whole"),
        (f"tipo_laboral: {messages.too_long(70, 64)}", "too_long"),
        (f"Pago_atiempo: {messages.bad_target('no es un número')}", "bad_target"),
        ("algo nuevo", "other"),
    ],
)
def test_every_reason_has_a_kind_and_words(reason: str, kind: str) -> None:
    rejected = [RejectedRow(2, reason, ""), RejectedRow(3, f"{reason}; plazo_meses: 1", "")]
    assert quality.first_reasons(rejected) == {kind: 2}
    assert messages.REASONS[kind]


def test_a_row_without_any_known_column_is_one_reason() -> None:
    [pair] = quality._reasons(RejectedRow(2, "línea ilegible: a; b", ""))
    assert pair == ("", "unreadable_line")


def test_resultados_names_all_eleven_and_the_champions_figures(eleven: Run) -> None:
    text = resultados(eleven)
    head, *rows = re.findall(r"(?m)^\| .*\|$", text.split("## Los modelos en breve")[1])[:13]
    assert head == "| Modelo | ROC-AUC | F1 | Accuracy | Tiempo |"
    for candidate in CANDIDATES:
        assert sum(candidate.name in row for row in rows) == 1
    champion = eleven.result.champion.result
    auc = champion.out_of_time.roc_auc
    assert messages.with_interval(auc.value, auc.low, auc.high) in text
    counts = champion.out_of_time.confusion
    assert f"| Cayó en mora | {messages.number(counts.tn)} | {messages.number(counts.fp)} |" in text
    assert messages.percent(champion.decision.rule.threshold, 2) in text
    for name, value in champion.candidate.settings.items():
        assert f"| `{name}` | {value} |" in text


def test_resultados_states_data_leak_features_costs_and_how_to_reproduce(finished: Run) -> None:
    text = resultados(finished)
    counts = finished.feature_counts
    assert "35 en el catálogo, 33 tras la auditoría" in text
    assert f"{counts.model_inputs} entradas del modelo" in text
    by_name = {one.feature: one for one in finished.audit.features}
    assert f"| `puntaje` | {messages.decimal(by_name['puntaje'].auc, 4)} |" in text
    assert "--leakage keep" in text
    assert "3.000 filas, 2.997 utilizables, 3 rechazadas" in text
    assert "`sobra`" in text
    for one in facts.periods(finished):
        assert f"{messages.number(one.term_not_run)} de {messages.number(one.loans)}" in text
    curves = [
        views.cost_curve(loans, finished.result.champion.result.decision.rule)
        for loans in views.scored(finished)
    ]
    for curve in curves:
        assert f"{messages.money(curve.grant_all)} | {messages.money(curve.refuse_all)}" in text
    assert "--costo-mora 10 --costo-rechazo 1 --seed 42" in text
    assert finished.portfolio.sha256 in text
    assert "lightgbm" in text


def test_importance_is_told_from_chance_by_its_interval_over_loans(finished: Run) -> None:
    champion = finished.result.champion
    told = [
        Importance("edad_cliente", 0.02, 0.01, 0.03, 0.5),  # however shuffles differ
        Importance("plazo_meses", 0.01, -0.01, 0.03, 0.0001),
    ]
    chosen = replace(champion, importance=tuple(told))
    run = replace(finished, result=replace(finished.result, chosen=chosen))
    text = resultados(run).split("## Qué variables pesan")[1].split("## ")[0]
    assert "| 1 | `edad_cliente` | +0,0200 [+0,0100; +0,0300] | 0,5000 |" in text
    assert "| 2 | `plazo_meses` | +0,0100 [−0,0100; +0,0300] | 0,0001 |" in text
    assert "En 1 de 2 variables el intervalo queda sobre 0" in text


def test_costs_in_pesos_are_written_in_full(finished: Run) -> None:
    rule = DecisionRule.from_costs(5_000_000, 300_000)
    champion = finished.result.champion.result
    decision = replace(champion.validated.decision, rule=rule)
    dear = replace(champion, validated=replace(champion.validated, decision=decision))
    chosen = replace(finished.result.champion, result=dear)
    result = replace(finished.result, candidates=(dear,), chosen=chosen)
    text = resultados(
        replace(finished, options=replace(finished.options, rule=rule), result=result)
    )
    assert "--costo-mora 5000000 --costo-rechazo 300000" in text
    assert "Costos: 5.000.000 por un préstamo otorgado que cae en mora, 300.000" in text


def test_resultados_warns_loudly_where_the_leak_was_kept(leaky: Run, finished: Run) -> None:
    assert "Estas cifras no valen para decidir" in resultados(leaky)
    assert "LAS USAN" in resultados(leaky)
    assert "conocen la respuesta (--leakage keep)" in evaluation_report(leaky)
    assert "no valen para decidir" not in resultados(finished)


def test_links_of_resultados_lead_to_the_reports(
    finished: Run, reported: Mapping[str, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    copies = {tmp_path / results.RESULTADOS: results.root_copy(finished, folder)}
    with staged(folder, reported, copies=copies) as replace_them:
        replace_them()
    for place in (tmp_path, tmp_path / "results"):
        text = (place / results.RESULTADOS).read_text(encoding="utf-8")
        links = re.findall(r"\]\(([^)]+)\)", text)
        assert {Path(link).name for link in links} >= FIGURES
        assert all((place / link).is_file() for link in links)


def test_resultados_of_an_honest_portfolio(finished: Run) -> None:
    clean = tuple(replace(one, taints=(), parents=()) for one in finished.audit.features)
    audit = replace(finished.audit, features=clean)
    text = resultados(replace(finished, audit=audit, flags=()))
    assert "Ninguna variable conoce la respuesta" in text
    assert "Valores dudosos" not in text


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.1, 0.3, "más barato que"), (-0.3, -0.1, "MÁS CARO"), (-0.1, 0.1, "incluye 0")],
)
def test_the_verdict_follows_the_interval(low: float, high: float, words: str) -> None:
    assert words in _verdict(Interval((low + high) / 2, low, high))


def facts_target(run: Run) -> NDArray[np.int8]:
    return target_of(run.split.test)


@pytest.mark.parametrize(("tn", "fn", "words"), [(0, 60, "cuesta MÁS"), (40, 0, "ahorra")])
def test_the_summary_for_the_board_follows_the_costs(
    finished: Run, tn: int, fn: int, words: str
) -> None:
    champion = finished.result.champion.result
    target = facts_target(finished)
    # Refuse the first `tn` late loans and the first `fn` on-time ones.
    order = np.where(target == 0, np.cumsum(target == 0) <= tn, np.cumsum(target == 1) <= fn)
    decided = replace(champion, probability=np.where(order, 0.0, 1.0))
    other = replace(finished.result.champion, result=decided)
    text = resultados(
        replace(finished, result=replace(finished.result, chosen=other, candidates=(other.result,)))
    )
    assert words in text.split("## Los datos")[0]


def test_evaluation_report_has_every_measure_of_every_model(finished: Run) -> None:
    text = evaluation_report(finished)
    for one in finished.result.candidates:
        assert one.candidate.name in text
        found = one.out_of_time.ks
        assert messages.with_interval(found.value, found.low, found.high) in text
    for words in messages.MEASURES.values():
        assert text.count(f"\n{words} ") >= len(finished.result.candidates)
    assert max(map(len, text.splitlines())) <= 120 + 80  # hyperparameters may be long


def test_the_printed_summary_is_short(finished: Run) -> None:
    text = summary(finished, Path("results"))
    for one in finished.result.candidates:
        assert one.candidate.name in text
    assert "Campeón: " in text
    assert "35 en el catálogo, 33 tras la auditoría" in text
    assert text.endswith("Informes en results.")


def test_a_disk_that_fills_while_writing_leaves_all_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("uno.txt", "dos.txt"):
        (tmp_path / name).write_bytes(b"viejo")
    synced: list[int] = []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("mlops_pipeline.reporting.files.os.fsync", full)
    with pytest.raises(PublishError, match="space"):
        replace_files(tmp_path, {"uno.txt": b"nuevo", "dos.txt": b"nuevo"})
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        "uno.txt": b"viejo",
        "dos.txt": b"viejo",
    }


def test_nothing_is_replaced_before_it_is_asked_for(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        staged(tmp_path / "results", {"uno.txt": b"nuevo"}),
    ):
        raise KeyboardInterrupt
    assert list((tmp_path / "results").iterdir()) == []


def test_a_failure_while_drawing_writes_nothing(
    finished: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_run: Run) -> None:
        raise RuntimeError("no ink")

    monkeypatch.setattr(results, "figures", broken)
    with pytest.raises(RuntimeError, match="ink"):
        replace_files(tmp_path / "results", results.reports(finished))
    assert not (tmp_path / "results").exists()


def test_a_period_whose_terms_have_all_run(finished: Run) -> None:
    later = finished.as_of + 100 * 366 * 86_400
    found = period(finished.split.test, later)
    assert found.term_not_run == 0
    assert found.late_rate_run == found.late_rate
    assert found.late_rate_not_run != found.late_rate_not_run


def test_resultados_of_a_champion_that_is_neither_first_nor_tied(finished: Run) -> None:
    champion = finished.result.champion.result
    other = next(one for one in finished.result.candidates if one is not champion)
    behind = replace(champion, validated=replace(champion.validated, tied=False))
    chosen = replace(finished.result.champion, result=behind)
    result = replace(
        finished.result, candidates=(other, behind), chosen=chosen, refusals=("Uno no se pudo.",)
    )
    text = resultados(replace(finished, result=result))
    assert f"{champion.candidate.name} es el número 2 de 2" in text
    assert "ninguno de los empatados con el primero se pudo publicar" in text
    assert "- Uno no se pudo." in text
    assert "NO PUDIERON SER CAMPEÓN\nUno no se pudo." in evaluation_report(
        replace(finished, result=result)
    )


def test_resultados_of_a_change_that_is_more_than_chance(finished: Run) -> None:
    champion = finished.result.champion.result
    counts = champion.out_of_time.confusion
    measures = replace(
        champion.out_of_time,
        roc_auc=Interval(0.1, 0.05, 0.15),
        confusion=replace(counts, tn=0, fp=counts.tn + counts.fp, fn=0, tp=counts.fn + counts.tp),
    )
    worse = replace(champion, out_of_time=measures)
    chosen = replace(finished.result.champion, result=worse)
    result = replace(finished.result, candidates=(worse,), chosen=chosen)
    text = resultados(replace(finished, result=result))
    assert "más de lo que explica el azar" in text
    assert "no rechaza a nadie" in text


def test_loans_without_target_are_refused(finished: Run) -> None:
    with pytest.raises(TypeError, match="target"):
        target_of(replace(finished.split.test, target=None))


def test_without_a_champion_the_comparison_is_reported_all_the_same(finished: Run) -> None:
    result = replace(finished.result, chosen=None, refusals=("Uno no se pudo.",))
    nobody = replace(finished, result=result, verdict="No se publica nada.")
    written = results.reports(nobody)
    champions = {"calibration.png", "cost_threshold.png", "score_distribution.png"}
    assert set(written) == (FIGURES | DOCUMENTS) - champions
    text = written[results.RESULTADOS].decode()
    for words in ("No hay campeón", "- Uno no se pudo.", "**Publicación:** No se publica nada."):
        assert words in text.split("## Los datos")[0]
    links = {Path(link).name for link in re.findall(r"\]\(([^)]+)\)", text)}
    assert links <= set(written)
    assert "Campeón             ninguno" in evaluation_report(nobody)
    assert not any(row["campeon"] for row in rows_of(model_table(nobody)))
    assert "Campeón" not in summary(nobody, Path("results"))


def test_reports_of_another_run_do_not_stay(finished: Run, tmp_path: Path) -> None:
    (tmp_path / "calibration.png").write_bytes(b"viejo")
    (tmp_path / "notas.txt").write_bytes(b"de alguien")
    with staged(tmp_path, {"RESULTADOS.md": b"nuevo"}, results.EVERY_REPORT) as replace_them:
        assert (tmp_path / "calibration.png").exists()
        replace_them()
    assert {path.name for path in tmp_path.iterdir()} == {"RESULTADOS.md", "notas.txt"}
    assert set(results.reports(finished)) == results.EVERY_REPORT


def test_files_of_two_runs_do_not_mix(tmp_path: Path) -> None:
    folder, copy = tmp_path / "results", tmp_path / "copia.txt"
    names = [f"{number}.txt" for number in range(200)]
    barrier = threading.Barrier(2)

    def write(content: bytes) -> None:
        for _ in range(5):
            files = dict.fromkeys(names, content)
            with staged(folder, files, copies={copy: content}) as replace_them:
                barrier.wait()
                replace_them()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, (b"uno", b"dos")))
    assert len({place.read_bytes() for place in (*folder.iterdir(), copy)}) == 1
    assert {one.name for one in folder.iterdir()} == {*names}


STAGED_AND_KILLED = """
import os, signal, sys
from pathlib import Path
from mlops_pipeline.reporting.files import staged
folder = Path(sys.argv[1])
with staged(folder / "results", {"uno.txt": b"a"}, copies={folder / "uno.txt": b"a"}):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_is_removed_by_the_next_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    command = [sys.executable, "-c", STAGED_AND_KILLED, str(tmp_path)]
    killed = subprocess.run(command, cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = [path for place in (folder, tmp_path) for path in place.glob(".uno.txt.*.partial")]
    assert len(left) == 2
    (folder / ".notas.partial").write_bytes(b"de alguien")
    with staged(folder, {"uno.txt": b"viva"}, copies={tmp_path / "uno.txt": b"viva"}) as replace_it:
        assert not any(path.exists() for path in left)
        # A run that lives keeps what it staged, whoever comes meanwhile.
        replace_files(folder, {"uno.txt": b"otra"})
        replace_it()
    assert (folder / "uno.txt").read_bytes() == b"viva"
    assert {path.name for path in folder.iterdir()} == {"uno.txt", ".notas.partial"}
    assert {path.name for path in tmp_path.iterdir()} == {"results", "uno.txt"}


def test_a_report_that_is_not_made_any_more_leaves_no_partial_file(tmp_path: Path) -> None:
    stale = tmp_path / ".calibration.png.0123456789abcdef.partial"
    stale.write_bytes(b"de una corrida muerta")
    with staged(tmp_path, {"RESULTADOS.md": b"nuevo"}, results.EVERY_REPORT) as replace_them:
        replace_them()
    assert [path.name for path in tmp_path.iterdir()] == ["RESULTADOS.md"]


def test_the_origin_of_the_data_is_named(finished: Run) -> None:
    assert hashlib.sha256((ROOT / "data/Base_de_datos.csv").read_bytes()).hexdigest() == (
        facts.SHIPPED_SHA256
    )
    assert "no sabe cómo se obtuvo" in resultados(finished)
    shipped = replace(finished, portfolio=replace(finished.portfolio, sha256=facts.SHIPPED_SHA256))
    assert "**datos sintéticos**" in resultados(shipped)


def test_resultados_says_how_exact_the_graph_is_and_where_the_threshold_stands(
    finished: Run,
) -> None:
    champion = finished.result.champion
    proof = replace(champion.parity, splits=5_000, splits_tried=1_200)
    placed = Placement(0.9, 0.9001, 1e-4)
    other = replace(champion, parity=proof, threshold=placed)
    text = resultados(replace(finished, result=replace(finished.result, chosen=other)))
    assert "en 1.200 de sus 5.000 umbrales de división" in text
    assert "Se movió 0,010 puntos hasta un hueco" in text
    assert "docs/decisions/0004" in text.split("## Límites")[1]


def test_young_loans_are_counted_in_each_fold(finished: Run) -> None:
    text = resultados(finished).split("## Préstamos jóvenes")[1].split("## ")[0]
    assert text.count("· validación, tramo") == facts.validation_folds(finished)
    assert "Madurez:" in text


@pytest.mark.parametrize(
    ("validation", "later", "said"),
    [
        # Each within the other's interval, or nearly: only their difference tells.
        ((0.735, 0.703, 0.767), (0.640, 0.579, 0.705), "−0,095 [−0,166; −0,024]: más de lo que"),
        ((0.700, 0.660, 0.740), (0.690, 0.630, 0.750), "−0,010 [−0,082; +0,062]: el intervalo"),
        ((0.600, 0.590, 0.610), (0.700, 0.690, 0.710), "+0,100 [+0,086; +0,114]: más de lo que"),
    ],
)
def test_a_change_over_time_is_judged_by_the_interval_of_the_difference(
    validation: tuple[float, ...], later: tuple[float, ...], said: str
) -> None:
    champion = SimpleNamespace(
        validated=SimpleNamespace(roc_auc=Interval(*validation)),
        out_of_time=SimpleNamespace(roc_auc=Interval(*later)),
    )
    run = SimpleNamespace(result=SimpleNamespace(champion=SimpleNamespace(result=champion)))
    assert said in resultados_champion._change(cast(Run, run))
