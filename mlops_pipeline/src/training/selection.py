"""The champion rule: what out-of-fold predictions say of the candidates.

Candidates are ranked by their mean ROC-AUC over the folds (and the seeds of those that depend on
one). Those whose paired bootstrap interval against the best includes 0 are tied with it; of the
tied ones the lowest log-loss wins. Where none of them may be published, the others follow by rank.
A candidate whose Brier score, after calibration, is not below that of the constant base rate
cannot be champion. Log-loss and Brier are taken forward in time (`training.calibrate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.bootstrap import (
    Interval,
    Ranking,
    Scores,
    Weights,
    interval,
    roc_auc,
    stratified_weights,
)
from mlops_pipeline.src.training.calibrate import calibrate
from mlops_pipeline.src.training.metrics import Measures, measure
from mlops_pipeline.src.training.threads import in_threads
from mlops_pipeline.src.training.threshold import choose_threshold
from mlops_pipeline.src.training.validation import OutOfFold, Trained


@dataclass(frozen=True, slots=True)
class Validated:
    """A trained candidate and what validation says of it.

    Attributes:
        roc_auc: mean over seeds and folds, with its interval.
        behind_best: its mean ROC-AUC minus the best one's, with the paired interval.
        tied: whether that interval includes 0.
        forward: measures of the forward-calibrated probabilities on all folds but the first,
            at the threshold that was chosen on them.
        forward_probability: those, shape (seeds, n); `trained.oof.later_target` has the targets.
        base_rate_brier: Brier score there of the share of on-time loans in the validation folds
            before each fold.

    """

    trained: Trained
    decision: Decision
    roc_auc: Interval
    behind_best: Interval
    tied: bool
    forward: Measures
    forward_probability: Scores
    base_rate_brier: float

    @property
    def beats_base_rate(self) -> bool:
        """Whether its probabilities are worth more than the base rate."""
        return self.forward.brier.value < self.base_rate_brier


def validate(
    trained: Sequence[Trained], rule: DecisionRule, seed: int, jobs: int = 1
) -> tuple[Validated, ...]:
    """Calibrate, choose thresholds, and rank candidates by mean ROC-AUC, best first.

    `jobs` candidates are measured at a time; how many changes nothing in what is found.
    """
    ranked = sorted(trained, key=lambda one: float(one.oof.roc_aucs.mean()), reverse=True)
    draws = in_threads(lambda one: _mean_auc_draws(one.oof, seed), ranked, jobs)
    best = float(ranked[0].oof.roc_aucs.mean())

    def validated(one: Trained, own: Scores) -> Validated:
        mean = float(one.oof.roc_aucs.mean())
        behind = interval(mean - best, own - draws[0])
        calibration, forward = calibrate(one.oof, margin=one.candidate.gives_margin)
        chosen = choose_threshold(one.oof.later_target, forward, rule)
        return Validated(
            trained=one,
            decision=Decision(calibration, chosen),
            roc_auc=interval(mean, own),
            behind_best=behind,
            tied=behind.low <= 0 <= behind.high,
            forward=_measured(one.oof, forward, chosen.threshold, seed),
            forward_probability=forward,
            base_rate_brier=_base_rate_brier(one.oof),
        )

    pairs = zip(ranked, draws, strict=True)
    return tuple(in_threads(lambda pair: validated(*pair), pairs, jobs))


def with_threshold(one: Validated, threshold: float, seed: int) -> Validated:
    """Give the same candidate deciding at another threshold."""
    return replace(
        one,
        decision=replace(one.decision, rule=replace(one.decision.rule, threshold=threshold)),
        forward=_measured(one.trained.oof, one.forward_probability, threshold, seed),
    )


def _measured(oof: OutOfFold, forward: Scores, threshold: float, seed: int) -> Measures:
    """Measure forward probabilities; what ranks loans, fold by fold."""
    rng = np.random.default_rng(seed)
    return measure(oof.later_target, forward, threshold, rng, oof.later_folds)


def by_preference(validated: Sequence[Validated]) -> tuple[Validated, ...]:
    """Give those that may be champion: the tied ones by log-loss, then the others by rank."""
    eligible = [one for one in validated if one.beats_base_rate]
    tied = sorted((one for one in eligible if one.tied), key=lambda one: one.forward.log_loss.value)
    return (*tied, *(one for one in eligible if not one.tied))


def _mean_auc_draws(oof: OutOfFold, seed: int) -> Scores:
    """Give bootstrap draws of the mean ROC-AUC; the same seed draws the same loans for all."""
    folds = []
    for number, (target, scores) in enumerate(zip(oof.targets, oof.scores, strict=True)):
        rng = np.random.default_rng([seed, number])
        rankings = [Ranking.of(target, score) for score in scores]
        weights = stratified_weights(target, rng)
        folds.append(np.concatenate([_mean_auc(rankings, chunk) for chunk in weights]))
    mean: Scores = np.mean(folds, axis=0)
    return mean


def _mean_auc(rankings: Sequence[Ranking], weights: Weights) -> Scores:
    """Give the ROC-AUC of each draw, averaged over the rankings of the same loans."""
    mean: Scores = np.mean([roc_auc(*one.groups(weights)) for one in rankings], axis=0)
    return mean


def _base_rate_brier(oof: OutOfFold) -> float:
    """Give the Brier score of predicting, for each fold, the base rate of the folds before."""
    squares = [
        (oof.targets[fold] - oof.target_before(fold).mean()) ** 2
        for fold in range(1, len(oof.targets))
    ]
    return float(np.mean(np.concatenate(squares)))
