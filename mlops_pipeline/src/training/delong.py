"""How sure a difference of ROC-AUCs on the same loans is, in closed form.

Source: DeLong, DeLong & Clarke-Pearson, "Comparing the areas under two or more correlated receiver
operating characteristic curves", Biometrics 44, 1988. What 1,000 bootstrap draws would say of a
few hundred rankings takes minutes; this takes one sort of each.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from mlops_pipeline.src.training.bootstrap import CONFIDENCE, Interval, Scores, Target


def placements(target: Target, score: Scores) -> Scores:
    """Give where each of n loans stands among those of the other class, in [0, 1], shape (n,).

    For an on-time loan the share of late ones below it, for a late one the share of on-time ones
    above it, equal ones counting half. Within each class the mean is the ROC-AUC.
    """
    late = target == 0
    found = np.empty(len(target))
    found[~late] = _share_below(score[~late], score[late])
    found[late] = 1 - _share_below(score[late], score[~late])
    return found


def mean_drop(target: Target, whole: Scores, others: Sequence[Scores]) -> Interval:
    """Give the ROC-AUC of `whole` less the mean one of `others`, with its 95% interval over loans.

    Args:
        target: of n loans, at least two of each class.
        whole: scores of them, shape (n,).
        others: other scores of the same loans. If these are random, their randomness is part of
            what differs from loan to loan, and so of the interval.

    """
    differences = placements(target, whole) - np.mean(
        [placements(target, score) for score in others], axis=0
    )
    classes = [differences[target == kind] for kind in (0, 1)]
    value = float(classes[0].mean())
    error = float(np.sqrt(sum(one.var(ddof=1) / len(one) for one in classes)))
    half = float(ndtri((1 + CONFIDENCE) / 2)) * error
    return Interval(value, value - half, value + half)


def _share_below(score: Scores, others: Scores) -> Scores:
    """Give the share of other scores below each score, equal ones counting half."""
    ordered = np.sort(others)
    below = np.searchsorted(ordered, score, "left")
    share: Scores = (below + np.searchsorted(ordered, score, "right")) / (2 * len(ordered))
    return share
