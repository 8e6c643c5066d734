"""All figures of a run, by file name."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from mlops_pipeline.reporting import figures_champion, figures_ranking, views
from mlops_pipeline.training_run import Run

MODEL_COMPARISON = "model_comparison.png"
ROC_CURVES = "roc_curves.png"
CONFUSION_MATRICES = "confusion_matrices.png"
CALIBRATION = "calibration.png"
COST_THRESHOLD = "cost_threshold.png"
SCORE_DISTRIBUTION = "score_distribution.png"

EVERY_FIGURE = (
    MODEL_COMPARISON,
    ROC_CURVES,
    CONFUSION_MATRICES,
    CALIBRATION,
    COST_THRESHOLD,
    SCORE_DISTRIBUTION,
)


def figures(run: Run) -> Mapping[str, Figure]:
    """Draw a run: the comparison and, where there is one, the champion."""
    return {
        MODEL_COMPARISON: figures_ranking.model_comparison(views.compared(run)),
        ROC_CURVES: figures_ranking.roc_curves(views.roc_curves(run)),
        CONFUSION_MATRICES: figures_ranking.confusion_matrices(views.matrices(run)),
        **(_of_champion(run) if run.result.chosen else {}),
    }


def _of_champion(run: Run) -> Mapping[str, Figure]:
    """Draw what the champion says and decides."""
    champion = run.result.champion.result
    name, rule = champion.candidate.name, champion.decision.rule
    validation, out_of_time = views.scored(run)
    return {
        CALIBRATION: figures_champion.calibration(name, validation, out_of_time),
        COST_THRESHOLD: figures_champion.cost_threshold(
            name, views.cost_curve(validation, rule), views.cost_curve(out_of_time, rule)
        ),
        SCORE_DISTRIBUTION: figures_champion.score_distribution(name, out_of_time, rule.threshold),
    }
