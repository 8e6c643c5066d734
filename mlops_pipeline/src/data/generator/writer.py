"""A portfolio as a CSV or Parquet file, chunk by chunk and whole or not at all."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from mlops_pipeline.src.data.generator.portfolio import Chunk, Column, generate_chunks

FILE_MODE = 0o644
ARROW_TYPES: Mapping[str, str] = {"i": "int64", "f": "float64", "M": "timestamp[s]", "O": "string"}


def write_portfolio(rows: int, seed: int, out: Path) -> None:
    """Write `rows` synthetic loans to `out`, a `.csv` or `.parquet` file.

    The file appears under its name once it is complete; a failure leaves nothing behind, and an
    older file as it was.

    Raises:
        ValueError: another suffix, `rows` below one or `seed` below zero.
        OSError: the folder is missing or cannot be written to.
    """
    write = WRITERS.get(out.suffix.lower())
    if write is None:
        allowed = " or ".join(WRITERS)
        raise ValueError(f"a portfolio is written as {allowed}, got {out.name!r}")
    chunks = generate_chunks(rows, seed)
    with _replacing(out) as temporary:
        write(chunks, temporary)


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """Give a temporary path beside `out`, moved to `out` at the end and removed on any failure."""
    handle, name = tempfile.mkstemp(prefix=f".{out.stem}-", suffix=out.suffix, dir=out.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        # A temporary file is private to its owner; a portfolio is not.
        temporary.chmod(FILE_MODE)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)


def _write_csv(chunks: Iterable[Chunk], out: Path) -> None:
    with out.open("w", encoding="utf-8", newline="") as file:
        for number, chunk in enumerate(chunks):
            if number == 0:
                file.write(",".join(chunk) + "\n")
            texts = [_texts(column) for column in chunk.values()]
            file.write("\n".join(map(",".join, zip(*texts, strict=True))) + "\n")


def _texts(column: Column) -> list[str]:
    """Return the cells of a column: a missing value is empty, a float keeps its `.0`."""
    if column.dtype.kind == "M":
        return [
            text.replace("T", " ") for text in column.astype("datetime64[s]").astype(str).tolist()
        ]
    if column.dtype.kind == "f":
        # NaN alone differs from itself.
        return [repr(value) if value == value else "" for value in column.tolist()]  # noqa: PLR0124
    if column.dtype.kind == "O":
        return ["" if value is None else value for value in column.tolist()]
    return list(map(str, column.tolist()))


def _write_parquet(chunks: Iterable[Chunk], out: Path) -> None:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and a CSV file needs none of it
    import pyarrow.parquet as pq  # noqa: PLC0415

    stream = iter(chunks)
    first = next(stream)
    schema = pa.schema(
        [
            (name, pa.type_for_alias(ARROW_TYPES[column.dtype.kind]))
            for name, column in first.items()
        ]
    )
    with pq.ParquetWriter(out, schema) as writer:
        for chunk in chain([first], stream):
            arrays = [
                pa.array(column, type=field.type, from_pandas=True)
                for column, field in zip(chunk.values(), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


WRITERS: Mapping[str, Callable[[Iterable[Chunk], Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}
