"""A file's own columns beside the loan's, as they came: a customer's id goes back with the result.

They are read only where a file has some, after its loans, and never sent to the service.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mlops_pipeline import messages
from mlops_pipeline.src.data import csv_lines
from mlops_pipeline.src.data.readers import CHUNK_ROWS
from mlops_pipeline.src.data.schema import BY_NAME
from mlops_pipeline.src.errors import UnreadableFileError


@dataclass(frozen=True, slots=True)
class Extra:
    """Columns that the loan's definition does not have, in the file's order.

    Attributes:
        values: each readable row's texts by its line, one for each name.

    """

    names: tuple[str, ...] = ()
    values: Mapping[int, Sequence[str]] = field(default_factory=dict)

    def of(self, line: int) -> Sequence[str]:
        """Give a row's texts, empty where the row could not be read."""
        return self.values.get(line) or [""] * len(self.names)


def read_extra(path: Path, header: Sequence[str]) -> Extra:
    """Read what a file of loans has beside them.

    Raises:
        UnreadableFileError: one of these columns of a Parquet file is damaged.

    """
    places = [place for place, name in enumerate(header) if name not in BY_NAME]
    if not places:
        return Extra()
    names = tuple(header[place] for place in places)
    is_parquet = path.suffix.lower() == ".parquet"
    return Extra(names, dict(_parquet(path, names) if is_parquet else _csv(path, places)))


def _csv(path: Path, places: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """Give the readable lines' texts at some places."""
    _, batches = csv_lines.open_batches(path, CHUNK_ROWS)
    for batch in batches:
        for row, line in enumerate(batch.lines.tolist()):
            fields = next(csv.reader(io.StringIO(batch.content(row), newline="")))
            yield line, [fields[place] for place in places]


def _parquet(path: Path, names: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Give the rows' texts in some columns; rows are counted like lines of a CSV."""
    line = 2
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(CHUNK_ROWS, columns=list(names)):
                for row in zip(*(one.to_pylist() for one in batch.columns), strict=True):
                    yield line, ["" if value is None else str(value) for value in row]
                    line += 1
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise UnreadableFileError(messages.bad_parquet(path)) from error
