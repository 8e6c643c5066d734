"""From a probability to a value: quantile tables, tables of counts, and the rounding people do."""

import numpy as np
from numpy.typing import NDArray

from mlops_pipeline.src.data.generator.parameters import CountTable, Floats, QuantileTable


def quantile(table: QuantileTable, probability: Floats) -> Floats:
    """Return the table's values at `probability`, linear between the points.

    Two neighbouring points of the same value return exactly that value, so that the amounts
    people favour (3,000,000 COP) are as frequent as they were.
    """
    return np.interp(probability, table.probabilities, table.values)


def money(table: QuantileTable, probability: Floats) -> Floats:
    """Return whole COP at `probability`, interpolated on a logarithmic scale."""
    logs = np.log1p(np.maximum(table.values, 0.0))
    return np.rint(np.expm1(np.interp(probability, table.probabilities, logs)))


def count(table: CountTable, probability: Floats) -> NDArray[np.int64]:
    """Return the table's value at each of `probability`."""
    # The last cumulative probability may be a bit below one.
    index = np.searchsorted(table.cumulative, probability, side="right")
    return table.values[np.minimum(index, table.values.size - 1)]


def rounded(amounts: Floats, unit: float, share: Floats, uniforms: Floats) -> Floats:
    """Return `amounts` (n,) at a multiple of `unit` with probability `share`, else not at all.

    `uniforms` is (2, n). Amounts below one unit are taken off the multiples only: rounding
    would change them too much. The others move by 2.5% at most where they are not rounded.
    """
    taste, move = uniforms
    free = np.rint(amounts * (1.0 + 0.05 * (move - 0.5)))
    whole = np.where(amounts < unit, amounts, np.rint(amounts / unit) * unit)
    return np.where(taste < share, whole, free)


def quota(per_row: float, start: int, stop: int) -> int:
    """Return how many rare loans fall among the rows `start` to `stop` (exclusive).

    The quotas of adjoining ranges add up to the quota of the whole, so that one loan in ten
    thousand is neither lost nor doubled by the size of a block.
    """
    return int(stop * per_row + 0.5) - int(start * per_row + 0.5)
