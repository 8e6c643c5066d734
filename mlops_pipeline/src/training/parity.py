"""The proof that an exported graph answers like its estimator; without it nothing is published.

Four kinds of rows: the loans of the data, loans under every pattern of unknown features, loans
at the edges of their features and, for tree models, loans at the float32 values next to the
split thresholds (`hard_rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.errors import ExportError
from mlops_pipeline.src.features.encoder import Encoder
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.scoring.bundle import Decision
from mlops_pipeline.src.scoring.onnx_model import OnnxModel
from mlops_pipeline.src.scoring.scorer import PARITY
from mlops_pipeline.src.training.export import ExportedGraph, raw_score
from mlops_pipeline.src.training.hard_rows import edge_rows, threshold_rows, unknown_rows
from mlops_pipeline.src.training.thresholds import split_thresholds

Inputs = NDArray[np.float32]

# Rows scored at a time: the graphs that compare with all training loans need memory for each.
BLOCK_ROWS = 1_024


class RowKind(StrEnum):
    """Where the rows of a comparison come from."""

    DATA = "data"
    UNKNOWN = "unknown"
    EDGES = "edges"
    THRESHOLDS = "thresholds"


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
class ParityProof:
    """What was compared, by kind of rows; without THRESHOLDS for a model that has none.

    Attributes:
        splits: distinct split thresholds of the model; where they are more than fit into
            THRESHOLDS, a sample of them was tried.

    """

    comparisons: Mapping[RowKind, Comparison]
    splits: int

    @property
    def max_difference(self) -> float:
        """The largest difference in calibrated probability over all rows."""
        return float(np.max([one.max_difference for one in self.comparisons.values()]))

    @property
    def rows(self) -> int:
        """The number of rows compared."""
        return sum(one.rows for one in self.comparisons.values())


def prove_parity(
    exported: ExportedGraph,
    estimator: Any,
    encoder: Encoder,
    decision: Decision,
    features: FeatureMatrix,
    rng: np.random.Generator,
) -> ParityProof:
    """Prove that a graph answers like its estimator on all rows that matter.

    Args:
        exported: the graph.
        estimator: fitted on inputs of the encoder.
        encoder: gives the model's inputs.
        decision: calibration and threshold that the service will apply.
        features: all loans of the data, training and out-of-time ones.
        rng: chooses the loans that are changed.

    Raises:
        ExportError: on some kind of rows a probability differs by more than 1e-5 or a decision
            flips; the estimator fails on them; or it is not known where it splits.

    """
    proof = measure_parity(exported, estimator, encoder, decision, features, rng)
    for kind, found in proof.comparisons.items():
        if not found.exact:
            raise ExportError(
                messages.not_proven(
                    _name(estimator), kind, found.rows, found.max_difference, found.flips
                )
            )
    return proof


def measure_parity(
    exported: ExportedGraph,
    estimator: Any,
    encoder: Encoder,
    decision: Decision,
    features: FeatureMatrix,
    rng: np.random.Generator,
) -> ParityProof:
    """Compare as `prove_parity` does, and judge nothing.

    Raises:
        ExportError: it is not known where the estimator splits, or it fails on some rows.

    """
    splits = split_thresholds(estimator)
    inputs = encoder.transform(features)
    rows = {
        RowKind.DATA: inputs,
        RowKind.UNKNOWN: unknown_rows(features, encoder, rng),
        RowKind.EDGES: edge_rows(features, encoder, rng),
        RowKind.THRESHOLDS: threshold_rows(splits, inputs, rng),
    }
    graph = OnnxModel(exported.graph)
    found = {
        kind: compare(
            lambda block: graph.score(block, exported.score_column),
            lambda block: _expected(estimator, block),
            decision,
            some,
        )
        for kind, some in rows.items()
        if len(some)
    }
    return ParityProof(found, len(splits))


Score = Callable[[Inputs], NDArray[np.float64]]


def compare(found: Score, expected: Score, decision: Decision, inputs: Inputs) -> Comparison:
    """Compare two ways to score rows of model inputs, shape (n, inputs), n >= 1."""
    blocks = [inputs[start : start + BLOCK_ROWS] for start in range(0, len(inputs), BLOCK_ROWS)]
    left, right = (
        decision.calibration.apply(np.concatenate([score(block) for block in blocks]))
        for score in (found, expected)
    )
    flips = decision.rule.decide(left) != decision.rule.decide(right)
    return Comparison(len(inputs), float(np.max(np.abs(left - right))), int(flips.sum()))


def _expected(estimator: Any, inputs: Inputs) -> NDArray[np.float64]:
    """Give the estimator's own raw scores, shape (n,)."""
    try:
        return raw_score(estimator, inputs)
    except ValueError as error:
        reason = str(error).partition("\n")[0]
        raise ExportError(messages.cannot_score(_name(estimator), reason)) from error


def _name(estimator: Any) -> str:
    """Give the name of an estimator, of the last one in a pipeline."""
    last = estimator[-1] if hasattr(estimator, "steps") else estimator
    return type(last).__name__
