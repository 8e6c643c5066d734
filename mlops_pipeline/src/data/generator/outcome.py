"""Who pays late, and the score which the lender computes afterwards from the payments."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mlops_pipeline.src.data.generator.calendar import Dates
from mlops_pipeline.src.data.generator.customers import LATE_PERIOD, Customers
from mlops_pipeline.src.data.generator.marginals import quantile
from mlops_pipeline.src.data.generator.parameters import Floats, Parameters
from mlops_pipeline.src.data.generator.products import Products

FULL_SCORE = 95.227787
DELAY_COST = 0.7497865 * 56
"""Points lost when every payment was delayed; one of n costs the n-th part."""
MOST_DELAYED_SHARE = 0.748
FEWEST_PAYMENTS, MOST_PAYMENTS = 3, 14
ONE_DELAY, TWO_DELAYS = 0.75, 0.93
"""Cumulative shares of the delayed on-time loans with one and with at most two delays: assumed."""
RISK_POWER = 0.7
"""Assumed, so that `puntaje` has about the real rank correlations with the covariates."""
SCORE_DECIMALS = 6
UNUSUAL_LINE = 6


def features(dates: Dates, products: Products, customers: Customers) -> Mapping[str, Floats]:
    """Return the columns on which paying late depends, (n,) each."""
    return {
        "puntaje_datacredito": customers.score,
        "huella_consulta": customers.enquiries.astype(np.float64),
        "edad_cliente": customers.age.astype(np.float64),
        "capital_prestado": products.capital,
        "plazo_meses": products.term.astype(np.float64),
        "promedio_ingresos_datacredito": customers.income,
        "total_otros_prestamos": customers.other_loans,
        "cant_creditosvigentes": customers.open_loans.astype(np.float64),
        "independiente": customers.independent.astype(np.float64),
        "tendencia": customers.trend_code.astype(np.float64),
        "saldo_mora": (customers.arrears > 0).astype(np.float64),
        "tipo_6": (products.line == UNUSUAL_LINE).astype(np.float64),
        "month": dates.month.astype(np.float64),
    }


def late_probability(columns: Mapping[str, Floats], parameters: Parameters) -> Floats:
    """Return the probability of paying late, (n,): a sum of effects on the logit scale.

    The customers' effects are weaker in the latest periods. That is a choice, not a measurement:
    it brings the AUC out of time near the real portfolio's 0.65, whose fall from 0.69 in
    cross-validation is within its sampling error.
    """
    months = columns["month"].astype(np.int64)
    latest = parameters.months.period[months] >= LATE_PERIOD
    strength = np.where(latest, parameters.shares["late_period_signal"], 1.0)
    total = np.full(months.size, parameters.intercept)
    for name, table in parameters.effects.items():
        values = columns[name]
        # NaN is sorted behind the last edge, into a bin that exists.
        effect = table.effects[np.searchsorted(table.edges, values, side="left")]
        effect = np.where(np.isnan(values), table.missing, effect)
        total += effect if name == "month" else strength * effect
    return np.asarray(expit(total), dtype=np.float64)


def draw_scores(
    rng: np.random.Generator,
    dates: Dates,
    probability: Floats,
    late: NDArray[np.bool_],
    parameters: Parameters,
) -> Floats:
    """Return `puntaje`, (n,): below 62.67 exactly where `late`, above 63.8 elsewhere.

    It is the leak of the real portfolio: known only after the payments which it should predict.
    """
    size = late.size
    payments = rng.integers(FEWEST_PAYMENTS, MOST_PAYMENTS + 1, size)
    taste = rng.random(size)
    delays = 1 + (taste >= ONE_DELAY).astype(np.int64) + (taste >= TWO_DELAYS)
    share = np.minimum(delays / payments, MOST_DELAYED_SHARE)
    # Who is likelier to pay late is likelier to delay one payment, too.
    risk = (probability / parameters.shares["late"]) ** RISK_POWER
    delayed = rng.random(size) < parameters.months.delayed[dates.month] * risk
    on_time = np.where(delayed, FULL_SCORE - DELAY_COST * share, FULL_SCORE)
    scores = np.where(late, quantile(parameters.quantiles["late_score"], rng.random(size)), on_time)
    return np.asarray(np.round(scores, SCORE_DECIMALS), dtype=np.float64)
