"""scikit-learn's tree models as graphs that compare like them and add up without losing digits.

scikit-learn compares float32 inputs with float64 thresholds; the graph with the largest float32
that is not above. It adds up float64 leaves; the graph adds, in float32, how far each leaf is
from its tree's mean, and the means in float64: the sums are small, and so are their errors.
What a tree does with NaN is not written: the encoder imputes for these models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier

from mlops_pipeline.src.training.graph_parts import INPUT, GraphWriter
from mlops_pipeline.src.training.small_trees import small_trees, summed, tree_attributes
from mlops_pipeline.src.training.thresholds import float32_at_most

Leaves = NDArray[np.float64]

_KNOWN = (
    DecisionTreeClassifier,
    RandomForestClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    AdaBoostClassifier,
)


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees whose leaves add up to a probability or its log-odds.

    Attributes:
        trees: scikit-learn's `tree_` objects.
        leaves: for each tree, what each of its nodes would add as a leaf, shape (nodes,).
        constant: added to the sum.
        log_odds: whether the sum is the log-odds of class 1, not its probability.

    """

    trees: Sequence[Any]
    leaves: Sequence[Leaves]
    constant: float = 0.0
    log_odds: bool = False


def forest_of(estimator: Any) -> Forest | None:
    """Give a fitted estimator of two classes as a forest; None where it is none of those known."""
    if type(estimator) not in _KNOWN:  # a subclass may answer otherwise
        return None
    match estimator:
        case DecisionTreeClassifier():
            return Forest([estimator.tree_], [_share(estimator.tree_)])
        case RandomForestClassifier() | ExtraTreesClassifier():
            trees = [tree.tree_ for tree in estimator.estimators_]
            return Forest(trees, [_share(tree) / len(trees) for tree in trees])
        case AdaBoostClassifier() if _has_trees(estimator):
            return _voting(estimator)
        case GradientBoostingClassifier(loss="log_loss", init=None):
            trees = [tree.tree_ for tree in estimator.estimators_[:, 0]]
            leaves = [estimator.learning_rate * tree.value[:, 0, 0] for tree in trees]
            share = estimator.init_.class_prior_[1]
            return Forest(trees, leaves, float(np.log(share / (1 - share))), log_odds=True)
    return None


def forest_graph(forest: Forest, inputs: int) -> bytes:
    """Write a forest of `inputs` float32 inputs as an ONNX graph."""
    means = [
        float(np.average(leaves[_is_leaf(tree)], weights=tree.n_node_samples[_is_leaf(tree)]))
        for tree, leaves in zip(forest.trees, forest.leaves, strict=True)
    ]
    attributes = _attributes(forest, means)
    small = small_trees(attributes, "target")
    many, writer = None, GraphWriter(inputs)
    if small is not None:
        attributes, many_writer = tree_attributes(small), GraphWriter(inputs)
        many = _finished(many_writer, summed(many_writer, small), forest, means, None)
    total = writer.apply_ml("TreeEnsembleRegressor", INPUT, **attributes)
    return _finished(writer, total, forest, means, many)


def _finished(
    writer: GraphWriter, from_mean: str, forest: Forest, means: Sequence[float], many: bytes | None
) -> bytes:
    """Write what comes behind the sum of the leaves."""
    constant = writer.constant(np.array(forest.constant + sum(means)))
    total = writer.apply("Add", writer.float64(from_mean), constant)
    return writer.finish(writer.apply("Sigmoid", total) if forest.log_odds else total, many=many)


def _has_trees(estimator: AdaBoostClassifier) -> bool:
    """Whether all that vote are trees."""
    return all(isinstance(tree, DecisionTreeClassifier) for tree in estimator.estimators_)


def _voting(estimator: AdaBoostClassifier) -> Forest:
    """Give AdaBoost: each tree votes its weight for the likelier class (class 0 on a tie).

    The log-odds are twice the mean vote. Source: scikit-learn's SAMME, after Zhu et al.,
    "Multi-class AdaBoost", 2009, equation 15.
    """
    trees = [tree.tree_ for tree in estimator.estimators_]
    weights = estimator.estimator_weights_[: len(trees)]
    leaves = [
        2 * weight / weights.sum() * np.where(np.argmax(tree.value[:, 0, :], axis=1) == 1, 1, -1)
        for tree, weight in zip(trees, weights, strict=True)
    ]
    return Forest(trees, leaves, log_odds=True)


def _share(tree: Any) -> Leaves:
    """Give the share of class 1 in each node, shape (nodes,)."""
    share: Leaves = tree.value[:, 0, 1]
    return share


def _is_leaf(tree: Any) -> NDArray[np.bool_]:
    """Give which nodes are leaves, shape (nodes,)."""
    leaf: NDArray[np.bool_] = tree.children_left < 0
    return leaf


def _attributes(forest: Forest, means: Sequence[float]) -> dict[str, Any]:
    """Give the attributes of the operator TreeEnsembleRegressor."""
    leaf = np.concatenate([_is_leaf(tree) for tree in forest.trees])
    trees = np.repeat(np.arange(len(forest.trees)), [tree.node_count for tree in forest.trees])
    nodes = np.concatenate([np.arange(tree.node_count) for tree in forest.trees])
    weights = np.concatenate(
        [leaves - mean for leaves, mean in zip(forest.leaves, means, strict=True)]
    )

    def inner(name: str) -> NDArray[np.float64]:
        values = np.concatenate([getattr(tree, name) for tree in forest.trees])
        return np.where(leaf, 0, values)

    return {
        "n_targets": 1,
        "nodes_treeids": trees.tolist(),
        "nodes_nodeids": nodes.tolist(),
        "nodes_modes": np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        "nodes_featureids": inner("feature").astype(int).tolist(),
        "nodes_values": float32_at_most(inner("threshold")).tolist(),
        "nodes_truenodeids": inner("children_left").astype(int).tolist(),
        "nodes_falsenodeids": inner("children_right").astype(int).tolist(),
        "target_treeids": trees[leaf].tolist(),
        "target_nodeids": nodes[leaf].tolist(),
        "target_ids": [0] * int(leaf.sum()),
        "target_weights": weights[leaf].tolist(),
    }
