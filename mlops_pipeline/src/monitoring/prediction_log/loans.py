"""The loans of logged predictions, many at a time, for who counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from mlops_pipeline.src.data.convert_many import table_from_json
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.monitoring.prediction_log.texts import read_inputs


def read_loans(inputs: Sequence[str]) -> tuple[LoanTable, NDArray[np.bool_]]:
    """Give the loans of n logged texts, and which of the n can be read as one, shape (n,)."""
    return table_from_json(_documents(inputs))


def _documents(inputs: Sequence[str]) -> list[Mapping[str, Any]]:
    """Read JSON objects; what is none, or older than today's rules, is read with care."""
    try:
        found = [orjson.loads(text) for text in inputs]
    except orjson.JSONDecodeError:
        return [read_inputs(text) for text in inputs]
    if all(isinstance(one, dict) for one in found):
        return found
    return [read_inputs(text) for text in inputs]
