"""Features of many loans as one float32 matrix with named columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FeatureMatrix:
    """Features of n loans.

    Attributes:
        values: float32, shape (n, d), NaN where unknown; categories as codes.
        names: the d features, in the order of the columns.

    """

    values: NDArray[np.float32]
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Give the number of loans."""
        return len(self.values)

    def column(self, name: str) -> NDArray[np.float32]:
        """Give one feature, shape (n,).

        Raises:
            KeyError: there is no such feature.

        """
        return self.values[:, self._position(name)]

    def select(self, names: Sequence[str]) -> FeatureMatrix:
        """Give some features, in the order asked for.

        Raises:
            KeyError: there is no such feature.

        """
        positions = [self._position(name) for name in names]
        return FeatureMatrix(np.ascontiguousarray(self.values[:, positions]), tuple(names))

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> FeatureMatrix:
        """Give some loans."""
        return FeatureMatrix(self.values[rows], self.names)

    def _position(self, name: str) -> int:
        """Give the column of a feature."""
        if name not in self.names:
            raise KeyError(name)
        return self.names.index(name)
