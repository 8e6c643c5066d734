"""Who borrowed: the applicant's own figures and what the credit bureau reports of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.generator.calendar import Dates
from mlops_pipeline.src.data.generator.latent import Uniforms
from mlops_pipeline.src.data.generator.marginals import count, money, quantile, quota, rounded
from mlops_pipeline.src.data.generator.parameters import Floats, Parameters

Ints = NDArray[np.int64]

PREFERRED_UNIT = 100_000.0
SECTORS = ("creditos_sectorFinanciero", "creditos_sectorCooperativo", "creditos_sectorReal")
LATE_PERIOD = 3
"""From 2025-07 on most amounts are not round: inferred from the whole less its earlier part."""
WEAK_SCORES = 0.04
HIGH_INCOME = 1_000_000.0
"""COP; above it a steady income is rarer."""
TRENDS = np.asarray(["Creciente", "Decreciente", "Estable"], dtype=object)
NUMERIC_TREND, NO_TREND = 3, 4


@dataclass(slots=True)
class Customers:
    """The customers of a block, (n,) each; missing values are NaN. Filled in steps."""

    age: Ints
    independent: NDArray[np.bool_]
    salary: Floats
    other_loans: Floats
    score: Floats
    open_loans: Ints
    enquiries: Ints
    sectors: tuple[Ints, Ints, Ints]
    arrears: Floats
    balance: Floats
    principal: Floats
    codebtor_arrears: Floats
    income: Floats
    trend_code: Ints
    trend: NDArray[np.object_]


def draw_customers(
    rng: np.random.Generator,
    dates: Dates,
    uniforms: Uniforms,
    parameters: Parameters,
    span: tuple[int, int],
) -> Customers:
    """Return the customers of the rows `span`, all of them known to the credit bureau."""
    tables, size = parameters.quantiles, dates.month.size
    sectors, open_loans = _open_loans(rng, uniforms, parameters, span)
    balance, principal = _balances(rng, uniforms["saldo_total"], open_loans, parameters)
    period = parameters.months.period[dates.month]
    income = by_period("promedio_ingresos_datacredito", uniforms["promedio"], period, parameters)
    income[uniforms["null_promedio"] >= 1.0 - parameters.shares["income_unknown"]] = np.nan
    unknown = rng.random(size) < parameters.months.codebtor_unknown[dates.month]
    codebtor = np.where((open_loans == 0) | (unknown & np.isnan(income)), np.nan, 0.0)
    trend_code, trend = _trends(rng, income, parameters, span)
    customers = Customers(
        age=np.floor(quantile(tables["edad_cliente"], uniforms["edad_cliente"]) + 0.5).astype(
            np.int64
        ),
        independent=uniforms["independiente"] >= 1.0 - parameters.shares["independent"],
        salary=_stated(rng, dates, uniforms["salario_cliente"], "salario_cliente", parameters),
        other_loans=_stated(
            rng, dates, uniforms["total_otros_prestamos"], "total_otros_prestamos", parameters
        ),
        score=np.floor(
            quantile(tables["puntaje_datacredito"], uniforms["puntaje_datacredito"]) + 0.5
        ),
        open_loans=open_loans,
        enquiries=count(parameters.counts["huella_consulta"], uniforms["huella_consulta"]),
        sectors=sectors,
        arrears=np.zeros(size),
        balance=balance,
        principal=principal,
        codebtor_arrears=codebtor,
        income=income,
        trend_code=trend_code,
        trend=trend,
    )
    _spread_rarities(rng, customers, uniforms, parameters, span)
    return customers


def _stated(
    rng: np.random.Generator, dates: Dates, uniform: Floats, column: str, parameters: Parameters
) -> Floats:
    """Return an amount the customer stated, a round one unless in the latest periods."""
    period = parameters.months.period[dates.month]
    amounts = by_period(column, uniform, period, parameters)
    share = parameters.round_shares[column][period]
    return rounded(amounts, PREFERRED_UNIT, share, rng.random((2, uniform.size)))


def by_period(column: str, uniform: Floats, period: Ints, parameters: Parameters) -> Floats:
    """Return whole COP from the table of `column`, or from its table of the latest periods."""
    amounts = money(parameters.quantiles[column], uniform)
    late = parameters.quantiles.get(f"{column}@late")
    if late is None:
        return amounts
    return np.where(period >= LATE_PERIOD, money(late, uniform), amounts)


def _open_loans(
    rng: np.random.Generator, uniforms: Uniforms, parameters: Parameters, span: tuple[int, int]
) -> tuple[tuple[Ints, Ints, Ints], Ints]:
    """Return the open loans in the three sectors and in all.

    Some loans belong to none of the three sectors, which is why the whole is drawn as their
    sum and an excess.
    """
    first, second, third = (count(parameters.counts[name], uniforms[name]) for name in SECTORS)
    excess = count(parameters.counts["excess"], uniforms["excess"])
    total = first + second + third + excess
    size = quota(parameters.quotas["without_loans"] / parameters.rows, *span)
    few = rng.permutation(np.flatnonzero(total <= 1))
    # Those without any loan first; where they are too few, customers with a single one.
    few = few[np.argsort(total[few], kind="stable")][:size]
    total[total <= 0] = 1
    for values in (first, second, third, total):
        values[few] = 0
    return (first, second, third), total


def _balances(
    rng: np.random.Generator, uniform: Floats, open_loans: Ints, parameters: Parameters
) -> tuple[Floats, Floats]:
    """Return the balance owed (thousands of COP) and the part owed as main debtor."""
    balance = np.where(open_loans == 0, 0.0, money(parameters.quantiles["saldo_total"], uniform))
    part = quantile(parameters.quantiles["principal_part"], rng.random(uniform.size))
    shared = rng.random(uniform.size) < parameters.shares["principal_differs"]
    principal = np.where(shared, np.floor(balance * part), balance)
    return balance, np.where(open_loans == 0, np.nan, principal)


def _trends(
    rng: np.random.Generator, income: Floats, parameters: Parameters, span: tuple[int, int]
) -> tuple[Ints, NDArray[np.object_]]:
    uniform = rng.random(income.size)
    high = income > HIGH_INCOME
    code = np.where(
        high,
        count(parameters.counts["trend_high"], uniform),
        count(parameters.counts["trend_low"], uniform),
    )
    known = rng.permutation(np.flatnonzero(~np.isnan(income)))
    numeric = known[: quota(parameters.quotas["numeric_trend"] / parameters.rows, *span)]
    code[numeric] = NUMERIC_TREND
    code[np.isnan(income)] = NO_TREND
    trend = np.full(income.size, None, dtype=object)
    words = code < NUMERIC_TREND
    trend[words] = TRENDS[code[words]]
    values = np.rint(quantile(parameters.quantiles["numeric_trend"], rng.random(numeric.size)))
    trend[numeric] = [str(int(value)) for value in values]
    return code, trend


def _spread_rarities(
    rng: np.random.Generator,
    customers: Customers,
    uniforms: Uniforms,
    parameters: Parameters,
    span: tuple[int, int],
) -> None:
    """Set the salaries of zero and the few arrears of `customers`."""
    size = customers.age.size

    def some(kind: str, among: Ints) -> Ints:
        amount = quota(parameters.quotas[kind] / parameters.rows, *span)
        return rng.permutation(among)[:amount]

    customers.salary[some("zero_salary", np.arange(size))] = 0.0
    # In the real portfolio most arrears go with a very low score and with credit line 9.
    weak = (uniforms["puntaje_datacredito"] < WEAK_SCORES) & (
        uniforms["tipo_credito"] >= 1.0 - parameters.line_share.min()
    )
    owing = some("arrears", np.flatnonzero((customers.balance > 0) & weak))
    drawn = money(parameters.quantiles["saldo_mora"], rng.random(owing.size))
    customers.arrears[owing] = np.minimum(drawn, customers.balance[owing])
    guarantors = some("codebtor_arrears", np.flatnonzero(customers.codebtor_arrears == 0.0))
    drawn = money(parameters.quantiles["saldo_mora_codeudor"], rng.random(guarantors.size))
    customers.codebtor_arrears[guarantors] = drawn
