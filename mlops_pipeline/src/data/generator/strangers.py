"""Customers of whom the credit bureau knows nothing, most of them recorded as 122 years old."""

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.generator.customers import NO_TREND, Customers
from mlops_pipeline.src.data.generator.marginals import money, quantile, quota
from mlops_pipeline.src.data.generator.parameters import Parameters
from mlops_pipeline.src.data.generator.products import CAPITAL_MARGIN, SECOND_LINE, Products

RECORDED_AGE = 122
NO_SCORE, ERROR_SCORE = 0.0, -7.0


def put_strangers(
    rng: np.random.Generator,
    products: Products,
    customers: Customers,
    parameters: Parameters,
    span: tuple[int, int],
) -> None:
    """Replace the quota of the rows `span` by customers without a history, in place.

    They come from credit line 9 alone; all that a bureau would report is zero or missing.
    """

    def amount(kind: str) -> int:
        return quota(parameters.quotas[kind] / parameters.rows, *span)

    rows = rng.permutation(np.flatnonzero(products.line == SECOND_LINE))[: amount("stranger")]
    _erase_history(customers, rows)
    scored = rows[amount("stranger_with_score") :]
    errors, missing = amount("score_error"), amount("score_missing")
    customers.score[scored] = NO_SCORE
    customers.score[scored[:errors]] = ERROR_SCORE
    customers.score[scored[errors : errors + missing]] = np.nan
    aged = rows[amount("stranger_of_normal_age") :]
    customers.age[aged] = RECORDED_AGE
    customers.age[aged[: amount("age_121")]] = RECORDED_AGE - 1
    customers.age[aged[::-1][: amount("age_123")]] = RECORDED_AGE + 1
    tables = parameters.quantiles
    customers.independent[rows] = False
    customers.salary[rows] = money(tables["stranger_salary"], rng.random(rows.size))
    part = quantile(tables["stranger_other_part"], rng.random(rows.size))
    customers.other_loans[rows] = np.rint(customers.salary[rows] * part)
    base = np.rint(money(tables["stranger_capital"], rng.random(rows.size)) / CAPITAL_MARGIN)
    capital = np.round(base * CAPITAL_MARGIN, 1)
    scale = capital / products.capital[rows]
    products.instalment[rows] = np.rint(products.instalment[rows] * scale).astype(np.int64)
    products.capital[rows] = capital


def _erase_history(customers: Customers, rows: NDArray[np.int64]) -> None:
    for counts in (customers.open_loans, customers.enquiries, *customers.sectors):
        counts[rows] = 0
    for amounts in (
        customers.arrears,
        customers.balance,
        customers.principal,
        customers.codebtor_arrears,
        customers.income,
    ):
        amounts[rows] = np.nan
    customers.trend_code[rows] = NO_TREND
    customers.trend[rows] = None
