"""The aggregate figures from which a portfolio is drawn; no loan of any customer is among them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QuantileTable:
    """A distribution as its values at given probabilities; equal neighbours are an atom."""

    probabilities: Floats
    values: Floats


@dataclass(frozen=True, slots=True)
class CountTable:
    """A distribution over few values: `cumulative[i]` is the probability of `values[: i + 1]`."""

    values: NDArray[np.int64]
    cumulative: Floats


@dataclass(frozen=True, slots=True)
class MonthTable:
    """What holds for each calendar month of the portfolio; every array has one row per month."""

    first_days: NDArray[np.datetime64]
    lengths: NDArray[np.int64]
    """Days of the month in which loans were granted."""
    loans: NDArray[np.int64]
    period: NDArray[np.int64]
    """Index of the table of products in force."""
    delayed: Floats
    """Share of the on-time loans with a delayed payment."""
    codebtor_unknown: Floats
    """Share of the loans without reported income for which nothing is known of a co-debtor."""
    rates: Floats
    """Monthly interest at the probabilities 0.1, 0.5 and 0.9, (months, 2 lines, 3)."""
    interest_free: Floats
    """Share of the interest-free loans of 6, 12 and 24 months, (months, 3)."""


@dataclass(frozen=True, slots=True)
class EffectTable:
    """Log-odds of paying late by bins `(edge, next edge]` of one column."""

    edges: Floats
    effects: Floats
    missing: float


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that is needed to draw a portfolio."""

    rows: int
    """Loans of the portfolio which was measured: all counts below are per so many loans."""
    months: MonthTable
    weekday_weights: Floats
    hour_cumulative: Floats
    first_hour: int
    latent_names: tuple[str, ...]
    latent_factor: Floats
    """Cholesky factor of the correlations; the first latent variable is the loan's date."""
    shifts: Mapping[str, Floats]
    """Mean of a latent variable by period, where a correlation with the date falls short."""
    line_share: Floats
    """Share of credit line 9 by period."""
    terms: tuple[tuple[CountTable, CountTable], ...]
    """Terms in months by period, of the other lines and of line 9."""
    quantiles: Mapping[str, QuantileTable]
    counts: Mapping[str, CountTable]
    quotas: Mapping[str, float]
    """Loans of each rare kind among `rows`."""
    shares: Mapping[str, float]
    round_shares: Mapping[str, Floats]
    """Share of the round amounts by period."""
    intercept: float
    effects: Mapping[str, EffectTable]


def _floats(values: Sequence[float]) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _counts(counts: Mapping[str, float]) -> CountTable:
    weights = _floats(list(counts.values()))
    return CountTable(
        values=np.asarray([int(value) for value in counts], dtype=np.int64),
        cumulative=np.cumsum(weights) / weights.sum(),
    )


def _months(rows: Sequence[Mapping[str, Any]]) -> MonthTable:
    def column(name: str) -> Floats:
        return _floats([row[name] for row in rows])

    return MonthTable(
        first_days=np.asarray([row["first_day"] for row in rows], dtype="datetime64[D]"),
        lengths=column("days").astype(np.int64),
        loans=column("loans").astype(np.int64),
        period=column("period").astype(np.int64),
        delayed=column("delayed"),
        codebtor_unknown=column("codebtor_unknown"),
        rates=column("rates"),
        interest_free=column("interest_free"),
    )


def from_json(raw: Mapping[str, Any]) -> Parameters:
    """Return the parameters held by the decoded JSON document `raw`."""
    hours = _floats(raw["hours"]["weights"])
    return Parameters(
        rows=int(raw["rows"]),
        months=_months(raw["months"]),
        weekday_weights=_floats(raw["weekday_weights"]),
        hour_cumulative=np.cumsum(hours) / hours.sum(),
        first_hour=int(raw["hours"]["first"]),
        latent_names=tuple(raw["latent"]["names"]),
        latent_factor=np.asarray(
            np.linalg.cholesky(_floats(raw["latent"]["correlations"])), dtype=np.float64
        ),
        shifts={name: _floats(values) for name, values in raw["shifts"].items()},
        line_share=_floats(raw["line_share"]),
        terms=tuple((_counts(other), _counts(nine)) for other, nine in raw["terms"]),
        quantiles={
            name: QuantileTable(_floats(table["p"]), _floats(table["v"]))
            for name, table in raw["quantiles"].items()
        },
        counts={name: _counts(table) for name, table in raw["counts"].items()},
        quotas=dict(raw["quotas"]),
        shares=dict(raw["shares"]),
        round_shares={name: _floats(values) for name, values in raw["round_shares"].items()},
        intercept=float(raw["intercept"]),
        effects={
            name: EffectTable(_floats(table["edges"]), _floats(table["effects"]), table["missing"])
            for name, table in raw["effects"].items()
        },
    )


@cache
def load_parameters() -> Parameters:
    """Return the parameters that come with the package."""
    text = files(__package__).joinpath("parameters.json").read_text(encoding="utf-8")
    return from_json(json.loads(text))
