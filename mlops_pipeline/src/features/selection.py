"""Which of the catalogue's features a model may use."""

from __future__ import annotations

from enum import StrEnum

from mlops_pipeline.src.features.leakage import LeakageAudit

# The loan's position in time tells vintages apart and nothing about a later loan; months and
# quarters are the same thing while the portfolio spans little more than a year. They stay in
# the catalogue, for monitoring. Figures: docs/decisions/0004-fecha.md.
POSITION_IN_TIME = ("mes_prestamo", "trimestre", "dias_desde_epoca")


class LeakagePolicy(StrEnum):
    """What to do with tainted features."""

    QUARANTINE = "quarantine"
    KEEP = "keep"  # to show what the leak claims; such a model is never published


def model_features(audit: LeakageAudit, policy: LeakagePolicy) -> tuple[str, ...]:
    """Give the features that the candidates are trained on, in the catalogue's order.

    With the leak kept that is the whole catalogue: what a project without audit would do.
    """
    if policy is LeakagePolicy.KEEP:
        return tuple(feature.feature for feature in audit.features)
    return tuple(name for name in audit.clean if name not in POSITION_IN_TIME)
