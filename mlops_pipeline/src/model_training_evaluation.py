"""Door: features to compared models and a champion that can be exported exactly."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlops_pipeline import messages
from mlops_pipeline.src.data.splits import ORIGINS, Fold
from mlops_pipeline.src.errors import ExportError, NoEligibleModelError
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training import validation
from mlops_pipeline.src.training.bootstrap import Scores
from mlops_pipeline.src.training.candidates import CANDIDATES, Candidate
from mlops_pipeline.src.training.export import ExportedGraph, export
from mlops_pipeline.src.training.importance import Importance, permutation_importance
from mlops_pipeline.src.training.metrics import Measures, measure
from mlops_pipeline.src.training.parity import Conversion, ParityProof
from mlops_pipeline.src.training.selection import (
    Validated,
    by_preference,
    validate,
    with_threshold,
)
from mlops_pipeline.src.training.threads import in_threads
from mlops_pipeline.src.training.threshold import Placement, place
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
    return validation.pieces(options.candidates, len(ORIGINS) - 1)


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
    threshold: Placement
    importance: tuple[Importance, ...]


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """All candidates, best first by validation, and the champion.

    Attributes:
        chosen: the champion; None where no candidate may be one.
        refusals: why preferred candidates may not be champion.
        blocked: why nothing may be published; None where the champion may be.

    """

    candidates: tuple[CandidateResult, ...]
    chosen: Champion | None
    refusals: tuple[str, ...]
    blocked: str | None = None

    @property
    def champion(self) -> Champion:
        """The champion of a comparison that has one.

        Raises:
            NoEligibleModelError: it has none.

        """
        if self.chosen is None:
            raise NoEligibleModelError(messages.no_eligible_model(self.refusals))
        return self.chosen


@dataclass(frozen=True, slots=True)
class _Choice:
    """The preferred candidate that exports exactly."""

    validated: Validated
    conversion: Conversion
    parity: ParityProof
    threshold: Placement


def train_and_compare(
    train: LabelledFeatures,
    test: LabelledFeatures,
    folds: Sequence[Fold],
    options: TrainingOptions,
    progress: Progress = lambda _name: None,
) -> TrainingResult:
    """Compare the candidates, choose the champion, then open the out-of-time test.

    There is no champion where none beats the base rate and exports exactly.

    Args:
        train: the training period, in order of date.
        test: the later loans; they measure and choose nothing, but a champion whose graph
            answers otherwise than its estimator on them may not be published.
        folds: rolling-origin folds of `train`, at least two.
        options: costs, seed, cores, candidates.
        progress: hears a name after each of `pieces` pieces of work.

    """
    trained = train_all(options.candidates, train, folds, options.seed, options.jobs, progress)
    validated = validate(trained, options.rule, options.seed, options.jobs)
    choice, refusals = _choose(validated, train, options.seed)
    if choice is None:
        results = _open_test(validated, test, options)
        return TrainingResult(results, None, refusals, messages.no_eligible_model())
    name = choice.validated.trained.candidate.name
    decided = [choice.validated if one.trained.candidate.name == name else one for one in validated]
    results = _open_test(decided, test, options)
    [result] = [one for one in results if one.validated is choice.validated]
    champion = _champion(choice, result, test, options.seed)
    return TrainingResult(results, champion, refusals, champion.parity.objection(name))


def _choose(
    validated: Sequence[Validated], train: LabelledFeatures, seed: int
) -> tuple[_Choice | None, tuple[str, ...]]:
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
            return _exported(one, train, seed), tuple(refusals)
        except ExportError as error:
            refusals.append(str(error))
    return None, tuple(refusals)


def _exported(one: Validated, train: LabelledFeatures, seed: int) -> _Choice:
    """Export a candidate and compare its graph with it, its threshold placed between scores.

    Raises:
        ExportError: there is no graph, or it is not exact.

    """
    fitted = one.trained.fitted
    graph = export(fitted.estimator, len(fitted.encoder.slots))
    conversion = Conversion(graph, fitted.estimator, fitted.encoder)
    trial = conversion.try_rows(train.features, np.random.default_rng(seed))
    scores = trial.probabilities(one.decision.calibration)
    placement = place(one.decision.rule.threshold, scores)
    decided = with_threshold(one, placement.used, seed)
    proof = trial.proof(decided.decision)
    objection = proof.objection(one.trained.candidate.name)
    if objection:
        raise ExportError(objection)
    return _Choice(decided, conversion, proof, placement)


def _champion(
    choice: _Choice, result: CandidateResult, test: LabelledFeatures, seed: int
) -> Champion:
    """Give the champion, with what the out-of-time loans say of it."""
    fitted = choice.validated.trained.fitted
    later = choice.conversion.answers(fitted.encoder.transform(test.features))
    return Champion(
        result,
        choice.conversion.exported,
        choice.parity.with_later(later.compare(choice.validated.decision)),
        choice.threshold,
        permutation_importance(fitted, test, seed),
    )


def _open_test(
    validated: Sequence[Validated], test: LabelledFeatures, options: TrainingOptions
) -> tuple[CandidateResult, ...]:
    """Measure the candidates on the out-of-time loans."""
    scored = [_score(one, test) for one in validated]  # one at a time: it is timed

    def measured(one: _Scored) -> CandidateResult:
        rng = np.random.default_rng(options.seed)
        threshold = one.validated.decision.rule.threshold
        measures = measure(test.target, one.probability, threshold, rng)
        return CandidateResult(one.validated, measures, one.probability, one.microseconds_per_loan)

    return tuple(in_threads(measured, scored, options.jobs))


class _Scored(NamedTuple):
    """A candidate's calibrated probabilities of the out-of-time loans."""

    validated: Validated
    probability: Scores
    microseconds_per_loan: float


def _score(one: Validated, test: LabelledFeatures) -> _Scored:
    """Score the out-of-time loans."""
    start = time.perf_counter()
    raw = one.trained.fitted.score(test.features)
    seconds = time.perf_counter() - start
    return _Scored(one, one.decision.calibration.apply(raw), 1e6 * seconds / len(test))
