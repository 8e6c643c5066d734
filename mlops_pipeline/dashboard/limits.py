"""Bands of the three gauges. The library judges the PSI; the other two are shown beside it."""

from __future__ import annotations

import math

from scipy import special

from mlops_pipeline.src.monitoring.levels import ALARM, NOTICE, PSI_BANDS, Bands

KS_CHANCES = (NOTICE, ALARM, ALARM / 10)


def ks_limits(reference: int, window: int) -> Bands | None:
    """Give the KS statistics that chance alone exceeds in `KS_CHANCES` of windows this large.

    Asymptotic, as the library's p-values; 1, the largest there is, where chance reaches it; None
    without loans. Source: Hodges, "The significance probability of the Smirnov two-sample test",
    1958.
    """
    if not (reference and window):
        return None
    root = math.sqrt(reference * window / (reference + window))
    ends = (float(special.kolmogi(p)) / root for p in KS_CHANCES)
    return Bands(*(min(end, 1.0) for end in ends))


def js_limits(by_chance: float) -> Bands:
    """Give the Jensen–Shannon distances (base 2) that a small change at the PSI's bands has.

    Both measures equal chi-square to second order, the PSI once and the divergence (in nats) an
    eighth of it: distance ≈ √(PSI / (8·ln 2)). The PSI's bands hold for what exceeds chance, the
    distance contains it, so chance is added. Source: Csiszár & Shields, "Information theory and
    statistics: a tutorial", 2004, section 4.

    Args:
        by_chance: the PSI to be expected without any drift (`VariableDrift.psi_by_chance`).

    >>> [round(end, 3) for end in (js_limits(0).yellow, js_limits(0).red, js_limits(0.1).yellow)]
    [0.06, 0.212, 0.147]

    """
    ends = (PSI_BANDS.yellow, PSI_BANDS.orange, PSI_BANDS.red)
    return Bands(*(min(math.sqrt((psi + by_chance) / (8 * math.log(2))), 1.0) for psi in ends))
