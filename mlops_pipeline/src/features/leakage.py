"""The leakage audit: which features know the answer, before any model is fitted.

A feature is tainted when, on the training loans,
- it alone ranks late and on-time loans with ROC-AUC >= 0.75 (in either direction, through its
  missing values, or through a non-monotone shape) and higher than chance explains, or
- it separates the two classes without overlap, or
- its column becomes known only after the loan, or
- it is made from a tainted column (lineage).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from mlops_pipeline.src.data.schema import COLUMNS, KnownAt
from mlops_pipeline.src.features.catalogue import BY_FEATURE
from mlops_pipeline.src.features.matrix import FeatureMatrix

# An honest single feature of a credit portfolio stays below this; docs/decisions/0003.
MAX_SINGLE_AUC = 0.75
MIN_PER_CLASS = 20
# Standard deviations that chance exceeds once in some 150,000 rankings, of which an audit has
# about 150. With fewer than 29 late loans this asks for more than MAX_SINGLE_AUC.
CHANCE_DEVIATIONS = 4.5
SHAPE_BINS = 20

# Tainted whether or not they are among the features: others may be made from them.
_KNOWN_AFTER = frozenset(c.name for c in COLUMNS if c.known_at is KnownAt.AFTER_THE_LOAN)


class Taint(StrEnum):
    """Why a feature is tainted."""

    AUC = "single_feature_auc"
    SEPARATION = "classes_do_not_overlap"
    KNOWN_AFTER = "known_after_the_loan"
    LINEAGE = "made_from_a_tainted_column"


@dataclass(frozen=True, slots=True)
class FeatureAudit:
    """What was found about one feature.

    Attributes:
        auc: the highest single-feature ROC-AUC found, in [0.5, 1]; NaN where the feature is
            known for too few loans of a class.
        parents: the tainted columns that it is made from.

    """

    feature: str
    auc: float
    taints: tuple[Taint, ...]
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ranking:
    """A ROC-AUC in [0.5, 1], and from which one on a ranking of so many loans tells something."""

    auc: float
    limit: float


@dataclass(frozen=True, slots=True)
class LeakageAudit:
    """The audit of all features; `row_order_auc` tells what a loan's place in the file knows."""

    features: tuple[FeatureAudit, ...]
    row_order_auc: float
    loans: int
    late: int

    @property
    def tainted(self) -> tuple[str, ...]:
        """The tainted features' names, in the matrix's order."""
        return tuple(audit.feature for audit in self.features if audit.taints)

    @property
    def clean(self) -> tuple[str, ...]:
        """The other features' names, in the matrix's order."""
        return tuple(audit.feature for audit in self.features if not audit.taints)


def audit_leakage(
    features: FeatureMatrix,
    target: NDArray[np.int8],
    lines: NDArray[np.int64],
    lineage: Mapping[str, Sequence[str]] | None = None,
) -> LeakageAudit:
    """Audit the features of the training loans.

    Args:
        features: (n, d).
        target: (n,), 1 on time and 0 late.
        lines: (n,), where each loan stood in its file.
        lineage: feature -> columns it is made from; the catalogue's where None.

    """
    late = target == 0
    sources = lineage if lineage is not None else _catalogue_lineage(features.names)
    own: dict[str, tuple[float, tuple[Taint, ...]]] = {}
    for name in features.names:
        values = features.column(name).astype(np.float64)
        ranked = _rankings(values, late)
        own[name] = (_highest(ranked), _own_taints(name, values, late, ranked))
    tainted = {name for name, (_, taints) in own.items() if taints} | _KNOWN_AFTER
    audits = []
    for name in features.names:
        auc, taints = own[name]
        parents = tuple(sorted(tainted & {*sources.get(name, ())} - {name}))
        taints = (*taints, Taint.LINEAGE) if parents else taints
        audits.append(FeatureAudit(name, auc, taints, parents))
    order = single_feature_auc(lines.astype(np.float64), late)
    return LeakageAudit(tuple(audits), order, len(target), int(late.sum()))


def _catalogue_lineage(names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Give the catalogue's lineage of those features that it knows."""
    return {name: BY_FEATURE[name].sources for name in names if name in BY_FEATURE}


def _own_taints(
    name: str, values: NDArray[np.float64], late: NDArray[np.bool_], ranked: Sequence[_Ranking]
) -> tuple[Taint, ...]:
    """Give the taints that a feature shows by itself."""
    found = []
    if any(one.auc >= one.limit for one in ranked):
        found.append(Taint.AUC)
    if separates(values, late):
        found.append(Taint.SEPARATION)
    if name in _KNOWN_AFTER:
        found.append(Taint.KNOWN_AFTER)
    return tuple(found)


def single_feature_auc(values: NDArray[np.float64], late: NDArray[np.bool_]) -> float:
    """Give the highest ROC-AUC with which one feature ranks late loans, in [0.5, 1].

    Tried: the known values in either direction, the unknown ones put below and above all
    others, and a cross-fitted late rate by bins (for shapes that are not monotone). NaN where
    fewer than 20 loans of either class remain.
    """
    return _highest(_rankings(values, late))


def _highest(ranked: Sequence[_Ranking]) -> float:
    """Give the highest ROC-AUC; NaN where there is none."""
    return max((one.auc for one in ranked), default=np.nan)


def _rankings(values: NDArray[np.float64], late: NDArray[np.bool_]) -> list[_Ranking]:
    """Give what each way to rank loans by a feature reaches."""
    known = ~np.isnan(values)
    found = []
    if _enough(late):
        low, high = (np.where(known, values, fill) for fill in _outside(values[known]))
        aucs = (_auc(low, late), _auc(high, late), _shape_auc(low, late))
        found += [_Ranking(auc, _limit(late)) for auc in aucs]
    if _enough(late[known]):
        found.append(_Ranking(_auc(values[known], late[known]), _limit(late[known])))
    return found


def _limit(late: NDArray[np.bool_]) -> float:
    """Give the ROC-AUC from which on a ranking is a leak: MAX_SINGLE_AUC, and beyond chance.

    Without a signal it has variance (m + n + 1) / (12·m·n) about 0.5 for m late and n other
    loans. Source: Mann & Whitney, "On a test of whether one of two random variables is
    stochastically larger than the other", 1947.
    """
    lates, others = int(late.sum()), int((~late).sum())
    deviation = np.sqrt((lates + others + 1) / (12 * lates * others))
    return max(MAX_SINGLE_AUC, 0.5 + CHANCE_DEVIATIONS * float(deviation))


def separates(values: NDArray[np.float64], late: NDArray[np.bool_]) -> bool:
    """Tell whether some value lies between all known late loans and all known others."""
    known = ~np.isnan(values)
    if not _enough(late[known]):
        return False
    bad, good = values[known & late], values[known & ~late]
    return bool(bad.max() < good.min() or good.max() < bad.min())


def _enough(late: NDArray[np.bool_]) -> bool:
    """Tell whether both classes are large enough to say anything."""
    return bool(min(late.sum(), (~late).sum()) >= MIN_PER_CLASS)


def _outside(known: NDArray[np.float64]) -> tuple[float, float]:
    """Give a number below and one above all known values."""
    if not known.size:
        return 0.0, 0.0
    return float(known.min()) - 1, float(known.max()) + 1


def _auc(score: NDArray[np.float64], late: NDArray[np.bool_]) -> float:
    """Give the ROC-AUC of a score for being late, in the direction that is better."""
    auc = float(roc_auc_score(late, score))
    return max(auc, 1 - auc)


def _shape_auc(values: NDArray[np.float64], late: NDArray[np.bool_]) -> float:
    """Give the ROC-AUC of the late rate by bins, learned on one half and measured on the other.

    Each half is measured apart, for their late rates differ, and has its share of either class.
    """
    edges = np.unique(np.quantile(values, np.linspace(0, 1, SHAPE_BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, values, side="right")
    half = np.empty(len(late), dtype=np.bool_)
    for rows in (late, ~late):
        half[rows] = np.arange(rows.sum()) % 2 == 0
    scores = []
    for own, other in ((half, ~half), (~half, half)):
        loans = np.bincount(bins[other], minlength=len(edges) + 1)
        lates = np.bincount(bins[other], weights=late[other], minlength=len(edges) + 1)
        rates = (lates + late.mean()) / (loans + 1)
        scores.append(roc_auc_score(late[own], rates[bins[own]]))
    return float(np.mean(scores))
