"""The model that the service runs: an ONNX graph on the CPU, one thread."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from mlops_pipeline import messages
from mlops_pipeline.src.errors import CorruptBundleError
from mlops_pipeline.src.registry.manifest import MODEL

OUTPUT = "probabilities"
_OUTPUTS = [OUTPUT]

# Rows at a time: graphs that compare each loan with the training loans hold a table of both.
BLOCK_ROWS = 2_048

# The graph for many loans: its metadata key in the other one; rows at a time, so that its tables
# stay in the processor's cache; below so many rows, the other one is faster.
MANY = "many_loans"
MANY_BLOCK_ROWS = 256
FEW_ROWS = 16

# ONNX Runtime's errors have no base of their own.
_UNLOADABLE = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)


class OnnxModel:
    """A loaded graph with one input and an output `probabilities` of some columns.

    It may carry another graph that answers alike, bit for bit, and takes many loans faster.
    """

    def __init__(self, graph: bytes) -> None:
        """Load a graph.

        Raises:
            CorruptBundleError: the bytes are no graph with one input and such an output.

        """
        self._session, self._input = _loaded(graph)
        carried = self._session.get_modelmeta().custom_metadata_map.get(MANY)
        self._many: Any = None
        if carried is not None:
            try:
                self._many, _ = _loaded(b64decode(carried, validate=True))
            except ValueError as error:
                raise CorruptBundleError(messages.corrupt_file(MODEL)) from error

    def score(self, inputs: NDArray[np.float32], column: int) -> NDArray[np.float64]:
        """Give the raw scores, shape (n,), of n rows of model inputs, shape (n, inputs).

        Raises:
            CorruptBundleError: the graph takes other inputs.

        """
        if self._many is None or len(inputs) < FEW_ROWS:
            return self.score_walking(inputs, column)
        return self._scores(self._many, MANY_BLOCK_ROWS, inputs, column)

    def score_walking(self, inputs: NDArray[np.float32], column: int) -> NDArray[np.float64]:
        """Do the same with the graph that takes one loan fastest."""
        return self._scores(self._session, BLOCK_ROWS, inputs, column)

    def _scores(
        self, session: Any, size: int, inputs: NDArray[np.float32], column: int
    ) -> NDArray[np.float64]:
        """Score rows some at a time."""
        scores = np.empty(len(inputs), dtype=np.float64)
        try:
            for start in range(0, len(inputs), size):
                block = slice(start, start + size)
                outputs = session.run(_OUTPUTS, {self._input: inputs[block]})[0]
                scores[block] = outputs[:, column]
        except (*_UNLOADABLE, IndexError) as error:
            raise CorruptBundleError(messages.corrupt_file(MODEL)) from error
        return scores

    def single(self, size: int, column: int) -> SingleRow:
        """Give the way to score one row of `size` inputs at a time.

        Raises:
            CorruptBundleError: the graph takes other inputs, or has no such column.

        """
        try:
            return SingleRow(self._session, self._input, size, column)
        except (*_UNLOADABLE, IndexError) as error:
            raise CorruptBundleError(messages.corrupt_file(MODEL)) from error


class SingleRow:
    """Scores one row at a time in memory that was bound to the graph once.

    Passing arrays in and out of each call takes longer than the trees of a small model. One
    thread at a time: whoever writes `memory` and calls `score` holds what lies between.
    """

    def __init__(self, session: Any, name: str, size: int, column: int) -> None:
        """Bind; a first run tells the output's shape and type."""
        self._inputs = np.zeros((1, size), dtype=np.float32)
        self.memory = self._inputs.data
        self._outputs = np.zeros_like(session.run(_OUTPUTS, {name: self._inputs})[0])
        self._score = self._outputs[0, column : column + 1]
        if self._outputs.shape[0] != 1 or not self._score.size:
            raise IndexError(column)
        self._session = session
        self._binding = session.io_binding()
        for bind, bound, array in (
            (self._binding.bind_input, name, self._inputs),
            (self._binding.bind_output, OUTPUT, self._outputs),
        ):
            bind(bound, "cpu", 0, array.dtype, array.shape, array.ctypes.data)

    def score(self) -> float:
        """Give the raw score of the row that stands in `memory`."""
        self._session.run_with_iobinding(self._binding)
        score: float = self._score.item()
        return score


def _loaded(graph: bytes) -> tuple[Any, str]:
    """Load a graph; give its session and the name of its input."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session: Any = ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except _UNLOADABLE as error:
        raise CorruptBundleError(messages.corrupt_file(MODEL)) from error
    inputs = session.get_inputs()
    if len(inputs) != 1 or OUTPUT not in [out.name for out in session.get_outputs()]:
        raise CorruptBundleError(messages.corrupt_file(MODEL))
    name: str = inputs[0].name
    return session, name
