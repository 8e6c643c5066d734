"""Parquet files as batches of columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from mlops_pipeline import messages
from mlops_pipeline.src.data import arrow_values, values
from mlops_pipeline.src.data.csv_careful import UnreadableLine, to_line
from mlops_pipeline.src.data.moments import possible_moments
from mlops_pipeline.src.data.schema import HEADER, POSSIBLE_YEARS, Column
from mlops_pipeline.src.errors import UnreadableFileError

_COLOMBIA_SECONDS = -5 * 3_600
_DAMAGE = (pa.ArrowException, OSError, UnicodeDecodeError)  # what PyArrow raises on bad files


class _Texts(Mapping[str, values.Texts]):
    """A batch's columns as texts, made when asked for."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch

    def __getitem__(self, name: str) -> list[str]:
        if name not in self._batch.schema.names:
            raise KeyError(name)
        return _written(self._batch[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._batch.schema.names)

    def __len__(self) -> int:
        return len(self._batch.schema.names)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a Parquet file; `lines` counts them like lines of a CSV with a header."""

    record_batch: Any
    lines: NDArray[np.int64]
    unreadable: tuple[UnreadableLine, ...] = ()

    @property
    def texts(self) -> Mapping[str, values.Texts]:
        """The columns as texts."""
        return _Texts(self.record_batch)

    def numbers(self, column: Column, reasons: values.Reasons) -> NDArray[np.float64]:
        """Give a numeric column (all NaN where the file has no such column)."""
        if column.name not in self.record_batch.schema.names:
            return np.full(len(self.lines), np.nan)
        array = self.record_batch[column.name]
        if pa.types.is_null(array.type):
            array = array.cast(pa.float64())
        if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
            return values.numbers(column, self.texts[column.name], reasons)
        numbers: NDArray[np.float64] = (
            array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
        )
        values.check_numbers(column, numbers, reasons)
        return numbers

    def categories(self, column: Column, reasons: values.Reasons) -> NDArray[np.object_]:
        """Give a text column."""
        array = self.record_batch[column.name]
        if pa.types.is_string(array.type):
            return arrow_values.categories(column, array, reasons)
        return values.categories(column, self.texts[column.name], reasons)

    def moments(self, name: str, reasons: values.Reasons) -> NDArray[np.int64]:
        """Give a column of dates as seconds since 1970-01-01."""
        array = self.record_batch[name]
        if not (pa.types.is_timestamp(array.type) or pa.types.is_date(array.type)):
            return values.moments(name, self.texts[name], reasons)
        zone = array.type.tz if pa.types.is_timestamp(array.type) else None
        null = np.asarray(array.is_null().to_numpy(zero_copy_only=False))
        seconds: NDArray[np.int64] = (
            array.cast(pa.timestamp("s", tz=zone), safe=False)
            .cast(pa.int64())
            .fill_null(0)
            .to_numpy(zero_copy_only=False)
            .astype(np.int64)
        )
        seconds = seconds if zone is None else seconds + _COLOMBIA_SECONDS
        for row in np.flatnonzero(null):
            reasons.add(int(row), name, messages.required_value())
        for row in np.flatnonzero(~possible_moments(seconds) & ~null):
            (came,) = _written(array.slice(row, 1))
            reasons.add(int(row), name, messages.impossible_date(came, POSSIBLE_YEARS))
        return seconds

    def content(self, row: int) -> str:
        """Write a row as a line of CSV."""
        columns = self.record_batch.slice(row, 1).columns
        return to_line([text for column in columns for text in _written(column)])


def _written(array: Any) -> list[str]:
    """Give an array's values as texts, empty where there is none.

    Dates are written by Arrow: Python has none beyond the year 9999, nor nanoseconds.
    """
    mark = ""
    if pa.types.is_timestamp(array.type) and array.type.tz is not None:
        array, mark = array.cast(pa.timestamp(array.type.unit)), "Z"
    if pa.types.is_timestamp(array.type) or pa.types.is_date(array.type):
        array = array.cast(pa.string())
    return ["" if value is None else f"{value}{mark}" for value in array.to_pylist()]


def open_batches(path: Path, rows: int) -> tuple[tuple[str, ...], Iterator[Batch]]:
    """Give the column names and the rows of a Parquet file, `rows` at a time.

    Raises:
        UnreadableFileError: not a Parquet file; raised while iterating too.

    """
    try:
        file = pq.ParquetFile(path)
        header = tuple(file.schema_arrow.names)
    except _DAMAGE as error:
        raise UnreadableFileError(messages.bad_parquet(path)) from error
    return header, _batches(path, file, [name for name in HEADER if name in header], rows)


def _batches(path: Path, file: Any, columns: list[str], rows: int) -> Iterator[Batch]:
    """Read the known columns, batch by batch."""
    line = 2
    try:
        for batch in file.iter_batches(batch_size=rows, columns=columns):
            batch.validate(full=True)  # texts that are no UTF-8
            yield Batch(batch, np.arange(line, line + batch.num_rows, dtype=np.int64))
            line += batch.num_rows
    except _DAMAGE as error:
        raise UnreadableFileError(messages.bad_parquet(path)) from error
    finally:
        file.close()
