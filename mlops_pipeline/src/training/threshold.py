"""The decision threshold: where it would have cost least out of fold, away from any score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.scoring.scorer import PARITY
from mlops_pipeline.src.training.bootstrap import Scores, Target

# How far a threshold may move, in probability, to stand in a gap of the scores: 0.1 points.
REACH = 1e-3


def expected_costs(
    target: Target, probability: Scores, thresholds: Scores, rule: DecisionRule
) -> Scores:
    """Give the mean cost per loan of deciding at each threshold, in the costs' unit.

    Granting a loan that goes late costs `rule.cost_late`, refusing one that would have been
    paid costs `rule.cost_reject`; shapes (n,), (n,), (t,) -> (t,).
    """
    late = np.sort(probability[target == 0])
    good = np.sort(probability[target == 1])
    granted_late = len(late) - np.searchsorted(late, thresholds, side="left")
    refused_good = np.searchsorted(good, thresholds, side="left")
    cost: Scores = rule.cost_late * granted_late + rule.cost_reject * refused_good
    return cost / len(target)


def choose_threshold(target: Target, probability: Scores, rule: DecisionRule) -> DecisionRule:
    """Give the rule with the threshold of lowest cost on these out-of-fold loans.

    Candidates are the midpoints between neighbouring probabilities and the two ends; among
    equals the one nearest to the threshold of the costs alone (`DecisionRule.from_costs`) is
    taken, which is where a perfectly calibrated model would have it. Probabilities of several
    fits, shape (seeds, n), are decided with one threshold: the one of lowest mean cost.
    """
    fits = np.atleast_2d(probability)
    target, probability = np.tile(target, len(fits)), fits.ravel()
    known = np.unique(probability)
    middles = (known[:-1] + known[1:]) / 2
    thresholds = np.concatenate(([0.0], middles, [1.0]))
    costs = expected_costs(target, probability, thresholds, rule)
    cheapest = thresholds[costs == costs.min()]
    nearest = cheapest[np.argmin(np.abs(cheapest - rule.threshold))]
    return DecisionRule(float(nearest), rule.cost_late, rule.cost_reject)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a threshold stands.

    Attributes:
        wanted: where it costs least on out-of-fold loans.
        used: in a gap of the final model's scores next to it.
        margin: distance from `used` to the nearest of those scores.

    """

    wanted: float
    used: float
    margin: float


def place(wanted: float, scores: Scores) -> Placement:
    """Place a threshold where no difference that counts as none (PARITY) can flip a decision.

    It stays where no score lies within PARITY. Otherwise it goes to the middle of the nearest gap
    wider than twice that; where none is in REACH, to the middle of the widest one.
    """
    known = np.unique(scores)
    if _margin(wanted, known) > PARITY:
        return Placement(wanted, wanted, _margin(wanted, known))
    widths, middles = np.diff(known), (known[:-1] + known[1:]) / 2
    within = np.abs(middles - wanted) <= REACH
    if not within.any():
        return Placement(wanted, wanted, _margin(wanted, known))
    widths, middles = widths[within], middles[within]
    wide = widths > 2 * PARITY
    nearest = np.argmin(np.where(wide, np.abs(middles - wanted), np.inf))
    used = float(middles[nearest if wide.any() else np.argmax(widths)])
    return Placement(wanted, used, _margin(used, known))


def _margin(threshold: float, known: Scores) -> float:
    """Give the distance to the nearest score."""
    return float(np.abs(known - threshold).min())
