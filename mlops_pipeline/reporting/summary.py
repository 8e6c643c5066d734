"""What a training run says at its end."""

from __future__ import annotations

from pathlib import Path

from mlops_pipeline import messages
from mlops_pipeline.src.model_training_evaluation import CandidateResult
from mlops_pipeline.training_run import Run


def summary(run: Run, results: Path) -> str:
    """Give the table of the candidates and the champion's figures, in Spanish."""
    return "\n".join(
        [
            messages.TABLE_HEADER,
            *(_row(result) for result in run.result.candidates),
            *run.result.refusals,
            *_of_champion(run),
            messages.reports_written(results),
        ]
    )


def _of_champion(run: Run) -> list[str]:
    """Say which model was chosen, if one was."""
    if run.result.chosen is None:
        return []
    champion = run.result.champion.result
    auc, counts = champion.out_of_time.roc_auc, run.feature_counts
    return [
        messages.champion_line(champion.candidate.name, auc.value, auc.low, auc.high),
        messages.feature_counts(counts.catalogue, counts.after_audit, counts.model_inputs),
    ]


def _row(result: CandidateResult) -> str:
    """Give one candidate's line."""
    found = result.out_of_time
    return messages.table_row(
        result.candidate.name,
        result.validated.roc_auc.value,
        (found.roc_auc.value, found.roc_auc.low, found.roc_auc.high),
        found.f1.value,
        found.accuracy.value,
        result.validated.trained.fitted.seconds,
    )
