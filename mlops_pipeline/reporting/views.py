"""What the figures and RESULTADOS.md show of the models, computed and not yet drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from mlops_pipeline.reporting.facts import champion_of
from mlops_pipeline.src.model_training_evaluation import CandidateResult
from mlops_pipeline.src.scoring.calibration import DecisionRule
from mlops_pipeline.src.training.bootstrap import (
    Interval,
    Scores,
    Target,
    interval,
    plain_weights,
)
from mlops_pipeline.src.training.metrics import CALIBRATION_BINS, Confusion
from mlops_pipeline.src.training.periods import target_of
from mlops_pipeline.src.training.threshold import expected_costs
from mlops_pipeline.training_run import Run

_Z95 = 1.959963984540054
_GRID = 501


@dataclass(frozen=True, slots=True)
class Compared:
    """A model's ROC-AUC in validation and out of time."""

    name: str
    validation: Interval
    out_of_time: Interval
    tied: bool
    champion: bool


def compared(run: Run) -> tuple[Compared, ...]:
    """Give all models, best first by validation."""
    return tuple(
        Compared(
            one.candidate.name,
            one.validated.roc_auc,
            one.out_of_time.roc_auc,
            one.validated.tied,
            one is champion_of(run),
        )
        for one in run.result.candidates
    )


@dataclass(frozen=True, slots=True)
class RocCurve:
    """Shares of late loans granted and of on-time loans granted, as the threshold falls.

    Attributes:
        chosen: that pair of shares at the model's threshold.

    """

    name: str
    late_granted: Scores
    on_time_granted: Scores
    roc_auc: float
    chosen: tuple[float, float]
    champion: bool


def roc_curves(run: Run) -> tuple[RocCurve, ...]:
    """Give the out-of-time curves of all models, best first by validation."""
    target = target_of(run.split.test)
    return tuple(_roc_curve(one, target, one is champion_of(run)) for one in run.result.candidates)


def _roc_curve(result: CandidateResult, target: Target, champion: bool) -> RocCurve:
    """Give one model's curve."""
    late, good, _ = roc_curve(target, result.probability)
    found = result.out_of_time
    at_threshold = (1 - found.specificity.value, found.recall.value)
    return RocCurve(result.candidate.name, late, good, found.roc_auc.value, at_threshold, champion)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A model's decisions out of time at its threshold."""

    name: str
    confusion: Confusion
    threshold: float
    champion: bool


def matrices(run: Run) -> tuple[Matrix, ...]:
    """Give all models' decisions, best first by validation."""
    return tuple(
        Matrix(
            one.candidate.name,
            one.out_of_time.confusion,
            one.decision.rule.threshold,
            one is champion_of(run),
        )
        for one in run.result.candidates
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Loans of similar probability: how many, what was predicted, what share paid on time."""

    loans: int
    predicted: float
    observed: Interval


@dataclass(frozen=True, slots=True)
class Scored:
    """The champion's probabilities of paying on time on one set of loans, with the outcomes.

    Attributes:
        probability: shape (fits, n); in validation a fit for each seed.
        target: shape (n,).

    """

    probability: Scores
    target: Target

    @property
    def mean_probability(self) -> float:
        """The mean over loans and fits."""
        return float(self.probability.mean())


def scored(run: Run) -> tuple[Scored, Scored]:
    """Give the champion on out-of-fold loans (calibrated forward in time) and out of time."""
    champion = run.result.champion.result
    validated = champion.validated
    return (
        Scored(validated.forward_probability, validated.trained.oof.later_target),
        Scored(champion.probability[None, :], target_of(run.split.test)),
    )


def reliability(loans: Scored, groups: int = CALIBRATION_BINS) -> tuple[Group, ...]:
    """Give groups of equal counts, by probability: the same groups as the ACE's.

    Of several fits each is grouped by itself; a group's shares are their means.
    """
    orders = np.argsort(loans.probability, axis=1, kind="stable")
    return tuple(
        _group(loans, rows) for rows in np.array_split(orders, groups, axis=1) if rows.size
    )


def _group(loans: Scored, rows: NDArray[np.int64]) -> Group:
    """Give one group of loans for each fit, shape (fits, loans)."""
    predicted = float(np.take_along_axis(loans.probability, rows, axis=1).mean())
    good = float(loans.target[rows].sum(axis=1).mean())
    return Group(rows.shape[1], predicted, wilson(good, rows.shape[1]))


def wilson(successes: float, trials: int) -> Interval:
    """Give a share with its 95% binomial interval.

    Source: Wilson, "Probable inference", 1927; recommended by Brown, Cai & DasGupta, 2001.
    """
    share = successes / trials
    middle = (share + _Z95**2 / (2 * trials)) / (1 + _Z95**2 / trials)
    spread = share * (1 - share) / trials + _Z95**2 / (4 * trials**2)
    half = _Z95 * float(np.sqrt(spread)) / (1 + _Z95**2 / trials)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True, slots=True)
class CostCurve:
    """The mean cost per loan by threshold, and of the three ways to decide.

    Attributes:
        chosen, theoretical: (threshold, cost).

    """

    thresholds: Scores
    costs: Scores
    chosen: tuple[float, float]
    theoretical: tuple[float, float]
    grant_all: float
    refuse_all: float


def cost_curve(loans: Scored, rule: DecisionRule) -> CostCurve:
    """Give what deciding at each threshold would have cost, from 0 to 1."""
    theory = DecisionRule.from_costs(rule.cost_late, rule.cost_reject).threshold
    grid = np.unique(np.concatenate((np.linspace(0, 1, _GRID), loans.probability.ravel())))
    ends = np.array([rule.threshold, theory, -np.inf, np.inf])
    chosen, theoretical, grant, refuse = _costs(loans, ends, rule).tolist()
    return CostCurve(
        thresholds=grid,
        costs=_costs(loans, grid, rule),
        chosen=(rule.threshold, chosen),
        theoretical=(theory, theoretical),
        grant_all=grant,
        refuse_all=refuse,
    )


def _costs(loans: Scored, thresholds: Scores, rule: DecisionRule) -> Scores:
    """Give the mean cost per loan (and fit) at each threshold."""
    target = np.tile(loans.target, len(loans.probability))
    return expected_costs(target, loans.probability.ravel(), thresholds, rule)


@dataclass(frozen=True, slots=True)
class Savings:
    """What a loan costs less by deciding with the model than by deciding without it."""

    than_granting: Interval
    than_refusing: Interval


def savings(loans: Scored, rule: DecisionRule, seed: int) -> Savings:
    """Give the savings per loan with their 95% intervals (plain bootstrap of the loans).

    Beside granting all, refusing a late loan saves `cost_late` and refusing an on-time one costs
    `cost_reject`; beside refusing all, granting does the reverse.
    """
    refused = (loans.probability < rule.threshold).mean(axis=0)
    worth = np.where(loans.target == 0, rule.cost_late, -rule.cost_reject)
    each = np.stack([refused * worth, (refused - 1) * worth], axis=1)
    weights = plain_weights(loans.target, np.random.default_rng(seed))
    draws = np.concatenate([chunk @ each for chunk in weights]) / len(each)
    granting, refusing = (
        interval(float(own.mean()), drawn) for own, drawn in zip(each.T, draws.T, strict=True)
    )
    return Savings(granting, refusing)
