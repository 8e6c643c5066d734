"""Splits over time: what is trained on always lies before what is tested on."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data.moments import SECONDS_PER_DAY
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import NotEnoughLoansError

OUT_OF_TIME_SHARE = 0.2
MIN_LOANS = 200
MIN_LATE = 20  # of each class in each period; the leakage audit needs as many
MIN_PER_FOLD = 5
MIN_FOLDS = 2
SECONDS_PER_MONTH = SECONDS_PER_DAY * 365.25 / 12

# Rolling origin: each fold trains on the loans up to one share and validates up to the next.
ORIGINS = (0.4, 0.55, 0.7, 0.85, 1.0)


@dataclass(frozen=True, slots=True)
class TimeSplit:
    """Training loans and the later, out-of-time ones, each in order of date."""

    train: LoanTable
    test: LoanTable


@dataclass(frozen=True, slots=True)
class Fold:
    """Positions of one fold's training and validation loans."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]


def out_of_time_split(loans: LoanTable, share: float = OUT_OF_TIME_SHARE) -> TimeSplit:
    """Split off the latest loans by date; loans of the same second stay on one side.

    Raises:
        NotEnoughLoansError: too few loans, or too few of a class on either side.

    """
    order = _by_date(loans)
    cut = _cut(loans.seconds[order], 1 - share)
    split = TimeSplit(loans.take(order[:cut]), loans.take(order[cut:]))
    for side in (split.train, split.test):
        _check(side)
    return split


def _by_date(loans: LoanTable) -> NDArray[np.int64]:
    """Give the order by date; ties by content, so that the file's order decides nothing.

    Loans that agree in everything but their target keep the file's order.
    """
    texts = [np.array([str(text) for text in loans.texts[name]]) for name in loans.texts]
    return np.lexsort((*texts, *loans.numbers.values(), loans.seconds))


def _cut(seconds: NDArray[np.int64], share: float) -> int:
    """Give the last position at or before `share` where a new moment begins."""
    target = round(share * len(seconds))
    if target >= len(seconds):
        return len(seconds)
    return int(np.searchsorted(seconds, seconds[target], side="left"))


def immature(loans: LoanTable, as_of: int | NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which loans' term had not run at `as_of` (seconds since 1970-01-01, one or for each).

    Their target may still change from on time to late. A month counts as 365.25 / 12 days.
    """
    ends = loans.seconds + loans.numbers["plazo_meses"] * SECONDS_PER_MONTH
    return ends > as_of


def _check(side: LoanTable) -> None:
    """Raise a NotEnoughLoansError if nothing could be learned or measured there."""
    if side.target is None:
        raise NotEnoughLoansError(messages.no_target())
    late = int((side.target == 0).sum())
    if len(side) < MIN_LOANS or late < MIN_LATE or len(side) - late < MIN_LATE:
        raise NotEnoughLoansError(messages.too_few_loans(len(side), late, MIN_LOANS, MIN_LATE))


def rolling_origin(loans: LoanTable) -> tuple[Fold, ...]:
    """Give expanding-window folds of loans in order of date.

    Source: Hyndman & Athanasopoulos, "Forecasting: Principles and Practice", evaluation on a
    rolling forecasting origin.

    Raises:
        NotEnoughLoansError: fewer than two folds have enough loans of both classes on both sides.

    """
    if loans.target is None:
        raise NotEnoughLoansError(messages.no_target())
    cuts = [_cut(loans.seconds, share) for share in ORIGINS]
    late = loans.target == 0
    folds = tuple(
        Fold(np.arange(start), np.arange(start, end))
        for start, end in pairwise(cuts)
        if _enough(late[:start]) and _enough(late[start:end])
    )
    if len(folds) < MIN_FOLDS:
        raise NotEnoughLoansError(messages.too_few_folds(len(folds), MIN_FOLDS, MIN_PER_FOLD))
    return folds


def _enough(late: NDArray[np.bool_]) -> bool:
    """Tell whether both classes are there often enough to fit to or to rank."""
    return bool(min(late.sum(), (~late).sum()) >= MIN_PER_FOLD)
