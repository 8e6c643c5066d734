"""Two number systems for one definition of each feature: plain scalars and NumPy arrays.

A feature is written once against `Numbers[V]` (the array API's `xp` convention) and uses only
+ − × ÷, comparisons and integer division, which IEEE 754 rounds alike in both systems: one
loan alone gives the same float64, bit for bit, as the same loan in a table.
"""

from __future__ import annotations

import math
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Days = NDArray[np.int64]
Texts = NDArray[np.object_]

# The smallest double that float32 rounds to infinity: halfway between its largest and 2^128.
FLOAT32_OVERFLOW = float.fromhex("0x1.ffffffp+127")

V = TypeVar("V", float, Array)
D = TypeVar("D", int, Days)


class Numbers(Protocol[V]):
    """What a feature may do beyond + − ×; unknown (NaN) in gives unknown out."""

    def ratio(self, above: V, below: V) -> V:
        """Give above ÷ below; NaN where below is 0."""

    def positive(self, value: V) -> V:
        """Give 1.0 where value > 0, 0.0 where it is not, NaN where it is unknown."""


class Scalars:
    """`Numbers` over Python's float."""

    @staticmethod
    def ratio(above: float, below: float) -> float:
        """Give above ÷ below; NaN where below is 0."""
        return above / below if below != 0 else math.nan

    @staticmethod
    def positive(value: float) -> float:
        """Give 1.0 where value > 0, 0.0 where it is not, NaN where it is unknown."""
        if value > 0:
            return 1.0
        return 0.0 if value <= 0 else math.nan


class Arrays:
    """`Numbers` over float64 arrays."""

    @staticmethod
    def ratio(above: Array, below: Array) -> Array:
        """Give above ÷ below; NaN where below is 0."""
        return np.divide(above, below, out=np.full_like(above, np.nan), where=below != 0)

    @staticmethod
    def positive(value: Array) -> Array:
        """Give 1.0 where value > 0, 0.0 where it is not, NaN where it is unknown."""
        known: Array = (value > 0).astype(np.float64)
        return np.where(np.isnan(value), np.nan, known)


SCALARS: Numbers[float] = Scalars()
ARRAYS: Numbers[Array] = Arrays()


def month_of(days: D) -> D:
    """Give the month, 1 to 12, of a day counted from 1970-01-01.

    Integer arithmetic on the proleptic Gregorian calendar, after H. Hinnant,
    "chrono-Compatible Low-Level Date Algorithms" (civil_from_days), 2013.

    >>> month_of(0), month_of(58), month_of(59), month_of(364)
    (1, 2, 3, 12)
    """
    shifted = days + 719_468
    day_of_era = shifted - shifted // 146_097 * 146_097
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    from_march = (5 * day_of_year + 2) // 153
    month: D = (from_march + 2) % 12 + 1
    return month
