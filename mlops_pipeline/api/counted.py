"""What the metrics count of many predictions, counted where they are made: in a lane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mlops_pipeline.src.scoring.scorer import Scores

# Upper bounds of the histogram of probabilities, the last one included in each.
SCORE_BOUNDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99, 1)


def counted(scores: Scores) -> Mapping[str, Any]:
    """Give the counts of n predictions as a lane tells them (`Metrics.predicted_many`)."""
    bands = np.searchsorted(SCORE_BOUNDS, scores.probability, side="left")
    return {
        "decisions": np.bincount(scores.decision, minlength=2).tolist(),
        "scores": np.bincount(bands, minlength=len(SCORE_BOUNDS)).tolist(),
        "score_sum": float(scores.probability.sum()),
        "flags": [(flag.finding.value, flag.column, len(flag.rows)) for flag in scores.flags],
    }
