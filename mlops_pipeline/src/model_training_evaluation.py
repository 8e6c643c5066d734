"""Door: features to compared models and a champion that can be exported exactly."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.data.splits import ORIGINS, Fold
from mlops_pipeline.src.errors import ExportError, NoEligibleModelError
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.bootstrap import Scores
from mlops_pipeline.src.training.candidates import CANDIDATES, Candidate
from mlops_pipeline.src.training.export import ExportedGraph, export
from mlops_pipeline.src.training.importance import Importance, permutation_importance
from mlops_pipeline.src.training.metrics import Measures, measure
from mlops_pipeline.src.training.parity import ParityProof, prove_parity
from mlops_pipeline.src.training.selection import Validated, by_preference, validate
from mlops_pipeline.src.training.validation import LabelledFeatures, train_all

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a comparison is asked for; `jobs` pieces of work at a time, one thread each."""

    rule: DecisionRule
    seed: int
    jobs: int = 1
    candidates: Sequence[Candidate] = CANDIDATES


def pieces(options: TrainingOptions) -> int:
    """Give how many pieces of work a comparison has at the most, for a progress bar."""
    return len(options.candidates) * len(ORIGINS)


@dataclass(frozen=True, slots=True)
class CandidateResult:
    """What was measured of one candidate.

    Attributes:
        out_of_time: measures on the latest loans, opened after the choice.
        probability: those loans' calibrated probabilities, shape (n,).
        microseconds_per_loan: to score them, estimator and encoder, in one batch.

    """

    validated: Validated
    out_of_time: Measures
    probability: Scores
    microseconds_per_loan: float

    @property
    def candidate(self) -> Candidate:
        """The algorithm with its settings."""
        return self.validated.trained.candidate

    @property
    def decision(self) -> Decision:
        """Its calibration and threshold."""
        return self.validated.decision


@dataclass(frozen=True, slots=True)
class Champion:
    """The chosen candidate, its graph, and the proof that the graph answers like it."""

    result: CandidateResult
    exported: ExportedGraph
    parity: ParityProof
    importance: tuple[Importance, ...]


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """All candidates, best first by validation, and the champion.

    Attributes:
        refusals: why preferred candidates could not be exported.

    """

    candidates: tuple[CandidateResult, ...]
    champion: Champion
    refusals: tuple[str, ...]


def train_and_compare(
    train: LabelledFeatures,
    test: LabelledFeatures,
    folds: Sequence[Fold],
    options: TrainingOptions,
    progress: Progress = lambda _name: None,
) -> TrainingResult:
    """Compare the candidates, choose the champion, then open the out-of-time test.

    Args:
        train: the training period, in order of date.
        test: the later loans; they measure and choose nothing.
        folds: rolling-origin folds of `train`, at least two.
        options: costs, seed, cores, candidates.
        progress: hears a name after each of len(candidates) × (len(folds) + 1) pieces of work.

    Raises:
        NoEligibleModelError: none beats the base rate and exports exactly.

    """
    trained = train_all(options.candidates, train, folds, options.seed, options.jobs, progress)
    validated = validate(trained, options.rule, options.seed)
    chosen, exported, proof, refusals = _choose(validated, (train, test), options.seed)
    results = tuple(_open_test(one, test, options.seed) for one in validated)
    [result] = [one for one in results if one.validated is chosen]
    champion = Champion(
        result,
        exported,
        proof,
        permutation_importance(chosen.trained.fitted, test, options.seed),
    )
    return TrainingResult(results, champion, refusals)


def _choose(
    validated: Sequence[Validated], loans: Sequence[LabelledFeatures], seed: int
) -> tuple[Validated, ExportedGraph, ParityProof, tuple[str, ...]]:
    """Give the preferred candidate that exports exactly; why others before it did not."""
    refusals = [
        messages.no_better_than_base_rate(
            one.trained.candidate.name, one.forward.brier.value, one.base_rate_brier
        )
        for one in validated
        if not one.beats_base_rate
    ]
    for one in by_preference(validated):
        try:
            return one, *_export(one, loans, seed), tuple(refusals)
        except ExportError as error:
            refusals.append(str(error))
    raise NoEligibleModelError(messages.no_eligible_model(refusals))


def _export(
    one: Validated, loans: Sequence[LabelledFeatures], seed: int
) -> tuple[ExportedGraph, ParityProof]:
    """Export a candidate and compare its graph with it on all loans (their target is unused)."""
    fitted = one.trained.fitted
    exported = export(fitted.estimator, len(fitted.encoder.slots))
    features = FeatureMatrix(
        np.concatenate([part.features.values for part in loans]), loans[0].features.names
    )
    rng = np.random.default_rng(seed)
    proof = prove_parity(exported, fitted.estimator, fitted.encoder, one.decision, features, rng)
    return exported, proof


def _open_test(one: Validated, test: LabelledFeatures, seed: int) -> CandidateResult:
    """Measure a candidate on the out-of-time loans."""
    start = time.perf_counter()
    raw = one.trained.fitted.score(test.features)
    seconds = time.perf_counter() - start
    probability = one.decision.calibration.apply(raw)
    threshold = one.decision.rule.threshold
    measures = measure(test.target, probability, threshold, np.random.default_rng(seed))
    return CandidateResult(one, measures, probability, 1e6 * seconds / len(test))
