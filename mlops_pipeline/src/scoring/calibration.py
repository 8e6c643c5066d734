"""Applying a probability calibration and a decision threshold, in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages

Scores = NDArray[np.float64]

_EDGE = 1e-9
_STEEPEST = 700.0  # log-odds beyond which exp overflows; the probability is 0 or 1 long before


class CalibrationKind(StrEnum):
    """How raw scores become probabilities."""

    IDENTITY = "identity"
    PLATT_PROBABILITY = "platt_on_log_odds"
    PLATT_MARGIN = "platt_on_margin"
    ISOTONIC = "isotonic"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's map p = 1 / (1 + exp(−(slope·x + intercept))), an isotonic one, or none.

    For Platt, x is the score itself for a margin, its log-odds for a probability. Source: Platt,
    "Probabilistic outputs for support vector machines", 1999. The isotonic map is a line
    through its knots, level outside of them. Source: Zadrozny & Elkan, "Transforming classifier
    scores into accurate multiclass probability estimates", 2002.

    Attributes:
        knots: (score, probability) of the isotonic map, scores ascending.

    """

    kind: CalibrationKind = CalibrationKind.IDENTITY
    slope: float = 1.0
    intercept: float = 0.0
    knots: tuple[tuple[float, float], ...] = ()

    def apply(self, raw: Scores) -> Scores:
        """Give the probabilities of n raw scores, shape (n,)."""
        if self.kind is CalibrationKind.IDENTITY:
            return raw
        if self.kind is CalibrationKind.ISOTONIC:
            scores, probabilities = zip(*self.knots, strict=True)
            level: Scores = np.interp(raw, scores, probabilities)
            return level
        odds = np.clip(self.slope * self.basis(raw) + self.intercept, -_STEEPEST, _STEEPEST)
        probability: Scores = 1 / (1 + np.exp(-odds))
        return probability

    def scalar(self) -> Callable[[float], float]:
        """Give the function from one raw score to its probability, the same bits as among many.

        The logarithm and the exponential are NumPy's here too: Python's may round otherwise.
        """
        if self.kind is CalibrationKind.IDENTITY:
            return lambda raw: raw
        if self.kind is CalibrationKind.ISOTONIC:
            return lambda raw: float(self.apply(np.array([raw]))[0])
        slope, intercept, exp = self.slope, self.intercept, np.exp
        log = np.log if self.kind is CalibrationKind.PLATT_PROBABILITY else None

        def platt(raw: float) -> float:
            basis = raw
            if log is not None:
                inside = min(max(raw, _EDGE), 1 - _EDGE)
                basis = float(log(inside / (1 - inside)))
            odds = min(max(slope * basis + intercept, -_STEEPEST), _STEEPEST)
            return 1 / (1 + float(exp(-odds)))

        return platt

    def basis(self, raw: Scores) -> Scores:
        """Give what the map's line is drawn over."""
        return raw if self.kind is CalibrationKind.PLATT_MARGIN else log_odds(raw)


def log_odds(probability: Scores) -> Scores:
    """Give ln(p / (1 − p)), for p cut to [1e-9, 1 − 1e-9]."""
    inside = np.clip(probability, _EDGE, 1 - _EDGE)
    odds: Scores = np.log(inside / (1 - inside))
    return odds


# Costs from this on were given in pesos, smaller ones as a ratio (10 to 1).
PESOS_FROM = 1_000.0


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """Which probability of paying on time is enough, and the costs that say so.

    Attributes:
        threshold: decision 1 where probability >= threshold.
        cost_late: what granting a loan that goes late costs, relative to
        cost_reject: what refusing a loan that would have been paid costs.

    """

    threshold: float
    cost_late: float
    cost_reject: float

    @property
    def is_in_pesos(self) -> bool:
        """Whether the costs are amounts of money: nothing says so but their size.

        No refused loan costs less than `PESOS_FROM` pesos, and no one writes a ratio that large.
        """
        return self.cost_reject >= PESOS_FROM

    @staticmethod
    def from_costs(cost_late: float, cost_reject: float) -> DecisionRule:
        """Give the rule that minimises the expected cost for calibrated probabilities.

        Granting costs (1 − p)·cost_late, refusing p·cost_reject: grant from
        p = cost_late / (cost_late + cost_reject) on. Source: Elkan, "The foundations of
        cost-sensitive learning", 2001.

        >>> DecisionRule.from_costs(10, 1).threshold
        0.9090909090909091

        Raises:
            ValueError: a cost is not positive, or so much larger than the other one that the
                threshold would be 0 or 1.

        """
        if not (cost_late > 0 and cost_reject > 0):
            raise ValueError(messages.bad_costs(cost_late, cost_reject))
        threshold = 1 / (1 + cost_reject / cost_late)
        if not 0 < threshold < 1:
            raise ValueError(messages.bad_costs(cost_late, cost_reject))
        return DecisionRule(threshold, cost_late, cost_reject)

    def decide(self, probability: Scores) -> NDArray[np.int8]:
        """Give 1 (pays on time) or 0 (at risk of arrears) for n loans."""
        return (probability >= self.threshold).astype(np.int8)
