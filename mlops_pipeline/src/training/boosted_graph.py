"""What a converter makes of XGBoost or LightGBM, in fewer operators where the trees are small."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper

from mlops_pipeline.src.training.graph_parts import INPUT, GraphWriter
from mlops_pipeline.src.training.small_trees import small_trees, summed, tree_attributes


def boosted_graph(converted: ModelProto, inputs: int) -> bytes | None:
    """Give the graph of the probability of class 1, float32, shape (n, 1); None for other graphs.

    Known: one classifying ensemble of small trees, whose sum is the log-odds of class 1.
    """
    attributes = _classifier(converted)
    if attributes is None:
        return None
    trees = small_trees(attributes, "class")
    if trees is None:
        return None
    base = np.float32(sum(attributes.get("base_values", ())))
    many_writer, writer = GraphWriter(inputs), GraphWriter(inputs)
    total = summed(many_writer, trees)
    if base:
        total = many_writer.apply("Add", total, many_writer.constant(np.array(base)))
    many = many_writer.finish(many_writer.apply("Sigmoid", total), TensorProto.FLOAT)
    walked = tree_attributes(trees)
    if base:
        walked["base_values"] = [float(base)]
    total = writer.apply_ml("TreeEnsembleRegressor", INPUT, **walked)
    return writer.finish(writer.apply("Sigmoid", total), TensorProto.FLOAT, many)


def _classifier(converted: ModelProto) -> dict[str, Any] | None:
    """Give the attributes of the one ensemble; None where it does not give a log-odds."""
    found = [node for node in converted.graph.node if node.op_type.startswith("TreeEnsemble")]
    if [node.op_type for node in found] != ["TreeEnsembleClassifier"]:
        return None
    attributes = {one.name: helper.get_attribute_value(one) for one in found[0].attribute}
    fits = (
        attributes.get("post_transform") == b"LOGISTIC"
        and len(set(attributes["class_ids"])) == 1
        and len(attributes.get("base_values", ())) <= 1
        and list(attributes.get("classlabels_int64s", ())) == [0, 1]
    )
    return attributes if fits else None
