"""How much the champion needs each feature: permutation importance on later loans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.training.delong import mean_drop
from mlops_pipeline.src.training.validation import Fitted, LabelledFeatures

REPEATS = 10


@dataclass(frozen=True, slots=True)
class Importance:
    """What a feature is worth: the mean drop in ROC-AUC when it is shuffled.

    Attributes:
        low: of the drop's 95% interval, for other loans of this kind.
        high: of the same.
        standard_deviation: of the drop from shuffle to shuffle of these same loans; it says
            nothing of other loans.

    """

    feature: str
    roc_auc_drop: float
    low: float
    high: float
    standard_deviation: float


def permutation_importance(
    fitted: Fitted, loans: LabelledFeatures, seed: int
) -> tuple[Importance, ...]:
    """Give the importance of each feature that the model reads, the largest first.

    Source: Breiman, "Random forests", 2001; Fisher, Rudin & Dominici, 2019. A feature is
    shuffled before it is encoded, so that all inputs made from it move together.
    """
    rng = np.random.default_rng(seed)
    whole = fitted.score(loans.features)
    found = []
    for name in fitted.encoder.features:
        scores = [fitted.score(_shuffled(loans.features, name, rng)) for _ in range(REPEATS)]
        drop = mean_drop(loans.target, whole, scores)
        spread = float(np.std([roc_auc_score(loans.target, score) for score in scores]))
        found.append(Importance(name, drop.value, drop.low, drop.high, spread))
    return tuple(sorted(found, key=lambda one: one.roc_auc_drop, reverse=True))


def _shuffled(features: FeatureMatrix, name: str, rng: np.random.Generator) -> FeatureMatrix:
    """Give the same loans with one feature shuffled among them."""
    values = features.values.copy()
    position = features.names.index(name)
    values[:, position] = rng.permutation(values[:, position])
    return FeatureMatrix(values, features.names)
