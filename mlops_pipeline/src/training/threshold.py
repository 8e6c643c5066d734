"""The decision threshold: the one that would have cost least on out-of-fold loans."""

from __future__ import annotations

import numpy as np

from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.bootstrap import Scores, Target


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
    taken, which is where a perfectly calibrated model would have it.
    """
    known = np.unique(probability)
    middles = (known[:-1] + known[1:]) / 2
    thresholds = np.concatenate(([0.0], middles, [1.0]))
    costs = expected_costs(target, probability, thresholds, rule)
    cheapest = thresholds[costs == costs.min()]
    nearest = cheapest[np.argmin(np.abs(cheapest - rule.threshold))]
    return DecisionRule(float(nearest), rule.cost_late, rule.cost_reject)
