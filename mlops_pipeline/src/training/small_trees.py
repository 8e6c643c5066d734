"""Ensembles of small trees: as an operator that walks them, and as whole rows of comparisons.

The operator takes one loan fastest. For many loans the processor mispredicts a branch at nearly
every split; there each distinct split is compared for all loans at once and the leaves are chosen
by those comparisons, with vector instructions: four times as fast. Both add up the same float32
leaves in the same order, so that they answer alike, bit for bit (`parity` proves it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from mlops_pipeline.src.training.graph_parts import INPUT, GraphWriter

# A tree of more leaves is walked: of four leaves there are nine shapes, of eight 626.
MAX_LEAVES = 4

_MODES = {"BRANCH_LEQ": "LessOrEqual", "BRANCH_LT": "Less"}


@dataclass(frozen=True, slots=True)
class Split:
    """A comparison of a feature with a float32 threshold.

    Attributes:
        mode: the tree operator's name of the comparison.
        unknown: where NaN goes.

    """

    feature: int
    threshold: float
    mode: str
    unknown: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A split and what follows where it is true and where it is false."""

    split: Split
    yes: Node | float
    no: Node | float


Tree = Node | float
Attributes = Mapping[str, Any]


def small_trees(attributes: Attributes, prefix: str) -> list[Node] | None:
    """Read a tree operator's attributes; None where its trees are not all small.

    In an order in which trees of one shape stand together. `prefix`: of the leaves' attributes,
    `target` or `class`.
    """
    names = [_text(mode) for mode in attributes["nodes_modes"]]
    count = len(set(attributes["nodes_treeids"]))
    if names.count("LEAF") > MAX_LEAVES * count or not {*names} <= {*_MODES, "LEAF"}:
        return None
    if not np.isfinite(np.array(attributes["nodes_values"])).all():
        return None
    trees = [_rooted(tree) for tree in _read(attributes, names, prefix)]
    if any(_leaves(tree) > MAX_LEAVES for tree in trees):
        return None
    return sorted(trees, key=_shape)


def _read(attributes: Attributes, modes: Sequence[str], prefix: str) -> list[Tree]:
    """Read the trees in their order; the root of each one is its first node."""
    keys = list(zip(attributes["nodes_treeids"], attributes["nodes_nodeids"], strict=True))
    places = {key: place for place, key in enumerate(keys)}
    leaf_keys = zip(attributes[f"{prefix}_treeids"], attributes[f"{prefix}_nodeids"], strict=True)
    weights = dict(zip(leaf_keys, attributes[f"{prefix}_weights"], strict=True))
    unknown = attributes.get("nodes_missing_value_tracks_true") or [0] * len(keys)

    def read(key: tuple[int, int]) -> Tree:
        place = places[key]
        if modes[place] == "LEAF":
            return float(weights[key])
        split = Split(
            attributes["nodes_featureids"][place],
            attributes["nodes_values"][place],
            modes[place],
            bool(unknown[place]),
        )
        yes, no = (attributes[f"nodes_{side}nodeids"][place] for side in ("true", "false"))
        return Node(split, read((key[0], yes)), read((key[0], no)))

    roots: dict[int, tuple[int, int]] = {}
    for key in keys:
        roots.setdefault(key[0], key)
    return [read(key) for key in roots.values()]


def _text(mode: bytes | str) -> str:
    """Give a text of an attribute as read from a graph, or as written into one."""
    return mode.decode() if isinstance(mode, bytes) else mode


def _rooted(tree: Tree) -> Node:
    """Give a tree with at least one split."""
    if isinstance(tree, Node):
        return tree
    return Node(Split(0, 0.0, next(iter(_MODES)), unknown=False), tree, tree)


def _leaves(tree: Tree) -> int:
    """Count the leaves."""
    return _leaves(tree.yes) + _leaves(tree.no) if isinstance(tree, Node) else 1


def _turned(node: Node) -> bool:
    """Whether more leaves follow where it is true: such a node is read the other way round."""
    return _leaves(node.yes) > _leaves(node.no)


def _shape(tree: Tree) -> str:
    """Give a tree's shape, without what it compares and gives, the smaller side first."""
    if not isinstance(tree, Node):
        return "."
    sides = (tree.no, tree.yes) if _turned(tree) else (tree.yes, tree.no)
    return f"({_shape(sides[0])}{_shape(sides[1])})"


def tree_attributes(trees: Sequence[Node]) -> dict[str, Any]:
    """Give the attributes of the operator TreeEnsembleRegressor."""
    nodes: list[tuple[int, int, Split | None, int, int]] = []
    leaves: list[tuple[int, int, float]] = []
    for number, tree in enumerate(trees):
        _number(tree, number, 0, nodes, leaves)
    none = Split(0, 0.0, "LEAF", unknown=False)
    splits = [split or none for _, _, split, _, _ in nodes]
    return {
        "n_targets": 1,
        "nodes_treeids": [node[0] for node in nodes],
        "nodes_nodeids": [node[1] for node in nodes],
        "nodes_modes": [split.mode for split in splits],
        "nodes_featureids": [split.feature for split in splits],
        "nodes_values": [split.threshold for split in splits],
        "nodes_missing_value_tracks_true": [int(split.unknown) for split in splits],
        "nodes_truenodeids": [node[3] for node in nodes],
        "nodes_falsenodeids": [node[4] for node in nodes],
        "target_treeids": [leaf[0] for leaf in leaves],
        "target_nodeids": [leaf[1] for leaf in leaves],
        "target_ids": [0] * len(leaves),
        "target_weights": [leaf[2] for leaf in leaves],
    }


def _number(
    tree: Tree,
    number: int,
    start: int,
    nodes: list[tuple[int, int, Split | None, int, int]],
    leaves: list[tuple[int, int, float]],
) -> int:
    """Give the number behind a tree's last node, its first one being `start`; list its nodes."""
    if not isinstance(tree, Node):
        nodes.append((number, start, None, 0, 0))
        leaves.append((number, start, tree))
        return start + 1
    place = len(nodes)
    nodes.append((number, start, None, 0, 0))
    no = _number(tree.yes, number, start + 1, nodes, leaves)
    following = _number(tree.no, number, no, nodes, leaves)
    nodes[place] = (number, start, tree.split, start + 1, no)
    return following


def summed(writer: GraphWriter, trees: Sequence[Node]) -> str:
    """Write the sum of each loan's leaves, float32, shape (n, 1)."""
    rows, compared = _compared(writer, trees)
    chosen = [
        _chosen(writer, list(alike), rows, compared) for _, alike in groupby(trees, key=_shape)
    ]
    leaves = chosen[0] if len(chosen) == 1 else writer.apply("Concat", *chosen, axis=0)
    axis = writer.constant(np.array([0], dtype=np.int64))
    return writer.apply("Transpose", writer.apply("ReduceSum", leaves, axis, keepdims=1))


def _compared(writer: GraphWriter, trees: Sequence[Node]) -> tuple[Mapping[Split, int], str]:
    """Compare each distinct split: which row is which, and the bools, shape (splits, n).

    NaN stands below every threshold for some splits and above it for the others.
    """
    splits = sorted({split for tree in trees for split in _splits(tree)}, key=lambda s: s.mode)
    across = writer.apply("Transpose", INPUT)
    unknown = writer.apply("IsNaN", across)
    both = [
        writer.apply("Where", unknown, writer.constant(np.array(end, dtype=np.float32)), across)
        for end in (-np.inf, np.inf)
    ]
    features = writer.apply("Concat", *both, axis=0)
    found = []
    for mode, alike in groupby(splits, key=lambda split: split.mode):
        some = list(alike)
        places = [s.feature + (0 if s.unknown else writer.inputs) for s in some]
        taken = writer.apply("Gather", features, writer.constant(np.array(places)), axis=0)
        found.append(
            writer.apply(_MODES[mode], taken, _column(writer, [s.threshold for s in some]))
        )
    compared = found[0] if len(found) == 1 else writer.apply("Concat", *found, axis=0)
    true = writer.apply("Cast", compared, to=TensorProto.FLOAT)
    false = writer.apply("Sub", writer.constant(np.array(1, dtype=np.float32)), true)
    masks = writer.apply("Concat", true, false, axis=0)
    return {split: row for row, split in enumerate(splits)}, masks


def _splits(tree: Tree) -> list[Split]:
    """List a tree's splits."""
    if not isinstance(tree, Node):
        return []
    return [tree.split, *_splits(tree.yes), *_splits(tree.no)]


def _chosen(
    writer: GraphWriter, trees: Sequence[Tree], rows: Mapping[Split, int], masks: str
) -> str:
    """Choose the leaves of trees of one shape, shape (trees, n) or, for leaves, (trees, 1).

    Multiplied by 1 and 0 and added: exact, and faster than the operator Where.
    """
    nodes = [tree for tree in trees if isinstance(tree, Node)]
    if not nodes:
        return _column(writer, [tree for tree in trees if not isinstance(tree, Node)])
    places = np.array([rows[node.split] for node in nodes])
    turned = np.array([_turned(node) for node in nodes])
    sides = []
    for first in (True, False):
        follow = [
            node.yes if first != turn else node.no for node, turn in zip(nodes, turned, strict=True)
        ]
        taken = writer.constant(np.where(first != turned, places, places + len(rows)))
        mask = writer.apply("Gather", masks, taken, axis=0)
        sides.append(writer.apply("Mul", mask, _chosen(writer, follow, rows, masks)))
    return writer.apply("Add", *sides)


def _column(writer: GraphWriter, values: Sequence[float]) -> str:
    """Add a column of float32 numbers."""
    column: NDArray[np.float32] = np.array(values, dtype=np.float32)[:, None]
    return writer.constant(column)
