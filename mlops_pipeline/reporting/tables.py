"""The comparison and the rejected rows as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from mlops_pipeline.reporting.facts import champion_of
from mlops_pipeline.reporting.files import csv_text
from mlops_pipeline.src.data.readers import RejectedRow
from mlops_pipeline.src.model_training_evaluation import CandidateResult
from mlops_pipeline.src.training.bootstrap import Interval
from mlops_pipeline.src.training.metrics import Measures
from mlops_pipeline.training_run import Run

# A measure's column; its interval's columns end in _ic95_inf and _ic95_sup.
_COLUMNS = {
    "average_precision_late": "average_precision_mora",
    "f1_late": "f1_mora",
    "precision_late": "precision_mora",
    "specificity": "especificidad",
}
_PUBLIC = ("roc_auc", "f1", "accuracy")


def intervals(found: Measures) -> dict[str, Interval]:
    """Give the measures that have an interval, by name, in their order."""
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return {name: value for name, value in values.items() if isinstance(value, Interval)}


def model_table(run: Run) -> str:
    """Give the comparison as CSV, best first by validation; measures are out of time.

    `filas_muestra` is empty where a model trained on all training loans.
    """
    champion = champion_of(run)
    loans = len(run.split.train)
    rows = [_row(result, loans, result is champion) for result in run.result.candidates]
    return csv_text([list(rows[0]), *(list(row.values()) for row in rows)])


def _row(result: CandidateResult, loans: int, is_champion: bool) -> dict[str, object]:
    """Give one candidate's row: column -> value."""
    found, validated = result.out_of_time, result.validated
    measures = intervals(found)
    fitted = validated.trained.fitted
    row: dict[str, object] = {"modelo": result.candidate.name}
    row |= {name: _shown(measures[name].value) for name in _PUBLIC}
    row |= {"tiempo_s": f"{fitted.seconds:.2f}"}
    row |= _with_bounds("roc_auc_validacion", validated.roc_auc)
    row |= {
        "empate_con_el_mejor": _yes(validated.tied),
        "semillas_validacion": validated.trained.oof.seeds,
        "log_loss_validacion": _shown(validated.forward.log_loss.value),
        "supera_tasa_base": _yes(validated.beats_base_rate),
    }
    for name, value in measures.items():
        row |= _with_bounds(_COLUMNS.get(name, name), value)
    counts = found.confusion
    row |= {"tn": counts.tn, "fp": counts.fp, "fn": counts.fn, "tp": counts.tp}
    row |= {
        "umbral": _shown(result.decision.rule.threshold),
        "calibracion": result.decision.calibration.kind.value,
        "microsegundos_por_prestamo": f"{result.microseconds_per_loan:.2f}",
        "filas_muestra": fitted.loans if fitted.loans < loans else "",
        "campeon": _yes(is_champion),
    }
    return row


def _with_bounds(column: str, found: Interval) -> dict[str, object]:
    """Give a measure and its interval; a public column keeps its place at the front."""
    return {
        column: _shown(found.value),
        f"{column}_ic95_inf": _shown(found.low),
        f"{column}_ic95_sup": _shown(found.high),
    }


def _shown(value: float) -> str:
    """Write a measure."""
    return f"{value:.5f}"


def _yes(holds: bool) -> str:
    """Write a mark."""
    return "sí" if holds else ""


def rejected_table(rejected: Sequence[RejectedRow]) -> str:
    """Give the rejected rows as CSV: line, reason, content."""
    rows = [(row.line, row.reason, row.content) for row in rejected]
    return csv_text([("linea", "motivo", "contenido"), *rows])
