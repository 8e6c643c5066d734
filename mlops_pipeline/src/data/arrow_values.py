"""PyArrow's columns to checked columns at once, where the verdict is sure; see `values`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mlops_pipeline.src.data import values
from mlops_pipeline.src.data.moments import possible_moments
from mlops_pipeline.src.data.schema import Column

_SHAPES = {len(shape): shape for shape in ("0000-00-00", "0000-00-00 00:00:00")}


def finite_numbers(column: Any) -> NDArray[np.float64] | None:
    """Give a column of numbers, or of texts that are, NaN for null; None if any is not finite."""
    try:
        array = _whole(column).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    numbers: NDArray[np.float64] = array.to_numpy(zero_copy_only=False).astype(np.float64)
    return numbers if int(np.isfinite(numbers).sum()) == len(array) - array.null_count else None


def categories(column: Column, texts: Any, reasons: values.Reasons) -> NDArray[np.object_]:
    """Do what `values.categories` does, once for each distinct text."""
    encoded = _whole(texts.fill_null("")).dictionary_encode()
    distinct: list[str] = encoded.dictionary.to_pylist()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    verdicts = values.Reasons()
    known = values.categories(column, distinct, verdicts)
    for code, why in verdicts.by_row.items():
        for row in np.flatnonzero(codes == code).tolist():
            reasons.by_row.setdefault(row, []).extend(why)
    taken: NDArray[np.object_] = known[codes]
    return taken


def regular_moments(texts: Any) -> NDArray[np.int64] | None:
    """Do what `moments.parse_moments` does, which is None if the texts are of several shapes."""
    array = _whole(texts)
    if len(array) == 0 or array.null_count:
        return None
    marks = _letters(array)
    shape = None if marks is None else _SHAPES.get(marks.shape[1])
    if marks is None or shape is None or not _has_shape(marks, shape):
        return None
    try:
        moments = array.cast(pa.timestamp("s"))
    except pa.ArrowInvalid:
        return None
    seconds: NDArray[np.int64] = moments.cast(pa.int64()).to_numpy()
    return seconds if bool(possible_moments(seconds).all()) else None


def _whole(column: Any) -> Any:
    """Give a column in one piece."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _letters(array: Any) -> NDArray[np.uint8] | None:
    """Give the bytes of texts of one length, shape (n, length); None for several lengths."""
    _, offsets, content = array.buffers()
    starts = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
    lengths = np.diff(starts)
    if content is None or (lengths != lengths[0]).any() or not lengths[0]:
        return None
    marks = np.frombuffer(content, np.uint8)[starts[0] : starts[-1]]
    return marks.reshape(len(array), int(lengths[0]))


def _has_shape(marks: NDArray[np.uint8], shape: str) -> bool:
    """Tell whether digits and separators stand where they should."""
    for place, sign in enumerate(shape):
        column = marks[:, place]
        if sign == "0":
            fits = (column >= ord("0")) & (column <= ord("9"))
        elif sign == " ":
            fits = (column == ord(" ")) | (column == ord("T"))
        else:
            fits = column == ord(sign)
        if not fits.all():
            return False
    return True
