"""Fitting a calibration to out-of-fold scores, forward in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from mlops_pipeline.src.scoring.calibration import Calibration, CalibrationKind
from mlops_pipeline.src.training.bootstrap import Scores, Target
from mlops_pipeline.src.training.validation import OutOfFold

# An isotonic step at 0 or 1 would make one surprise cost everything.
_ISOTONIC_BOUNDS = (1e-3, 1 - 1e-3)

Fit = Callable[[Scores, Target], Calibration]


def fit_platt(scores: Scores, target: Target, kind: CalibrationKind) -> Calibration:
    """Fit p = 1 / (1 + exp(−(slope·x + intercept))) to n out-of-fold raw scores, shape (n,)."""
    basis = Calibration(kind).basis(scores)
    # Standardised, a nearly flat score needs no huge slope, which the optimiser would not reach.
    centre, spread = float(np.mean(basis)), float(np.std(basis)) or 1.0
    standard = ((basis - centre) / spread)[:, None]
    line = LogisticRegression(C=1e6, max_iter=1_000).fit(standard, target)
    slope = float(line.coef_[0, 0]) / spread
    return Calibration(kind, slope, float(line.intercept_[0]) - slope * centre)


def fit_isotonic(scores: Scores, target: Target) -> Calibration:
    """Fit a non-decreasing map to n out-of-fold raw scores, shape (n,)."""
    low, high = _ISOTONIC_BOUNDS
    fitted = IsotonicRegression(y_min=low, y_max=high).fit(scores, target)
    knots = zip(fitted.X_thresholds_.tolist(), fitted.y_thresholds_.tolist(), strict=True)
    return Calibration(CalibrationKind.ISOTONIC, knots=tuple(knots))


def _maps(*, margin: bool) -> Mapping[CalibrationKind, Fit]:
    """Give the maps that may be tried; a margin has to be mapped, a probability need not."""
    if margin:
        kind = CalibrationKind.PLATT_MARGIN
        return {
            kind: lambda scores, target: fit_platt(scores, target, kind),
            CalibrationKind.ISOTONIC: fit_isotonic,
        }
    platt = CalibrationKind.PLATT_PROBABILITY
    return {
        CalibrationKind.IDENTITY: lambda _scores, _target: Calibration(),
        platt: lambda scores, target: fit_platt(scores, target, platt),
        CalibrationKind.ISOTONIC: fit_isotonic,
    }


def calibrate(oof: OutOfFold, *, margin: bool) -> tuple[Calibration, Scores]:
    """Choose and fit a calibration.

    Each fold's scores are mapped with what the folds before it teach, of all seeds' fits; the
    map with the lowest log-loss there is chosen and fitted to all folds.

    Returns:
        The calibration, and the forward probabilities of all folds but the first, shape
        (seeds, n); `oof.later_target` has their targets.

    """
    tried: dict[CalibrationKind, tuple[float, Scores]] = {}
    maps = _maps(margin=margin)
    for kind, fit in maps.items():
        forward = np.concatenate(
            [
                fit(oof.scores_before(fold), oof.target_before(fold)).apply(oof.scores[fold])
                for fold in range(1, len(oof.scores))
            ],
            axis=1,
        )
        target = np.tile(oof.later_target, oof.seeds)
        tried[kind] = (float(log_loss(target, forward.ravel(), labels=[0, 1])), forward)
    best = min(tried, key=lambda kind: tried[kind][0])
    every = len(oof.scores)
    fitted = maps[best](oof.scores_before(every), oof.target_before(every))
    return fitted, tried[best][1]
