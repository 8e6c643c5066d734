"""Whole files of loans to scores, chunk by chunk, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlops_pipeline.src.data.readers import Chunk, RejectedRow, open_loans
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.scoring.scorer import Scores

Predict = Callable[[LoanTable], Scores]


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """Some consecutive rows of a file: the usable ones with their scores, and the others.

    Attributes:
        loans: n usable rows, in the file's order; `loans.lines` says where they stood.
        scores: of the n loans.
        rejected: the other rows, in the file's order.

    """

    loans: LoanTable
    scores: Scores
    rejected: tuple[RejectedRow, ...]

    def __len__(self) -> int:
        """Give the number of rows, usable or not."""
        return len(self.loans) + len(self.rejected)


def score_file(
    path: Path, predict: Predict, *, with_outcomes: bool = False
) -> Iterator[ScoredChunk]:
    """Open a CSV or (by its name's ending) Parquet file and score its loans while it is read.

    The file is opened and its header checked at once; the rows are read as they are asked for,
    their outcomes too (as far as the file has them) if `with_outcomes`.

    Raises:
        UnreadableFileError: not a readable CSV or Parquet file; raised while iterating too.
        MissingColumnsError: columns are missing.

    """
    _, chunks = open_loans(path, with_target=False, with_outcomes=with_outcomes)
    return (_scored(chunk, predict) for chunk in chunks if chunk.rejected or len(chunk.loans))


def _scored(chunk: Chunk, predict: Predict) -> ScoredChunk:
    """Score a chunk; one without usable rows does not reach the model."""
    scores = predict(chunk.loans) if len(chunk.loans) else _NO_SCORES
    return ScoredChunk(chunk.loans, scores, chunk.rejected)


_NO_SCORES = Scores(np.empty(0), np.empty(0, dtype=np.int8), ())
