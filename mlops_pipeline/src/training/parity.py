"""The proof that an exported graph answers like its estimator; without it nothing is published.

Before the champion is chosen the two are compared on training loans and on rows made from them:
under every pattern of unknown features, at the edges of features and, for tree models, at the
float32 values next to the split thresholds (`hard_rows`). The out-of-time loans choose nothing:
they are compared afterwards and may only keep the champion from being published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from mlops_pipeline import messages
from mlops_pipeline.src.errors import ExportError
from mlops_pipeline.src.features.encoder import Encoder
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.calibration import Calibration
from mlops_pipeline.src.scoring.onnx_model import OnnxModel
from mlops_pipeline.src.scoring.scorer import PARITY
from mlops_pipeline.src.training.bootstrap import Scores
from mlops_pipeline.src.training.export import ExportedGraph, raw_score
from mlops_pipeline.src.training.hard_rows import edge_rows, threshold_rows, tried, unknown_rows
from mlops_pipeline.src.training.thresholds import split_thresholds

Inputs = NDArray[np.float32]

# Rows scored at a time, and how many pairs of them and training loans where those are compared.
BLOCK_ROWS = 1_024
_BLOCK_PAIRS = 8_000_000


class RowKind(StrEnum):
    """Where the rows of a comparison come from."""

    TRAINING = "training"
    UNKNOWN = "unknown"
    EDGES = "edges"
    THRESHOLDS = "thresholds"
    OUT_OF_TIME = "out_of_time"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Graph against estimator on rows of one kind.

    Attributes:
        max_difference: the largest difference in calibrated probability, in [0, 1].
        flips: rows whose decision differs.

    """

    rows: int
    max_difference: float
    flips: int

    @property
    def exact(self) -> bool:
        """Whether graph and estimator count as the same; NaN does not."""
        return self.max_difference <= PARITY and not self.flips


@dataclass(frozen=True, slots=True)
class Answers:
    """Raw scores of graph and estimator on the same n >= 1 rows, shapes (n,)."""

    graph: Scores
    estimator: Scores

    def compare(self, decision: Decision) -> Comparison:
        """Compare what the service and the estimator would say."""
        left, right = (decision.calibration.apply(raw) for raw in (self.graph, self.estimator))
        flips = decision.rule.decide(left) != decision.rule.decide(right)
        return Comparison(len(left), float(np.max(np.abs(left - right))), int(flips.sum()))


@dataclass(frozen=True, slots=True)
class ParityProof:
    """What was compared, by kind of rows; without THRESHOLDS for a model that has none.

    Attributes:
        splits: distinct split thresholds of the model.
        splits_tried: how many of them THRESHOLDS holds.

    """

    comparisons: Mapping[RowKind, Comparison]
    splits: int
    splits_tried: int

    @property
    def max_difference(self) -> float:
        """The largest difference in calibrated probability over all rows."""
        return float(np.max([one.max_difference for one in self.comparisons.values()]))

    @property
    def rows(self) -> int:
        """The number of rows compared."""
        return sum(one.rows for one in self.comparisons.values())

    @property
    def exact(self) -> bool:
        """Whether graph and estimator count as the same on all rows."""
        return all(one.exact for one in self.comparisons.values())

    def with_later(self, later: Comparison) -> ParityProof:
        """Add the out-of-time loans."""
        return replace(self, comparisons={**self.comparisons, RowKind.OUT_OF_TIME: later})

    def objection(self, name: str) -> str | None:
        """Say on which rows the model of this name is not exact; None where it is."""
        for kind, found in self.comparisons.items():
            if not found.exact:
                return messages.not_proven(
                    name, kind, found.rows, found.max_difference, found.flips
                )
        return None


@dataclass(frozen=True, slots=True)
class Trial:
    """The answers on all rows that choose, whatever is decided by them."""

    answers: Mapping[RowKind, Answers]
    splits: int
    splits_tried: int

    def probabilities(self, calibration: Calibration) -> Scores:
        """Give the estimator's calibrated probabilities on all rows."""
        raw = np.concatenate([one.estimator for one in self.answers.values()])
        return calibration.apply(raw)

    def proof(self, decision: Decision) -> ParityProof:
        """Compare under a calibration and a threshold."""
        found = {kind: one.compare(decision) for kind, one in self.answers.items()}
        return ParityProof(found, self.splits, self.splits_tried)


@dataclass(frozen=True, slots=True)
class Conversion:
    """An estimator fitted on inputs of an encoder, and the graph that shall answer like it."""

    exported: ExportedGraph
    estimator: Any
    encoder: Encoder

    def try_rows(self, features: FeatureMatrix, rng: np.random.Generator) -> Trial:
        """Ask both about training loans and the rows made from them (`rng` chooses).

        Raises:
            ExportError: it is not known where the estimator splits, or it fails on some rows.

        """
        splits = split_thresholds(self.estimator)
        some = tried(splits, rng)
        inputs = self.encoder.transform(features)
        rows = {
            RowKind.TRAINING: inputs,
            RowKind.UNKNOWN: unknown_rows(features, self.encoder, rng),
            RowKind.EDGES: edge_rows(features, self.encoder, rng),
            RowKind.THRESHOLDS: threshold_rows(some, inputs, rng),
        }
        found = {kind: self.answers(given) for kind, given in rows.items() if len(given)}
        return Trial(found, len(splits), len(some))

    def answers(self, inputs: Inputs) -> Answers:
        """Ask both about rows of model inputs, shape (n, inputs), n >= 1.

        Raises:
            ExportError: the estimator fails on some of them, or the graph for many loans answers
                otherwise than the one for one loan.

        """
        graph, column = OnnxModel(self.exported.graph), self.exported.score_column
        block = _block_rows(self.estimator)
        found = _in_blocks(lambda rows: graph.score(rows, column), inputs, block)
        walked = _in_blocks(lambda rows: graph.score_walking(rows, column), inputs, block)
        if not np.array_equal(found, walked, equal_nan=True):
            name = type(_last(self.estimator)).__name__
            raise ExportError(messages.not_convertible(name, messages.GRAPHS_DIFFER))
        return Answers(found, _in_blocks(self._expected, inputs, block))

    def _expected(self, inputs: Inputs) -> Scores:
        """Give the estimator's own raw scores, shape (n,)."""
        try:
            return raw_score(self.estimator, inputs)
        except ValueError as error:
            reason = str(error).partition("\n")[0]
            name = type(_last(self.estimator)).__name__
            raise ExportError(messages.cannot_score(name, reason)) from error


def _in_blocks(score: Callable[[Inputs], Scores], inputs: Inputs, size: int) -> Scores:
    """Score rows some at a time."""
    starts = range(0, len(inputs), size)
    return np.concatenate([score(inputs[start : start + size]) for start in starts])


def _block_rows(estimator: Any) -> int:
    """Give how many rows to score at a time: the fewer, the more training loans are compared."""
    match _last(estimator):
        case KNeighborsClassifier() as model:
            loans = int(model.n_samples_fit_)
        case SVC() as model:
            loans = len(model.support_)
        case _:
            return BLOCK_ROWS
    return int(np.clip(_BLOCK_PAIRS // max(loans, 1), 1, BLOCK_ROWS))


def _last(estimator: Any) -> Any:
    """Give an estimator, or the last one of a pipeline."""
    return estimator[-1] if hasattr(estimator, "steps") else estimator
