"""How much the champion needs each feature: permutation importance on later loans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.training.validation import Fitted, LabelledFeatures

REPEATS = 10


@dataclass(frozen=True, slots=True)
class Importance:
    """What a feature is worth: the mean drop in ROC-AUC when it is shuffled, and its spread."""

    feature: str
    roc_auc_drop: float
    standard_deviation: float


def permutation_importance(
    fitted: Fitted, loans: LabelledFeatures, seed: int
) -> tuple[Importance, ...]:
    """Give the importance of each feature that the model reads, the largest first.

    Source: Breiman, "Random forests", 2001; Fisher, Rudin & Dominici, 2019. A feature is
    shuffled before it is encoded, so that all inputs made from it move together.
    """
    rng = np.random.default_rng(seed)
    whole = roc_auc_score(loans.target, fitted.score(loans.features))
    found = []
    for name in fitted.encoder.features:
        drops = []
        for _ in range(REPEATS):
            values = loans.features.values.copy()
            position = loans.features.names.index(name)
            values[:, position] = rng.permutation(values[:, position])
            shuffled = FeatureMatrix(values, loans.features.names)
            drops.append(whole - roc_auc_score(loans.target, fitted.score(shuffled)))
        found.append(Importance(name, float(np.mean(drops)), float(np.std(drops))))
    return tuple(sorted(found, key=lambda one: one.roc_auc_drop, reverse=True))
