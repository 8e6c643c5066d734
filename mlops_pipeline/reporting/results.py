"""The tables that a training run leaves in its results folder."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from mlops_pipeline.bundling import Run, audit_document
from mlops_pipeline.src.data.readers import RejectedRow
from mlops_pipeline.src.model_training_evaluation import CandidateResult

MODEL_RESULTS = "model_results.csv"
REJECTED_ROWS = "filas_rechazadas.csv"
LEAKAGE_AUDIT = "leakage_audit.json"

MODEL_COLUMNS = (
    "modelo",
    "roc_auc_validacion",
    "roc_auc",
    "roc_auc_ic95_inf",
    "roc_auc_ic95_sup",
    "f1",
    "accuracy",
    "ks",
    "average_precision_mora",
    "log_loss",
    "brier",
    "tn",
    "fp",
    "fn",
    "tp",
    "tiempo_s",
    "campeon",
)


def write_reports(run: Run, folder: Path) -> None:
    """Write the run's tables; each file is replaced in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / MODEL_RESULTS, model_table(run))
    _write(folder / REJECTED_ROWS, rejected_table(run.portfolio.rejected))
    audit = json.dumps(audit_document(run.audit), indent=2, ensure_ascii=False)
    _write(folder / LEAKAGE_AUDIT, audit + "\n")


def model_table(run: Run) -> str:
    """Give the comparison as CSV, best first by validation; measures are out of time."""
    champion = run.result.champion.result.candidate.name
    rows = [_model_row(result, champion) for result in run.result.candidates]
    return _csv([MODEL_COLUMNS, *rows])


def _model_row(result: CandidateResult, champion: str) -> tuple[object, ...]:
    """Give one candidate's row."""
    found = result.out_of_time
    return (
        result.candidate.name,
        *(f"{value:.4f}" for value in (result.validation_roc_auc, found.roc_auc.value)),
        *(f"{value:.4f}" for value in (found.roc_auc.low, found.roc_auc.high)),
        *(f"{value:.4f}" for value in (found.f1, found.accuracy, found.ks)),
        *(f"{v:.4f}" for v in (found.average_precision_late, found.log_loss, found.brier)),
        *(found.tn, found.fp, found.fn, found.tp),
        f"{result.fitted.seconds:.2f}",
        "sí" if result.candidate.name == champion else "",
    )


def rejected_table(rejected: tuple[RejectedRow, ...]) -> str:
    """Give the rejected rows as CSV: line, reason, content."""
    return _csv(
        [("linea", "motivo", "contenido"), *((r.line, r.reason, r.content) for r in rejected)]
    )


def _csv(rows: list[tuple[object, ...]]) -> str:
    """Write rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    """Replace a file in one step."""
    beside = path.with_name(f".{path.name}.partial")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
