"""The dates of the loans: exact counts by month, spread evenly over the blocks of a portfolio."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from mlops_pipeline.src.data.generator.parameters import Floats, Parameters

GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
SECONDS_PER_HOUR = 3600
DAYS_PER_WEEK = 7
EPOCH_WEEKDAY = 3
"""1970-01-01, from which NumPy counts its days, was a Thursday; Monday is 0."""


@dataclass(frozen=True, slots=True)
class Dates:
    """When the loans of a block were granted, (n,) each."""

    month: NDArray[np.int64]
    """Index of the calendar month, 0 for the first."""
    moment: NDArray[np.datetime64]
    latent: Floats
    """Standard normal score of the loan's place in time among the whole portfolio."""


def month_counts(rows: int, parameters: Parameters) -> NDArray[np.int64]:
    """Return the loans of each month, `rows` in all, by the largest remainder."""
    measured = parameters.months.loans
    total = int(measured.sum())
    counts = measured * rows // total
    remainders = measured * rows % total
    order = np.argsort(-remainders, kind="stable")
    counts[order[: rows - int(counts.sum())]] += 1
    return counts


def stride(rows: int) -> int:
    """Return a step near 0.618·`rows` without a common divisor with `rows`.

    Counting by this step visits each place in time once, and any run of rows covers all the
    months in their proportions.
    """
    step = max(1, int(GOLDEN * rows))
    while math.gcd(step, rows) != 1:
        step += 1
    return step


def draw_dates(
    rng: np.random.Generator, start: int, stop: int, rows: int, parameters: Parameters
) -> Dates:
    """Return the dates of the rows `start` to `stop` of a portfolio of `rows`, in random order."""
    places = np.arange(start, stop, dtype=np.int64) * stride(rows) % rows
    rng.shuffle(places)
    ends = np.cumsum(month_counts(rows, parameters))
    month = np.searchsorted(ends, places, side="right")
    begins = np.concatenate(([0], ends[:-1]))
    within = (places - begins[month] + rng.random(places.size)) / (ends - begins)[month]
    moment = np.empty(places.size, dtype="datetime64[s]")
    for index in np.unique(month):
        mask = month == index
        moment[mask] = _moments(rng, int(index), within[mask], parameters)
    return Dates(month, moment, ndtri((places + 0.5) / rows))


def _moments(
    rng: np.random.Generator, month: int, within: Floats, parameters: Parameters
) -> NDArray[np.datetime64]:
    """Return moments of one month, `within` in [0, 1) being the place among its loans."""
    months = parameters.months
    days = months.first_days[month] + np.arange(months.lengths[month])
    weekday = (days.astype(np.int64) + EPOCH_WEEKDAY) % DAYS_PER_WEEK
    weights = np.cumsum(parameters.weekday_weights[weekday])
    day = np.searchsorted(weights / weights[-1], within, side="right")
    hour = np.searchsorted(parameters.hour_cumulative, rng.random(within.size), side="right")
    second = (hour + parameters.first_hour) * SECONDS_PER_HOUR + rng.integers(
        0, SECONDS_PER_HOUR, within.size
    )
    chosen = days[np.minimum(day, days.size - 1)].astype("datetime64[s]")
    return np.asarray(chosen + second.astype("timedelta64[s]"), dtype="datetime64[s]")
