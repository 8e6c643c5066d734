"""A synthetic portfolio that resembles the real one, column by column and in its faults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.generator.calendar import Dates, draw_dates
from mlops_pipeline.src.data.generator.customers import SECTORS, Customers, draw_customers
from mlops_pipeline.src.data.generator.latent import draw_uniforms
from mlops_pipeline.src.data.generator.marginals import quota
from mlops_pipeline.src.data.generator.outcome import draw_scores, features, late_probability
from mlops_pipeline.src.data.generator.parameters import Floats, Parameters, load_parameters
from mlops_pipeline.src.data.generator.products import Products, draw_products
from mlops_pipeline.src.data.generator.strangers import put_strangers

DEFAULT_ROWS = 10_763
DEFAULT_SEED = 20_241_126
BLOCK_ROWS = 16_384
"""Rows drawn at a time. A constant and no argument: another size would draw other loans."""

Column = NDArray[np.int64] | Floats | NDArray[np.datetime64] | NDArray[np.object_]
Chunk = Mapping[str, Column]
"""Columns by name in the order of the file, all of one length. Missing amounts are NaN, missing
words None; `fecha_prestamo` is datetime64[s]."""


@dataclass(frozen=True, slots=True)
class Block:
    """The loans of one block before they are labelled."""

    dates: Dates
    products: Products
    customers: Customers


def generate_chunks(
    rows: int = DEFAULT_ROWS, seed: int = DEFAULT_SEED, parameters: Parameters | None = None
) -> Iterator[Chunk]:
    """Yield a portfolio of `rows` loans in chunks of at most 16,384 loans, always the same.

    As in the real file the order of the loans is random but for its end: the last 0.5% paid
    late. These are held back till the end, which takes about one byte per loan of the portfolio;
    apart from them the memory needed is that of a chunk.

    Raises:
        ValueError: `rows` is below one or `seed` below zero.
    """
    if rows < 1:
        raise ValueError(f"rows must be at least 1, got {rows}")
    if seed < 0:
        raise ValueError(f"seed must be at least 0, got {seed}")
    return _chunks(rows, seed, load_parameters() if parameters is None else parameters)


def _chunks(rows: int, seed: int, parameters: Parameters) -> Iterator[Chunk]:
    rate = parameters.quotas["late_at_end"] / parameters.rows
    held: list[Chunk] = []
    missing = 0
    for number, (start, stop) in enumerate(pairwise([*range(0, rows, BLOCK_ROWS), rows])):
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))
        chunk = _label(rng, draw_block(rng, (start, stop), rows, parameters), parameters)
        missing += quota(rate, start, stop)
        late = np.flatnonzero(chunk["Pago_atiempo"] == 0)[:missing]
        missing -= late.size
        held.append(_take(chunk, late))
        rest = np.delete(np.arange(stop - start), late)
        if rest.size:
            yield _take(chunk, rest)
    end = {name: np.concatenate([chunk[name] for chunk in held]) for name in held[0]}
    size = end["Pago_atiempo"].size
    for first in range(0, size, BLOCK_ROWS):
        yield _take(end, np.arange(first, min(first + BLOCK_ROWS, size)))


def draw_block(
    rng: np.random.Generator, span: tuple[int, int], rows: int, parameters: Parameters
) -> Block:
    """Return the unlabelled loans `span[0]` to `span[1]` of a portfolio of `rows`."""
    dates = draw_dates(rng, *span, rows, parameters)
    uniforms = draw_uniforms(rng, dates, parameters)
    products = draw_products(rng, dates, uniforms, parameters, span)
    customers = draw_customers(rng, dates, uniforms, parameters, span)
    put_strangers(rng, products, customers, parameters, span)
    return Block(dates, products, customers)


def _label(rng: np.random.Generator, block: Block, parameters: Parameters) -> Chunk:
    """Return the columns of the file for `block`, its loans labelled by chance."""
    columns = features(block.dates, block.products, block.customers)
    probability = late_probability(columns, parameters)
    late = rng.random(probability.size) < probability
    score = draw_scores(rng, block.dates, probability, late, parameters)
    products, customers = block.products, block.customers
    first, second, third = customers.sectors
    return {
        "tipo_credito": products.line,
        "fecha_prestamo": block.dates.moment,
        "capital_prestado": products.capital,
        "plazo_meses": products.term,
        "edad_cliente": customers.age,
        "tipo_laboral": np.where(customers.independent, "Independiente", "Empleado").astype(object),
        "salario_cliente": customers.salary.astype(np.int64),
        "total_otros_prestamos": customers.other_loans.astype(np.int64),
        "cuota_pactada": products.instalment,
        "puntaje": score,
        "puntaje_datacredito": customers.score,
        "cant_creditosvigentes": customers.open_loans,
        "huella_consulta": customers.enquiries,
        "saldo_mora": customers.arrears,
        "saldo_total": customers.balance,
        "saldo_principal": customers.principal,
        "saldo_mora_codeudor": customers.codebtor_arrears,
        **dict(zip(SECTORS, (first, second, third), strict=True)),
        "promedio_ingresos_datacredito": customers.income,
        "tendencia_ingresos": customers.trend,
        "Pago_atiempo": (~late).astype(np.int64),
    }


def _take(chunk: Chunk, rows: NDArray[np.int64]) -> Chunk:
    return {name: column[rows] for name, column in chunk.items()}
