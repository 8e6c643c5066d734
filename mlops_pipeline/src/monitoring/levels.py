"""Levels: how large a change is *and* how sure it is. Each band stands here once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

# With fewer loans nothing is said: not even a shift of half a deviation would be found.
MIN_LOANS = 50

# From this much real traffic in this many days on, it is the window that is watched by default.
TRAFFIC_LOANS = 300
TRAFFIC_DAYS = 30

# Adjusted p-values (Benjamini & Hochberg over all aspects of all variables) up to which a change
# may be yellow, and orange or red. Where nothing drifts, the first is also the share of windows
# with any yellow: docs/decisions/0012-niveles-de-deriva.md has the measured rates.
NOTICE = 0.05
ALARM = 0.01


class Level(StrEnum):
    """What a change asks for."""

    INSUFFICIENT = "insuficiente"  # too few loans to tell
    GREEN = "verde"  # nothing shown, or too small to matter
    YELLOW = "amarillo"  # real and small: watch
    ORANGE = "naranja"  # look into it
    RED = "rojo"  # act

    @property
    def severity(self) -> int:
        """0 for green to 3 for red; −1 where nothing can be told."""
        return _ORDER.index(self) - 1

    @property
    def lowered(self) -> Level:
        """One level less, green at the least; insufficient stays."""
        return _ORDER[max(self.severity, 1)] if self.severity > 0 else self


_ORDER = tuple(Level)


@dataclass(frozen=True, slots=True)
class Bands:
    """From which size on a change that is sure is yellow, orange and red."""

    yellow: float
    orange: float
    red: float

    def level(self, effect: float, sureness: float) -> Level:
        """Give the level of a change of this size with this adjusted p-value.

        >>> PSI_BANDS.level(0.30, 0.001), PSI_BANDS.level(0.30, 0.03), PSI_BANDS.level(0.30, 0.5)
        (<Level.RED: 'rojo'>, <Level.YELLOW: 'amarillo'>, <Level.GREEN: 'verde'>)
        """
        if sureness > NOTICE or not effect >= self.yellow:
            return Level.GREEN
        if sureness > ALARM or effect < self.orange:
            return Level.YELLOW
        return Level.RED if effect >= self.red else Level.ORANGE


# 0.10 and 0.25: Siddiqi, "Credit Risk Scorecards", 2006 (below: no significant change; above: a
# significant shift). They hold for the PSI less what chance alone would give. 0.02, a fifth of
# the lower one, is ours: without it a million loans would make every trifle yellow.
PSI_BANDS = Bands(0.02, 0.10, 0.25)
# Points of the share of unknown values, up or down. Ours.
MISSING_BANDS = Bands(0.05, 0.10, 0.20)
# Share of loans outside the training range or of an unseen category, beyond the reference. Ours.
STRANGE_BANDS = Bands(0.01, 0.05, 0.20)


def worst(levels: Iterable[Level]) -> Level:
    """Give the highest level; insufficient where there is none."""
    return max(levels, key=lambda level: level.severity, default=Level.INSUFFICIENT)


@dataclass(frozen=True, slots=True)
class Sureness:
    """Adjusted p-values of one variable's three aspects."""

    distribution: float
    missing: float
    strange: float

    @staticmethod
    def of(row: NDArray[np.float64]) -> Sureness:
        """Take the three from a row of shape (3,)."""
        return Sureness(*row.tolist())
