"""Bands of the three gauges. The library judges the PSI; the other two are shown beside it."""

from __future__ import annotations

import math

from scipy import special

from mlops_pipeline.src.monitoring.levels import ALARM, NOTICE, PSI_BANDS, Bands


def ks_limits(reference: int, window: int) -> Bands | None:
    """Give the KS statistics that chance alone exceeds in 5%, 1% and 0.1% of windows this large.

    Asymptotic, as the library's p-values; None without loans. Source: Hodges, "The significance
    probability of the Smirnov two-sample test", 1958.
    """
    if not (reference and window):
        return None
    root = math.sqrt(reference * window / (reference + window))
    return Bands(*(float(special.kolmogi(p)) / root for p in (NOTICE, ALARM, ALARM / 10)))


def js_limits() -> Bands:
    """Give the Jensen–Shannon distances (base 2) that a small change at the PSI's bands has.

    Both measures equal chi-square to second order, the PSI once and the divergence (in nats) an
    eighth of it: distance ≈ √(PSI / (8·ln 2)). Source: Csiszár & Shields, "Information theory and
    statistics: a tutorial", 2004, section 4.

    >>> [round(end, 3) for end in (js_limits().yellow, js_limits().orange, js_limits().red)]
    [0.06, 0.134, 0.212]
    """
    ends = (PSI_BANDS.yellow, PSI_BANDS.orange, PSI_BANDS.red)
    return Bands(*(math.sqrt(psi / (8 * math.log(2))) for psi in ends))
