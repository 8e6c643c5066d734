"""What a bundle carries for monitoring: the reference profile and the first history, as counts.

Probabilities of the training loans are those of validation, each given by a model that had not
seen the loan: the published model's own would be more extreme than any new loan's. They exist
for the folds behind the first (`training.calibrate` needs one to begin with).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mlops_pipeline.src.data.splits import rolling_origin
from mlops_pipeline.src.monitoring.aggregates import aggregate
from mlops_pipeline.src.monitoring.first_history import FirstHistory, dump_history
from mlops_pipeline.src.monitoring.reference import dump_reference, learn_reference
from mlops_pipeline.training_run import Run


class Profiles(NamedTuple):
    """Two files of a bundle."""

    reference: bytes
    history: bytes


def profiles_of(run: Run, version: str) -> Profiles:
    """Give the reference profile of the training loans, and both periods by month and segment."""
    train, test = map(run.as_they_came, (run.split.train, run.split.test))
    champion = run.result.champion
    validated = champion.result.validated
    scores = np.full(len(train), np.nan)
    seen = [fold.validation for fold in rolling_origin(run.split.train)[1:]]
    scores[np.concatenate(seen)] = validated.forward_probability[0]
    importance = {one.feature: one.roc_auc_drop for one in champion.importance}
    reference = learn_reference(train, scores, importance)
    probability = champion.result.probability
    history = FirstHistory(
        training=aggregate(reference.grid, train, scores, run.as_of, version),
        out_of_time=aggregate(reference.grid, test, probability, run.as_of, version),
    )
    return Profiles(dump_reference(reference), dump_history(history))
