"""One loan to model inputs, without the cost of arrays of one row.

The definitions are those of the many: what stands here only calls their scalar forms, in an
order compiled once from a bundle's encoder and domain.
"""

from __future__ import annotations

import math
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.cleaning import PLAUSIBLE, LoanFlag, clean_loan
from mlops_pipeline.src.data.schema import BUREAU_SCORE, TEXTS
from mlops_pipeline.src.data.table import Loan
from mlops_pipeline.src.features.encoder import Encoder
from mlops_pipeline.src.ft_engineering import row_builder
from mlops_pipeline.src.scoring.domain import TrainingDomain


class LoanEncoder:
    """Gives the model inputs of one loan: float32, shape (1, inputs)."""

    def __init__(self, encoder: Encoder) -> None:
        """Compile the encoder's features and slots."""
        names = encoder.features
        self._features = row_builder(names)
        self._inputs = encoder.row_transform(names)
        self._floats = Struct(f"{len(encoder.slots)}f")

    def inputs(self, cleaned: Loan) -> NDArray[np.float32]:
        """Give the inputs of a cleaned loan.

        `Struct` rounds to float32 as NumPy does; it is the fastest way from a list to an array.
        """
        packed = self._floats.pack(*self._inputs(self._features(cleaned)))
        return np.frombuffer(packed, dtype=np.float32).reshape(1, -1)


class LoanCleaner:
    """Cleans one loan and names its doubtful values.

    Most loans have none: they are told apart with one pass of comparisons, and only the others
    go through `clean_loan` and the domain's `loan_flags`.
    """

    def __init__(self, domain: TrainingDomain) -> None:
        """Compile the bands within which nothing is to be said about a number."""
        self._domain = domain
        self._bands = tuple(
            (name, *_narrower(band.low, band.high, name, domain))
            for name, band in PLAUSIBLE.items()
        )
        self._codes = tuple((name, frozenset(codes)) for name, codes in domain.codes.items())
        self._texts = tuple((c.name, frozenset((*c.categories, None))) for c in TEXTS)

    def clean(self, loan: Loan) -> tuple[Loan, tuple[LoanFlag, ...]]:
        """Give the loan as the features take it, and what was found."""
        if self._has_nothing_to_say(loan):
            return loan, ()
        cleaned, flags = clean_loan(loan)
        return cleaned, (*flags, *self._domain.loan_flags(cleaned))

    def _has_nothing_to_say(self, loan: Loan) -> bool:
        """Tell whether every value is ordinary; a number may be unknown, but for the score."""
        for name, low, high in self._bands:
            value: Any = loan[name]
            if value < low or value > high:  # false for NaN
                return False
        for name, codes in self._codes:
            value = loan[name]
            if value not in codes and not math.isnan(value):
                return False
        score: Any = loan[BUREAU_SCORE]
        return not math.isnan(score) and all(loan[name] in known for name, known in self._texts)


def _narrower(low: float, high: float, name: str, domain: TrainingDomain) -> tuple[float, float]:
    """Give the part of a plausible band that lies among the training loans."""
    seen = domain.ranges.get(name)
    return (low, high) if seen is None else (max(low, seen.low), min(high, seen.high))
