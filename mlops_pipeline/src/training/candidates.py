"""The 11 algorithms, regularised for a portfolio of some ten thousand loans with 5% late ones.

The settings were chosen by rolling-origin and repeated cross-validation on training loans
(docs/decisions/0005). No class weights and no resampling: they add no ranking and ruin the
probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lightgbm import LGBMClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from mlops_pipeline.src.features.encoder import Treatment


@dataclass(frozen=True, slots=True)
class Candidate:
    """One algorithm with its settings.

    Attributes:
        treatment: what it needs of its inputs.
        settings: its hyperparameters, as reported.
        build: gives a fresh estimator for a seed.
        gives_margin: whether its score is a margin (any real number), not a probability.
        max_rows: trains on this many of the latest loans at the most; None: on all.
        seeded: whether another seed gives another model.

    """

    name: str
    treatment: Treatment
    settings: Mapping[str, Any]
    build: Callable[[int], Any]
    gives_margin: bool = False
    max_rows: int | None = None
    seeded: bool = False


def _builder(
    kind: Callable[..., Any], settings: Mapping[str, Any], *, scaled: bool = False
) -> Callable[[int], Any]:
    """Give a builder of `kind` with these settings, behind a scaler where it needs one."""

    def build(seed: int) -> Any:
        estimator = kind(**settings)
        if "random_state" in estimator.get_params():
            estimator.set_params(random_state=seed)
        return make_pipeline(StandardScaler(), estimator) if scaled else estimator

    return build


def _candidate(
    kind: Callable[..., Any],
    treatment: Treatment,
    *,
    gives_margin: bool = False,
    max_rows: int | None = None,
    seeded: bool = False,
    **settings: Any,
) -> Candidate:
    """Give a candidate named like its class."""
    return Candidate(
        name=kind.__name__,
        treatment=treatment,
        settings=settings,
        build=_builder(kind, settings, scaled=treatment is Treatment.SCALED),
        gives_margin=gives_margin,
        max_rows=max_rows,
        seeded=seeded,
    )


def _adaboost(**settings: Any) -> Any:
    """Give an AdaBoostClassifier over stumps."""
    stump = DecisionTreeClassifier(max_depth=1, min_samples_leaf=50)
    return AdaBoostClassifier(estimator=stump, **settings)


_adaboost.__name__ = "AdaBoostClassifier"

# SVC and KNeighbors compare every loan with the training loans: their cost grows with these.
COMPARING_ROWS = 20_000

CANDIDATES: tuple[Candidate, ...] = (
    _candidate(LogisticRegression, Treatment.SCALED, C=0.03, max_iter=2_000),
    _candidate(DecisionTreeClassifier, Treatment.IMPUTED, max_depth=4, min_samples_leaf=250),
    _candidate(
        RandomForestClassifier,
        Treatment.IMPUTED,
        seeded=True,
        n_estimators=200,
        min_samples_leaf=20,
        max_features="sqrt",
        n_jobs=1,
    ),
    _candidate(
        ExtraTreesClassifier,
        Treatment.IMPUTED,
        seeded=True,
        n_estimators=200,
        min_samples_leaf=10,
        max_features=0.6,
        n_jobs=1,
    ),
    _candidate(
        GradientBoostingClassifier,
        Treatment.IMPUTED,
        seeded=True,
        n_estimators=200,
        learning_rate=0.03,
        max_depth=2,
        subsample=0.7,
        max_features=0.3,
        min_samples_leaf=40,
    ),
    _candidate(_adaboost, Treatment.IMPUTED, n_estimators=100, learning_rate=0.5),
    _candidate(
        SVC, Treatment.SCALED, gives_margin=True, max_rows=COMPARING_ROWS, C=0.1, gamma=0.06
    ),
    _candidate(
        KNeighborsClassifier, Treatment.SCALED, max_rows=COMPARING_ROWS, n_neighbors=200, n_jobs=1
    ),
    _candidate(GaussianNB, Treatment.SCALED, var_smoothing=3.0),
    _candidate(
        XGBClassifier,
        Treatment.NATIVE,
        seeded=True,
        n_estimators=400,
        learning_rate=0.03,
        max_depth=2,
        min_child_weight=5,
        subsample=0.7,
        colsample_bytree=0.4,
        reg_lambda=10,
        tree_method="hist",
        n_jobs=1,
    ),
    _candidate(
        LGBMClassifier,
        Treatment.NATIVE,
        seeded=True,
        n_estimators=300,
        learning_rate=0.03,
        num_leaves=4,
        min_child_samples=30,
        subsample=0.7,
        subsample_freq=1,
        colsample_bytree=0.4,
        reg_lambda=5,
        deterministic=True,
        force_row_wise=True,
        n_jobs=1,
        verbose=-1,
    ),
)
BY_NAME: Mapping[str, Candidate] = {candidate.name: candidate for candidate in CANDIDATES}
