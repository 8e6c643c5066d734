"""Scored chunks of a file to the rows that a client reads: CSV or NDJSON, in the file's order.

Columns are joined by PyArrow, never row by row: less than half a microsecond a loan. It is
imported where a file is answered only: PyArrow would make the service's start slow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from mlops_pipeline import messages
from mlops_pipeline.src.data.cleaning import Flag
from mlops_pipeline.src.data.readers import RejectedRow
from mlops_pipeline.src.data.schema import COLUMNS, Column, Kind
from mlops_pipeline.src.data.table import LoanTable
from mlops_pipeline.src.scoring.files import ScoredChunk

FIELDS = (
    "linea",
    "prediction",
    "probability_class_1",
    "interpretation",
    "prediction_id",
    "model_version",
    "warnings",
    "error",
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NO_WARNINGS = "[]"


def inputs_of(loans: LoanTable) -> list[str]:
    """Give each loan's values as a JSON object: the schema's names, null where unknown."""
    parts = ["{"]
    for place, column in enumerate(COLUMNS):
        parts += [f'{"," if place else ""}"{column.name}":', _json_values(loans, column)]
    texts: list[str] = _joined(*parts, "}").to_pylist()
    return texts


def _json_values(loans: LoanTable, column: Column) -> Any:
    """Write a column's values as JSON."""
    if column.kind is Kind.MOMENT:
        moments = pa.array(loans.seconds).cast(pa.timestamp("s")).cast(pa.string())
        return _joined('"', moments, '"')
    if column.is_text:
        texts = pa.array(loans.texts[column.name], pa.string()).dictionary_encode()
        written = pa.array(map(_json, texts.dictionary.to_pylist()), pa.string())
        return written.take(texts.indices).fill_null("null")
    return (
        pa.array(loans.numbers[column.name], from_pandas=True).cast(pa.string()).fill_null("null")
    )


def warnings_of(chunk: ScoredChunk) -> list[str]:
    """Give for each loan a JSON list of what was found: its `field`, `finding` and `message`."""
    found: dict[int, list[str]] = {}
    for flag in chunk.scores.flags:
        for row, text in zip(flag.rows.tolist(), _said(chunk.loans, flag), strict=True):
            found.setdefault(row, []).append(text)
    texts = [_NO_WARNINGS] * len(chunk.loans)
    for row, one in found.items():
        texts[row] = f"[{','.join(one)}]"
    return texts


def _said(loans: LoanTable, flag: Flag) -> list[str]:
    """Write a finding about each of its rows as JSON; equal values are worded once."""
    code = flag.finding.value
    came = loans[flag.column][flag.rows].tolist()
    words = {
        value: _json(
            {"field": flag.column, "finding": code, "message": messages.finding(code, value)}
        )
        for value in set(came)
    }
    return [words[value] for value in came]


def csv_rows(
    chunk: ScoredChunk, ids: Sequence[str], warnings: Sequence[str], version: str
) -> bytes:
    """Write a chunk's rows as RFC 4180 says, without the header.

    Args:
        chunk: the rows.
        ids: of the predictions, one for each usable loan; letters, digits and hyphens.
        warnings: what `warnings_of` gives for the chunk.
        version: of the model.

    """
    worded = [_cell(_in_words(text)) if text != _NO_WARNINGS else "" for text in warnings]
    predicted = _joined(
        pa.array(chunk.loans.lines).cast(pa.string()),
        _by_decision(chunk, lambda decision: f",{decision},"),
        pa.array(chunk.scores.probability).cast(pa.string()),
        _by_decision(chunk, lambda decision: f",{_cell(messages.interpretation(decision))},"),
        pa.array(ids, pa.string()),
        f",{_cell(version)},",
        pa.array(worded, pa.string()),
        ",\r\n",
    )
    rejected = [f"{row.line},,,,,,,{_cell(row.reason)}\r\n" for row in chunk.rejected]
    return _in_file_order(chunk, predicted, rejected)


def _in_words(warnings: str) -> str:
    """Write a loan's warnings as one text."""
    return " | ".join(f"{one['field']}: {one['message']}" for one in orjson.loads(warnings))


def _cell(text: str) -> str:
    """Quote a text as a field of CSV; one that a spreadsheet would compute is shown instead."""
    if text.startswith(_FORMULA_STARTS):
        text = f"'{text}"
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if doubled != text or any(mark in text for mark in ",\r\n") else text


def ndjson_rows(
    chunk: ScoredChunk, ids: Sequence[str], warnings: Sequence[str], version: str
) -> bytes:
    """Write a chunk's rows as JSON objects, one a line; arguments as for `csv_rows`."""
    predicted = _joined(
        '{"linea":',
        pa.array(chunk.loans.lines).cast(pa.string()),
        _by_decision(chunk, lambda decision: f',"prediction":{decision},"probability_class_1":'),
        pa.array(chunk.scores.probability).cast(pa.string()),
        _by_decision(
            chunk,
            lambda decision: f',"interpretation":{_json(messages.interpretation(decision))}',
        ),
        ',"prediction_id":"',
        pa.array(ids, pa.string()),
        f'","model_version":{_json(version)},"warnings":',
        pa.array(warnings, pa.string()),
        ',"error":null}\n',
    )
    rejected = [_rejected_json(row) for row in chunk.rejected]
    return _in_file_order(chunk, predicted, rejected)


def _rejected_json(row: RejectedRow) -> str:
    """Write a row that cannot be used."""
    values = dict.fromkeys(FIELDS) | {"linea": row.line, "warnings": [], "error": row.reason}
    return f"{_json(values)}\n"


def _by_decision(chunk: ScoredChunk, write: Callable[[int], str]) -> Any:
    """Give for each loan what is written for its decision."""
    return pa.array([write(0), write(1)]).take(pa.array(chunk.scores.decision))


def _joined(*parts: Any) -> Any:
    """Join columns of texts, and texts that stand in every row."""
    columns = [pa.scalar(part) if isinstance(part, str) else part for part in parts]
    return pc.call_function("binary_join_element_wise", [*columns, pa.scalar("")])


def _in_file_order(chunk: ScoredChunk, predicted: Any, rejected: Sequence[str]) -> bytes:
    """Give the rows' texts as bytes, ordered by their lines."""
    if rejected:
        lines = np.concatenate([chunk.loans.lines, [row.line for row in chunk.rejected]])
        everything = pa.concat_arrays([predicted, pa.array(rejected, pa.string())])
        predicted = everything.take(pa.array(np.argsort(lines, kind="stable")))
    _, _, content = predicted.buffers()
    return b"" if content is None else content.to_pybytes()


def _json(value: object) -> str:
    """Write a value as JSON."""
    return orjson.dumps(value).decode()


@dataclass(frozen=True, slots=True)
class Output:
    """A format of the answer: what stands before the first row, and how a chunk is written."""

    media_type: str
    head: bytes
    rows: Callable[[ScoredChunk, Sequence[str], Sequence[str], str], bytes]


OUTPUTS: Mapping[str, Output] = {
    "csv": Output("text/csv; charset=utf-8", f"{','.join(FIELDS)}\r\n".encode(), csv_rows),
    "ndjson": Output("application/x-ndjson", b"", ndjson_rows),
}
