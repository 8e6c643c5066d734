"""References and windows for the tests of drift."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.reference import Reference, learn_reference
from mlops_pipeline.src.monitoring.tally import Tally
from tests.support import table

IMPORTANCE = {"puntaje_datacredito": 0.03, "plazo_meses": 0.02, "saldo_total": -0.001}


def scores_of(loans: LoanTable) -> NDArray[np.float64]:
    """Give probabilities that depend on the loan, and on nothing else."""
    known = np.nan_to_num(loans.numbers["puntaje_datacredito"], nan=500.0)
    return np.asarray(0.9 + 0.09 * np.tanh((known - 500) / 300))


@cache
def training(rows: int = 4_000, seed: int = 1) -> LoanTable:
    """Give training loans."""
    return table(rows, seed)


@cache
def reference() -> Reference:
    """Give the reference of the training loans."""
    loans = training()
    return learn_reference(loans, scores_of(loans), IMPORTANCE)


def window(loans: LoanTable, as_of: int | None = None) -> Tally:
    """Count loans over the reference's grid."""
    return tally_loans(reference().grid, loans, scores_of(loans), as_of)
