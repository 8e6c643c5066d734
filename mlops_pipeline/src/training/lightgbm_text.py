"""LightGBM's model text, rewritten so that comparing in float32 decides like LightGBM.

LightGBM compares float64(x) <= threshold in float64, an ONNX graph float32 with float32. On
float32 inputs both decide alike when the threshold is the largest float32 that is not above
LightGBM's. Source of the rules on unknown values: `Tree::NumericalDecision` and the bits of
`decision_type_` in LightGBM's include/LightGBM/tree.h.
"""

from __future__ import annotations

import copy
import re

import numpy as np
from lightgbm import Booster, LGBMClassifier
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.errors import ExportError
from mlops_pipeline.src.training.thresholds import float32_at_most

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_BITS, _MISSING_NONE, _MISSING_ZERO, _MISSING_NAN = 0b1100, 0 << 2, 1 << 2, 2 << 2

# A tree's thresholds are followed by its decision types.
_DECISIONS = re.compile(r"^threshold=(.*)\ndecision_type=(.*)$", re.MULTILINE)
# The lengths in bytes of the trees' texts; without them LightGBM reads tree after tree.
_TREE_SIZES = re.compile(r"^tree_sizes=.*\n", re.MULTILINE)
_LINEAR = re.compile(r"^is_linear=[^0]", re.MULTILINE)


def reconciled(estimator: LGBMClassifier) -> LGBMClassifier:
    """Give a copy that decides the same on all float32 inputs, with float32 thresholds.

    Raises:
        ExportError: the model splits by categories, takes zero for unknown, or has linear
            leaves: no graph decides like it.

    """
    text = estimator.booster_.model_to_string()
    if _LINEAR.search(text):
        raise ExportError(messages.not_representable("LightGBM", "linear_tree"))
    same = copy.copy(estimator)
    same._Booster = Booster(model_str=_TREE_SIZES.sub("", _DECISIONS.sub(_rewritten, text)))
    return same


def _rewritten(match: re.Match[str]) -> str:
    """Give the two lines of a tree in float32."""
    values = np.array([float(value) for value in match[1].split()], dtype=np.float64)
    types = np.array([int(kind) for kind in match[2].split()], dtype=np.int64)
    # repr gives the shortest text that reads back to the same float64.
    lines = " ".join(repr(float(value)) for value in float32_at_most(values))
    kinds = " ".join(str(kind) for kind in _missing_said(types, values))
    return f"threshold={lines}\ndecision_type={kinds}"


def _missing_said(types: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give decision types, shape (s,), that say where NaN goes.

    A node that saw nothing unknown in training (missing type None) takes NaN for 0, which goes
    left where 0 <= threshold; the converter would send it to the default side.
    """
    if (types & _CATEGORICAL).any():
        raise ExportError(messages.not_representable("LightGBM", "categorical_feature"))
    missing = types & _MISSING_BITS
    if (missing == _MISSING_ZERO).any():
        raise ExportError(messages.not_representable("LightGBM", "zero_as_missing"))
    like_zero = _MISSING_NAN | np.where(values >= 0, _DEFAULT_LEFT, 0)
    return np.where(missing == _MISSING_NONE, like_zero, types)
