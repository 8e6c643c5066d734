"""Door: features to compared models and a champion that can be exported exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.data.splits import Fold
from mlops_pipeline.src.errors import ExportError, NoEligibleModelError
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.candidates import CANDIDATES, Candidate
from mlops_pipeline.src.training.export import (
    ExportedGraph,
    check_parity,
    export,
    raw_score,
)
from mlops_pipeline.src.training.metrics import Measures, measure
from mlops_pipeline.src.training.validation import (
    Fitted,
    LabelledFeatures,
    calibrate,
    fit,
    out_of_fold,
)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """What was measured of one candidate.

    Attributes:
        validation_roc_auc: mean over the rolling-origin folds of the training period.
        out_of_time: measures on the latest loans, which chose nothing.

    """

    candidate: Candidate
    fitted: Fitted
    decision: Decision
    validation_roc_auc: float
    out_of_time: Measures


@dataclass(frozen=True, slots=True)
class Champion:
    """The chosen candidate, its graph, and how exactly the graph answers."""

    result: CandidateResult
    exported: ExportedGraph
    parity: float


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """All candidates, best first by validation, and the champion.

    Attributes:
        refusals: why better ranked candidates could not be exported.

    """

    candidates: tuple[CandidateResult, ...]
    champion: Champion
    refusals: tuple[str, ...]


def train_and_compare(
    train: LabelledFeatures,
    test: LabelledFeatures,
    folds: Sequence[Fold],
    rule: DecisionRule,
    seed: int,
    progress: Progress = lambda _name: None,
    candidates: Sequence[Candidate] = CANDIDATES,
) -> TrainingResult:
    """Compare the candidates and choose the best one that exports exactly.

    Candidates are ranked by their mean ROC-AUC in rolling-origin validation within the
    training loans. The out-of-time loans only measure.

    Raises:
        NoEligibleModelError: none can be exported exactly.

    """
    results = []
    for candidate in candidates:
        progress(candidate.name)
        results.append(_evaluate(candidate, train, test, folds, rule, seed))
    ranked = tuple(sorted(results, key=lambda r: r.validation_roc_auc, reverse=True))
    refusals: list[str] = []
    for result in ranked:
        try:
            champion = _export(result, (train, test))
        except ExportError as error:
            refusals.append(str(error))
            continue
        return TrainingResult(ranked, champion, tuple(refusals))
    raise NoEligibleModelError(messages.no_eligible_model(refusals))


def _evaluate(
    candidate: Candidate,
    train: LabelledFeatures,
    test: LabelledFeatures,
    folds: Sequence[Fold],
    rule: DecisionRule,
    seed: int,
) -> CandidateResult:
    """Validate, calibrate, fit on all training loans and measure out of time."""
    oof = out_of_fold(candidate, train, folds, seed)
    calibration = calibrate(oof, margin=candidate.gives_margin)
    fitted = fit(candidate, train, seed)
    raw = raw_score(fitted.estimator, fitted.encoder.transform(test.features))
    measures = measure(
        test.target, calibration.apply(raw), rule.threshold, np.random.default_rng(seed)
    )
    decision = Decision(calibration, rule)
    return CandidateResult(candidate, fitted, decision, oof.mean_roc_auc, measures)


def _export(result: CandidateResult, loans: Sequence[LabelledFeatures]) -> Champion:
    """Export a candidate and compare its graph with it on all loans."""
    estimator, encoder = result.fitted.estimator, result.fitted.encoder
    exported = export(estimator, len(encoder.slots))
    inputs = np.concatenate([encoder.transform(part.features) for part in loans])
    return Champion(result, exported, check_parity(exported, estimator, result.decision, inputs))
