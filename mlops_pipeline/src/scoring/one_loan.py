"""One loan to model inputs, without the cost of arrays of one row."""

from __future__ import annotations

import math
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.cleaning import PLAUSIBLE, LoanFlag, clean_loan
from mlops_pipeline.src.data.schema import BUREAU_SCORE, TEXTS, Band
from mlops_pipeline.src.data.table import Loan
from mlops_pipeline.src.features.encoder import Encoder
from mlops_pipeline.src.scoring.domain import TrainingDomain
from mlops_pipeline.src.scoring.row_code import row_function


class LoanEncoder:
    """Gives the model inputs of one loan: float32, shape (1, inputs)."""

    def __init__(self, encoder: Encoder) -> None:
        """Compile the encoder's features and slots."""
        self.size = len(encoder.slots)
        self._row = row_function(encoder)
        self._pack = Struct(f"{self.size}f").pack_into  # rounds to float32 as NumPy does

    def inputs(self, cleaned: Loan) -> NDArray[np.float32]:
        """Give the inputs of a cleaned loan."""
        inputs = np.empty((1, self.size), dtype=np.float32)
        self.write(cleaned, inputs.data)
        return inputs

    def write(self, cleaned: Loan, memory: memoryview) -> None:
        """Write the inputs of a cleaned loan where a model reads them."""
        self._pack(memory, 0, *self._row(cleaned))


class LoanCleaner:
    """Cleans one loan and names its doubtful values.

    Most loans have none: they are told apart with one pass of comparisons, and only the others
    go through `clean_loan` and the domain's `loan_flags`.
    """

    def __init__(self, domain: TrainingDomain) -> None:
        """Compile the bands within which nothing is to be said about a number."""
        self._domain = domain
        bands = silent_bands(domain)
        self._bands = tuple((name, band.low, band.high) for name, band in bands.items())
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


def silent_bands(domain: TrainingDomain) -> dict[str, Band]:
    """Give, for each number, the part of its plausible band that training loans had."""
    seen = {name: domain.ranges.get(name, band) for name, band in PLAUSIBLE.items()}
    return {
        name: Band(max(band.low, seen[name].low), min(band.high, seen[name].high))
        for name, band in PLAUSIBLE.items()
    }
