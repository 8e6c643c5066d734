"""What the training loans looked like, so that a value outside of it can be named."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlops_pipeline.src.data.cleaning import Finding, Flag, LoanFlag, number
from mlops_pipeline.src.data.schema import NUMERIC, Kind
from mlops_pipeline.src.data.table import Loan, LoanTable


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and highest value of a column among the training loans."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TrainingDomain:
    """Ranges of numbers and the codes seen; a column without known values has neither."""

    ranges: Mapping[str, Range]
    codes: Mapping[str, tuple[float, ...]]

    def flags(self, loans: LoanTable) -> tuple[Flag, ...]:
        """Name the values of cleaned loans that lie outside."""
        found = []
        for name, band in self.ranges.items():
            values = loans.numbers[name]
            found.append((name, (values < band.low) | (values > band.high)))
        for name, codes in self.codes.items():
            values = loans.numbers[name]
            found.append((name, ~np.isin(values, codes) & ~np.isnan(values)))
        return tuple(
            Flag(name, Finding.OUTSIDE_TRAINING, np.flatnonzero(outside))
            for name, outside in found
            if outside.any()
        )

    def loan_flags(self, loan: Loan) -> tuple[LoanFlag, ...]:
        """Do for one cleaned loan what `flags` does for a table."""
        found = []
        for name, band in self.ranges.items():
            value = number(loan, name)
            if value < band.low or value > band.high:
                found.append(LoanFlag(name, Finding.OUTSIDE_TRAINING, value))
        for name, codes in self.codes.items():
            value = number(loan, name)
            if value not in codes and not math.isnan(value):
                found.append(LoanFlag(name, Finding.OUTSIDE_TRAINING, value))
        return tuple(found)


def learn_domain(loans: LoanTable, columns: frozenset[str]) -> TrainingDomain:
    """Learn the domain of cleaned training loans, of these columns."""
    ranges, codes = {}, {}
    for column in NUMERIC:
        if column.name not in columns:
            continue
        values = loans.numbers[column.name]
        known = np.unique(values[~np.isnan(values)])
        if not known.size:
            continue
        if column.kind is Kind.CODE:
            codes[column.name] = tuple(float(code) for code in known)
        else:
            ranges[column.name] = Range(float(known[0]), float(known[-1]))
    return TrainingDomain(ranges, codes)
