"""All that a training run leaves in its results folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from mlops_pipeline.bundling import audit_document
from mlops_pipeline.reporting.canvas import png
from mlops_pipeline.reporting.evaluation_report import evaluation_report
from mlops_pipeline.reporting.files import (
    DATA_QUALITY,
    EVALUATION_REPORT,
    LEAKAGE_AUDIT,
    MODEL_RESULTS,
    REJECTED_ROWS,
    RESULTADOS,
)
from mlops_pipeline.reporting.gallery import EVERY_FIGURE, figures
from mlops_pipeline.reporting.quality import data_quality
from mlops_pipeline.reporting.resultados import resultados
from mlops_pipeline.reporting.tables import model_table, rejected_table
from mlops_pipeline.training_run import Run

__all__ = [
    "DATA_QUALITY",
    "EVALUATION_REPORT",
    "EVERY_REPORT",
    "LEAKAGE_AUDIT",
    "MODEL_RESULTS",
    "REJECTED_ROWS",
    "RESULTADOS",
    "reports",
    "root_copy",
]


EVERY_REPORT = frozenset(
    {
        MODEL_RESULTS,
        EVALUATION_REPORT,
        DATA_QUALITY,
        LEAKAGE_AUDIT,
        REJECTED_ROWS,
        RESULTADOS,
        *EVERY_FIGURE,
    }
)


def reports(run: Run) -> Mapping[str, bytes]:
    """Give all reports as file name -> content."""
    texts = {
        MODEL_RESULTS: model_table(run),
        EVALUATION_REPORT: evaluation_report(run),
        DATA_QUALITY: _json(data_quality(run)),
        LEAKAGE_AUDIT: _json(audit_document(run.audit)),
        REJECTED_ROWS: rejected_table(run.portfolio.rejected),
        RESULTADOS: resultados(run),
    }
    drawn = {name: png(figure) for name, figure in figures(run).items()}
    return {**{name: text.encode() for name, text in texts.items()}, **drawn}


def root_copy(run: Run, results_dir: Path) -> bytes:
    """Give RESULTADOS.md for the folder above the results', with links into these."""
    return resultados(run, links=f"{results_dir.name}/").encode()


def _json(document: object) -> str:
    """Write a JSON document to be read by people too."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
