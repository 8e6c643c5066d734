"""The reference profile: what a window is compared with. Counts and edges, no loan's row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from mlops_pipeline import messages
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.errors import NotEnoughLoansError, WindowError
from mlops_pipeline.src.monitoring.counting import tally_loans
from mlops_pipeline.src.monitoring.documents import TallyDocument
from mlops_pipeline.src.monitoring.grid import Grid, learn_grid
from mlops_pipeline.src.monitoring.levels import MIN_LOANS
from mlops_pipeline.src.monitoring.tally import Tally
from mlops_pipeline.src.monitoring.tally_document import from_document, to_document
from mlops_pipeline.src.monitoring.variables import (
    BY_VARIABLE,
    VARIABLES,
    Place,
    require_columns,
    watch,
)

# A feature matters from this part of all features' positive importance on.
MATTERS = 0.02


@dataclass(frozen=True, slots=True)
class Reference:
    """The training loans, counted.

    Attributes:
        importance: of each feature that the model reads, the drop in ROC-AUC when it is
            shuffled; empty where nothing is known of it.

    """

    grid: Grid
    tally: Tally
    importance: Mapping[str, float]

    def weight(self, name: str) -> float:
        """Give a variable's part of all positive importance, in [0, 1].

        A ratio that only monitoring looks at takes its most important column's; the score has 1.
        Where nothing is known of importance, everything has 1.
        """
        variable = BY_VARIABLE[name]
        whole = sum(max(drop, 0.0) for drop in self.importance.values())
        if variable.place is Place.SCORE or not whole:
            return 1.0
        names = variable.sources if variable.place is Place.DERIVED else (name,)
        return max(max(self.importance.get(one, 0.0), 0.0) for one in names) / whole

    def coarse(self) -> Reference:
        """Give the same over the coarse grid, for what is counted over that (segments)."""
        grid = self.grid.coarse()
        counts = self.grid.coarsened(self.tally.counts)
        tally = replace(self.tally, grid=grid.fingerprint, counts=counts)
        return Reference(grid, tally, self.importance)


@dataclass(frozen=True, slots=True)
class _Document:
    """A reference as JSON."""

    grid: Grid
    tally: TallyDocument
    importance: Mapping[str, float]


_DOCUMENT = TypeAdapter(_Document)


def learn_reference(
    loans: LoanTable,
    probability: NDArray[np.float64] | None = None,
    importance: Mapping[str, float] | None = None,
) -> Reference:
    """Learn the reference from the training loans, as they came (not cleaned).

    Args:
        loans: n training loans.
        probability: calibrated probabilities of paying on time *out of fold*, shape (n,), NaN
            where there is none: those of the loans that a model was fitted to are more extreme
            than any new loan's, and every window would seem to drift.
        importance: drop in ROC-AUC when a feature is shuffled, by feature.

    Raises:
        NotEnoughLoansError: fewer than `levels.MIN_LOANS` loans.
        WindowError: a column is missing, or the probabilities are not n numbers in [0, 1].

    """
    if len(loans) < MIN_LOANS:
        raise NotEnoughLoansError(messages.reference_too_small(len(loans), MIN_LOANS))
    require_columns(loans)
    scores = np.full(len(loans), np.nan) if probability is None else probability
    if scores.shape != (len(loans),):
        raise WindowError(messages.bad_probabilities(len(loans)))
    values, _ = watch(loans, scores)
    grid = learn_grid(values)
    return Reference(grid, tally_loans(grid, loans, scores), dict(importance or {}))


def dump_reference(reference: Reference) -> bytes:
    """Write a reference as JSON."""
    tally = to_document(reference.tally)
    return _DOCUMENT.dump_json(_Document(reference.grid, tally, reference.importance))


def load_reference(content: bytes) -> Reference:
    """Read a reference.

    Raises:
        WindowError: it is not one, or one of other variables than this program watches.

    """
    try:
        document = _DOCUMENT.validate_json(content)
    except ValidationError as error:
        raise WindowError(messages.unreadable_reference()) from error
    tally = from_document(document.tally)
    names = tuple(axis.name for axis in document.grid.axes)
    agrees = tally.grid == document.grid.fingerprint and tally.counts.size == document.grid.size
    if names != tuple(variable.name for variable in VARIABLES) or not agrees:
        raise WindowError(messages.unreadable_reference())
    return Reference(document.grid, tally, document.importance)
