"""Loans without any drift: a generated portfolio, shuffled, so that time means nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.generator import write_portfolio
from mlops_pipeline.src.data.readers import read_portfolio
from mlops_pipeline.src.data.table import LoanTable

REFERENCE_LOANS = 8_610  # as many as the full portfolio's training period has

# What a model may need of the features, so that weights play their part.
IMPORTANCE = {
    "huella_consulta": 0.021,
    "total_otros_prestamos": 0.021,
    "puntaje_datacredito": 0.018,
    "edad_cliente": 0.018,
    "plazo_meses": 0.017,
    "tendencia_ingresos": 0.005,
    "tipo_laboral": 0.005,
    "promedio_ingresos_datacredito": 0.003,
}


def shuffled_portfolio(rows: int, seed: int) -> LoanTable:
    """Give generated loans in random order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "loans.parquet"
        write_portfolio(rows, seed, path)
        loans = read_portfolio(path).loans
    return loans.take(np.random.default_rng(seed).permutation(len(loans)))


def score(loans: LoanTable) -> NDArray[np.float64]:
    """Give a probability that depends on three columns: a stand-in for a model."""
    numbers = loans.numbers
    bureau = np.nan_to_num(numbers["puntaje_datacredito"], nan=780.0)
    odds = 3 + (bureau - 780) / 80 - numbers["huella_consulta"] / 8 - numbers["plazo_meses"] / 40
    probability: NDArray[np.float64] = 1 / (1 + np.exp(-odds))
    return probability
