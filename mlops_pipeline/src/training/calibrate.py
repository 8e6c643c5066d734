"""Fitting Platt's map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mlops_pipeline.src.scoring.calibration import Calibration, CalibrationKind


def fit_platt(
    scores: NDArray[np.float64], target: NDArray[np.int8], *, margin: bool
) -> Calibration:
    """Fit p = 1 / (1 + exp(−(slope·x + intercept))) to n out-of-fold raw scores, shape (n,)."""
    kind = CalibrationKind.PLATT_MARGIN if margin else CalibrationKind.PLATT_PROBABILITY
    basis = Calibration(kind).basis(scores)
    # Standardised, a nearly flat score needs no huge slope, which the optimiser would not reach.
    centre, spread = float(np.mean(basis)), float(np.std(basis)) or 1.0
    standard = ((basis - centre) / spread)[:, None]
    line = LogisticRegression(C=1e6, max_iter=1_000).fit(standard, target)
    slope = float(line.coef_[0, 0]) / spread
    return Calibration(kind, slope, float(line.intercept_[0]) - slope * centre)
