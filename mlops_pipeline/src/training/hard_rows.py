"""Rows on which a graph and its estimator may part: unknown values, edges, split thresholds.

All of them start from loans of the data (base rows), drawn with the generator that is passed in.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.features.catalogue import BY_FEATURE, Role
from mlops_pipeline.src.features.encoder import Encoder, SlotKind
from mlops_pipeline.src.features.matrix import FeatureMatrix
from mlops_pipeline.src.training.thresholds import Splits, float32_at_most

Inputs = NDArray[np.float32]

# At most about this many rows of each kind.
MAX_ROWS = 20_000
# A model with many thresholds has more: all are tried up to here, beyond it a sample.
MAX_THRESHOLD_ROWS = 300_000
# Loans at which each threshold, edge or pattern is tried, where MAX_ROWS allows.
MAX_LOANS = 40
_CASES = 3  # values tried at each threshold


def unknown_patterns(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Give which features to make unknown, shape (patterns, d).

    Every pattern of NaN in the data, shape (n, d), each feature alone, and all of them.
    """
    width = values.shape[1]
    patterns = np.concatenate(
        [np.isnan(values), np.eye(width, dtype=bool), np.ones((1, width), dtype=bool)]
    )
    return np.unique(patterns, axis=0)


def unknown_rows(
    features: FeatureMatrix, encoder: Encoder, rng: np.random.Generator, limit: int = MAX_ROWS
) -> Inputs:
    """Give model inputs of loans under every pattern of unknown features.

    The loans are complete ones where the data has any, so that each pattern occurs exactly.
    """
    patterns = unknown_patterns(features.values)
    complete = np.flatnonzero(~np.isnan(features.values).any(axis=1))
    each = _loans_each(len(patterns), limit)
    pool = complete if complete.size else np.arange(len(features))
    rows = features.values[rng.choice(pool, size=len(patterns) * each)]
    rows[np.repeat(patterns, each, axis=0)] = np.nan
    return encoder.transform(FeatureMatrix(rows, features.names))


def edge_rows(
    features: FeatureMatrix, encoder: Encoder, rng: np.random.Generator, limit: int = MAX_ROWS
) -> Inputs:
    """Give model inputs of loans with one feature at an edge.

    Edges of a category are its codes and an unknown code; of a number 0, the data's least,
    middle and largest value, the encoder's filling and bounds, and the float32 neighbours of each.
    """
    edges = [
        (column, value)
        for column, name in enumerate(features.names)
        for value in _edges(name, features.column(name), encoder)
    ]
    each = _loans_each(len(edges), limit)
    columns = np.repeat([column for column, _ in edges], each)
    rows = features.values[rng.integers(len(features), size=len(columns))]
    rows[np.arange(len(rows)), columns] = np.repeat([value for _, value in edges], each)
    return encoder.transform(FeatureMatrix(rows, features.names))


def tried(splits: Splits, rng: np.random.Generator, limit: int = MAX_THRESHOLD_ROWS) -> Splits:
    """Give the splits whose thresholds make no more than `limit` rows.

    All of them, or a sample with every input that the model splits on.
    """
    return splits.take(_sample(splits, limit // _CASES, rng))


def threshold_rows(splits: Splits, inputs: Inputs, rng: np.random.Generator) -> Inputs:
    """Give rows of model inputs with one input next to a split threshold, shape (r, inputs).

    For each threshold: the largest float32 that is not above it and the float32 neighbours on
    both sides, which includes the float32 nearest to it.
    """
    if not len(splits):
        return inputs[:0]
    each = _loans_each(_CASES * len(splits), MAX_ROWS)
    largest = np.finfo(np.float32).max
    # scikit-learn splits unknown from known at an infinite threshold; inputs are finite.
    at = np.clip(float32_at_most(splits.values), -largest, largest)
    values = np.stack([at, *_neighbours(at)], axis=1)
    columns = np.repeat(splits.inputs, _CASES * each)
    rows = inputs[rng.integers(len(inputs), size=len(columns))]
    rows[np.arange(len(rows)), columns] = np.repeat(values.ravel(), each)
    return rows


def _sample(splits: Splits, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Give positions of `size` splits, the first of each input in a random order before others."""
    order = rng.permutation(len(splits))
    if len(splits) <= size:
        return order
    _, first = np.unique(splits.inputs[order], return_index=True)
    others = np.delete(np.arange(len(order)), first)
    chosen: NDArray[np.int64] = order[np.concatenate([first, others])[:size]]
    return chosen


def _loans_each(cases: int, limit: int) -> int:
    """Give at how many loans each case is tried."""
    return int(np.clip(limit // max(cases, 1), 1, MAX_LOANS))


def _neighbours(values: Inputs) -> Iterator[Inputs]:
    """Give the next float32 below and above, within float32's finite range."""
    largest = np.finfo(np.float32).max
    for end in (-largest, largest):
        yield np.nextafter(values, end)


def _edges(name: str, values: Inputs, encoder: Encoder) -> Inputs:
    """Give the values of one feature at which something changes."""
    known = values[~np.isnan(values)]
    if BY_FEATURE[name].role is Role.CATEGORY:
        codes = np.unique(known)
        unseen = np.float32(-1)  # codes count from 0
        return np.append(codes, unseen).astype(np.float32)
    slots = [slot for slot in encoder.slots if slot.feature == name]
    bounds = [
        bound
        for slot in slots
        if slot.kind is SlotKind.VALUE
        for bound in (slot.fill, slot.low, slot.high)
        if bound is not None
    ]
    middle = [known.min(), np.median(known), known.max()] if known.size else []
    edges = np.array([0.0, *bounds, *middle], dtype=np.float32)
    return np.unique(np.concatenate([edges, *_neighbours(edges)]))
