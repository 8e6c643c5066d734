"""What was lent: credit line, term, amount, interest and instalment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.generator.calendar import Dates
from mlops_pipeline.src.data.generator.latent import Uniforms
from mlops_pipeline.src.data.generator.marginals import count, money, quota
from mlops_pipeline.src.data.generator.parameters import Floats, Parameters

Ints = NDArray[np.int64]

COMMON_LINE, SECOND_LINE = 4, 9
RARE_LINES = (10, 6, 7, 68)
FREE_TERMS = (6, 12, 24)
CAPITAL_MARGIN = 1.2
"""The recorded capital is 1.2 times the amount which the instalments repay."""
SECOND_LINE_MARGIN = 1.305
RATE_GRID = (0.0, 0.1, 0.5, 0.9, 1.0)
BASE_UNITS = ((0.14, 50_000.0), (0.25, 10_000.0), (0.41, 1_000.0), (0.76, 100.0), (0.84, 10.0))
"""Share of the amounts up to which they are a multiple of so many COP (lines other than 9)."""
SECOND_LINE_TENS = 0.3
"""Share of the amounts of line 9 at a multiple of 10 COP."""


@dataclass(frozen=True, slots=True)
class Products:
    """The terms of the loans of a block, (n,) each."""

    line: Ints
    term: Ints
    capital: Floats
    instalment: Ints


def draw_products(
    rng: np.random.Generator,
    dates: Dates,
    uniforms: Uniforms,
    parameters: Parameters,
    span: tuple[int, int],
) -> Products:
    """Return the products of the loans of the rows `span`."""
    period = parameters.months.period[dates.month]
    line = _lines(rng, period, uniforms, parameters, span)
    term = _terms(line, period, uniforms["plazo_meses"], parameters)
    base = _bases(rng, line, uniforms["capital_prestado"], parameters)
    factor = _factors(rng, dates.month, line, term, parameters)
    # Of an interest-free loan the factor is exactly one: the quotient is then correctly rounded
    # on every machine, also where it is half a peso.
    instalment = np.rint(base * factor / term).astype(np.int64)
    return Products(line, term, np.round(base * CAPITAL_MARGIN, 1), instalment)


def _lines(
    rng: np.random.Generator,
    period: Ints,
    uniforms: Uniforms,
    parameters: Parameters,
    span: tuple[int, int],
) -> Ints:
    second = uniforms["tipo_credito"] >= 1.0 - parameters.line_share[period]
    line = np.where(second, SECOND_LINE, COMMON_LINE).astype(np.int64)
    others = rng.permutation(np.flatnonzero(~second))
    for code in RARE_LINES:
        size = quota(parameters.quotas[f"line_{code}"] / parameters.rows, *span)
        line[others[:size]] = code
        others = others[size:]
    return line


def _terms(line: Ints, period: Ints, uniform: Floats, parameters: Parameters) -> Ints:
    term = np.empty(line.size, dtype=np.int64)
    for index, tables in enumerate(parameters.terms):
        for table, mask in zip(tables, (line != SECOND_LINE, line == SECOND_LINE), strict=True):
            chosen = mask & (period == index)
            term[chosen] = count(table, uniform[chosen])
    return term


def _bases(rng: np.random.Generator, line: Ints, uniform: Floats, parameters: Parameters) -> Floats:
    """Return the amounts which the instalments repay, whole COP."""
    base = np.rint(money(parameters.quantiles["capital_prestado"], uniform) / CAPITAL_MARGIN)
    taste = rng.random(line.size)
    below = 0.0
    for share, unit in BASE_UNITS:
        chosen = (taste >= below) & (taste < share) & (line != SECOND_LINE) & (base >= 2 * unit)
        base[chosen] = np.rint(base[chosen] / unit) * unit
        below = share
    tens = (taste < SECOND_LINE_TENS) & (line == SECOND_LINE)
    base[tens] = np.rint(base[tens] / 10.0) * 10.0
    return base


def _factors(
    rng: np.random.Generator, month: Ints, line: Ints, term: Ints, parameters: Parameters
) -> Floats:
    """Return instalment times term over the base: the annuity factor, less the line's discount."""
    second = line == SECOND_LINE
    rates = np.empty(line.size)
    uniform = rng.random(line.size)
    for index in np.unique(month):
        for kind in (0, 1):
            chosen = (month == index) & (second == bool(kind))
            low, middle, high = parameters.months.rates[index, kind]
            knots = (1.5 * low - 0.5 * middle, low, middle, high, 1.5 * high - 0.5 * middle)
            rates[chosen] = np.interp(uniform[chosen], RATE_GRID, knots)
    factor = term * rates / (1.0 - (1.0 + rates) ** -term.astype(np.float64))
    cheap = second & (rng.random(line.size) >= parameters.shares["second_line_at_full_price"])
    factor[cheap] *= CAPITAL_MARGIN / SECOND_LINE_MARGIN
    free = np.zeros(line.size)
    for column, months_term in enumerate(FREE_TERMS):
        at_term = (term == months_term) & ~second
        free[at_term] = parameters.months.interest_free[month[at_term], column]
    factor[rng.random(line.size) < free] = 1.0
    return factor
