"""What a converter made of boosted trees, with the score of class 1 as its only output.

Converters write a classifier: it also gives the label and the probability of class 0, one of
them through steps more. For one loan these take longer than the trees themselves. The trees,
their sums and the logistic function stay what they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

from mlops_pipeline.src.training.graph_parts import INPUT, GraphWriter
from mlops_pipeline.src.training.small_trees import Node, small_trees, summed, tree_attributes

_CLASSIFIER = "TreeEnsembleClassifier"
_LEAVES = ("treeids", "nodeids", "ids", "weights")


def score_graph(model: ModelProto, inputs: int) -> bytes | None:
    """Give the graph of the score; None where the model is no classifier of two classes by trees.

    Its output `probabilities` is float32, shape (n, 1).
    """
    node = next((node for node in model.graph.node if node.op_type == _CLASSIFIER), None)
    if node is None:
        return None
    given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
    if given["post_transform"] != b"LOGISTIC" or any(given["class_ids"]):
        return None
    attributes: dict[str, Any] = {
        name: value for name, value in given.items() if name.startswith(("nodes_", "base_"))
    }
    for name in _LEAVES:
        attributes[f"target_{name}"] = given[f"class_{name}"]
    trees, many = small_trees(attributes, "target"), None
    if trees is not None:
        base = attributes.get("base_values", ())
        attributes = (
            {**tree_attributes(trees), "base_values": base} if base else tree_attributes(trees)
        )
        many = _many(trees, base, inputs)
    writer = GraphWriter(inputs)
    margin = writer.apply_ml("TreeEnsembleRegressor", INPUT, **{**attributes, "n_targets": 1})
    # In float32, like the classifier's own; in float64 a row alone may differ from the same row
    # among many in the last bit.
    return writer.finish(writer.apply("Sigmoid", margin), TensorProto.FLOAT, many)


def _many(trees: Sequence[Node], base: Sequence[float], inputs: int) -> bytes:
    """Give the same graph for many loans; `base`: what is added to the sum, if anything."""
    writer = GraphWriter(inputs)
    margin = summed(writer, trees)
    for value in base:
        margin = writer.apply("Add", margin, writer.constant(np.array(value, dtype=np.float32)))
    return writer.finish(writer.apply("Sigmoid", margin), TensorProto.FLOAT)
