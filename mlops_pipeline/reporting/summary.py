"""What a training run says at its end."""

from __future__ import annotations

from pathlib import Path

from mlops_pipeline import messages
from mlops_pipeline.bundling import Run


def summary(run: Run, results: Path) -> str:
    """Give the table of the candidates and the champion's figures, in Spanish."""
    lines = [messages.TABLE_HEADER]
    for result in run.result.candidates:
        found = result.out_of_time
        lines.append(
            messages.table_row(
                result.candidate.name,
                result.validation_roc_auc,
                (found.roc_auc.value, found.roc_auc.low, found.roc_auc.high),
                found.f1,
                found.accuracy,
                result.fitted.seconds,
            )
        )
    champion = run.result.champion.result
    auc, counts = champion.out_of_time.roc_auc, run.feature_counts
    lines += run.result.refusals
    lines.append(messages.champion_line(champion.candidate.name, auc.value, auc.low, auc.high))
    lines.append(messages.feature_counts(counts.catalogue, counts.after_audit, counts.model_inputs))
    lines.append(messages.reports_written(results))
    return "\n".join(lines)
