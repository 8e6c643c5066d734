"""A file too large for this process: the service scores it, the answer goes to disk.

Memory: one piece of the answer. The file of results lives as long as the object that names it.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.client import CSV, PARQUET, ScoringClient
from mlops_pipeline.client.files import Readable
from mlops_pipeline.dashboard.prediction.figures import ScoreCounts, count_scores, no_scores

SHOWN_ROWS = 100
_RESULTS = "resultados.csv"
_COUNTED_AT_ONCE = 50_000
_FINE_BINS = 10_000  # the median is exact to the decimals that are shown

Row = Mapping[str, str]


@dataclass(slots=True)
class Sums:
    """What the rows of a file of results add up to.

    Attributes:
        head: the first rows.
        refused: the first rows without a prediction.

    """

    rows: int = 0
    scores: ScoreCounts = field(default_factory=no_scores)
    head: list[Row] = field(default_factory=list)
    refused: list[Row] = field(default_factory=list)
    versions: set[str] = field(default_factory=set)
    _fine: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_FINE_BINS, np.int64))
    _known: list[tuple[float, int]] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Count a row."""
        self.rows += 1
        if len(self.head) < SHOWN_ROWS:
            self.head.append(row)
        if row["prediction"]:
            self.versions.add(row["model_version"])
            self._known.append((float(row["probability_class_1"]), int(row["prediction"])))
            if len(self._known) == _COUNTED_AT_ONCE:
                self.flush()
        elif len(self.refused) < SHOWN_ROWS:
            self.refused.append(row)

    def flush(self) -> None:
        """Count what waits to be counted."""
        probability = np.array([one for one, _ in self._known], np.float64)
        found = count_scores(probability, np.array([one for _, one in self._known], np.int8))
        self.scores = self.scores + found
        self._fine += np.histogram(probability, np.linspace(0, 1, _FINE_BINS + 1))[0]
        self._known.clear()

    @property
    def median(self) -> float | None:
        """The median probability; None without predictions."""
        total = int(self._fine.sum())
        if not total:
            return None
        return (int(np.searchsorted(self._fine.cumsum(), total / 2)) + 0.5) / _FINE_BINS


class Kept:
    """A file on disk that goes when nobody needs this object any more."""

    def __init__(self) -> None:
        """Make the folder; the file is written by whoever made this."""
        folder = tempfile.mkdtemp(prefix="puntuado-")
        self.path = Path(folder) / _RESULTS
        self._tidy = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class ScoredLarge:
    """A file's results on disk, and what they add up to."""

    name: str
    kept: Kept
    sums: Sums

    def content(self) -> bytes:
        """Give the results."""
        return self.kept.path.read_bytes()


def score_large(
    service: ScoringClient,
    name: str,
    content: Readable,
    request_id: str,
    progress: Callable[[int], None],
) -> ScoredLarge:
    """Send a file and keep what comes back; `progress` is told the rows so far.

    Raises:
        ServiceError: the answer did not come, or not whole; nothing is kept.

    """
    kept = Kept()
    kind = PARQUET if name.lower().endswith(".parquet") else CSV
    lines = 0
    with (
        service.predict_file(content, media_type=kind, request_id=request_id) as answer,
        kept.path.open("wb") as stream,
    ):
        for piece in answer:
            stream.write(piece)
            lines += piece.count(b"\n")
            progress(max(0, lines - 1))  # the header
    sums = Sums()
    with kept.path.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            sums.add(row)
    sums.flush()
    return ScoredLarge(name, kept, sums)
