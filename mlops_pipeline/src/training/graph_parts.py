"""Writing ONNX graphs by hand, for the models whose converters lose digits."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, checker, helper, numpy_helper

from mlops_pipeline.src.scoring.onnx_model import MANY, OUTPUT

# The newest operator sets that all the converters know.
OPSET, ML_OPSET = 15, 1
_ML_DOMAIN = "ai.onnx.ml"
_IR_VERSION = 8
INPUT = "inputs"


class GraphWriter:
    """A graph from float32 `inputs`, shape (n, inputs), to float64 scores, step by step.

    Each step gives the name of its result, which later steps take.
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def constant(self, values: NDArray[np.generic]) -> str:
        """Add numbers of their own type."""
        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def apply(self, operator: str, *arguments: str, **attributes: Any) -> str:
        """Add an operator of the standard domain with one result."""
        return self._node(operator, arguments, 1, None, attributes)[0]

    def apply_ml(self, operator: str, *arguments: str, **attributes: Any) -> str:
        """Add an operator of the machine learning domain with one result."""
        return self._node(operator, arguments, 1, _ML_DOMAIN, attributes)[0]

    def largest(self, values: str, count: int) -> str:
        """Give where the `count` largest of each row are: int64, shape (n, count)."""
        wanted = self.constant(np.array([count], dtype=np.int64))
        return self._node("TopK", (values, wanted), 2, None, {"axis": 1, "sorted": 0})[1]

    def float64(self, values: str) -> str:
        """Go on in float64."""
        return self.apply("Cast", values, to=TensorProto.DOUBLE)

    def finish(
        self, score: str, kind: int = TensorProto.DOUBLE, many: bytes | None = None
    ) -> bytes:
        """Give the graph whose output is a score of some kind of number, shape (n, 1).

        `many`: another graph that answers alike and takes many loans faster; it travels within.
        """
        self._nodes.append(helper.make_node("Identity", [score], [OUTPUT]))
        graph = helper.make_graph(
            self._nodes,
            "model",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, self.inputs])],
            [helper.make_tensor_value_info(OUTPUT, kind, [None, 1])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(_ML_DOMAIN, ML_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        if many is not None:
            helper.set_model_props(model, {MANY: b64encode(many).decode()})
        checker.check_model(model)
        written: bytes = model.SerializeToString()
        return written

    def _node(
        self,
        operator: str,
        arguments: Sequence[str],
        results: int,
        domain: str | None,
        attributes: dict[str, Any],
    ) -> list[str]:
        """Add a node; give its results' names."""
        names = [f"step_{len(self._nodes)}_{result}" for result in range(results)]
        self._nodes.append(
            helper.make_node(operator, list(arguments), names, domain=domain, **attributes)
        )
        return names
