"""What schemathesis cannot know from the OpenAPI document: files with loans, a model's segments.

Loaded by schemathesis itself (SCHEMATHESIS_HOOKS), in its own process.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import schemathesis
from hypothesis import strategies as st

from mlops_pipeline.src.data.schema import HEADER
from tests.support import Value, possible_documents


def _csv(loans: list[dict[str, Value]]) -> bytes:
    """Write loans as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, HEADER[:-1])
    writer.writeheader()
    writer.writerows(loans)
    return stream.getvalue().encode()


def _parquet(loans: list[dict[str, Value]]) -> bytes:
    """Write loans as Parquet."""
    stream = io.BytesIO()
    columns = {name: [one[name] for one in loans] for name in HEADER[:-1]}
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


_loans = st.lists(possible_documents(), min_size=1, max_size=3)

schemathesis.openapi.media_type("text/csv", _loans.map(_csv))
schemathesis.openapi.media_type("application/vnd.apache.parquet", _loans.map(_parquet))

_MONITORING = "/monitoring/"
_SEGMENTS = {"tipo_laboral": "Empleado", "tipo_credito": "4"}
_LONGEST = 64


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Ask for segments that the model has, and for one day where two are given.

    A document cannot tell which segments a model has, nor that two days follow one another and lie
    near enough. What breaks the document's rules is left as it is.
    """
    query = case.query
    if not query or not case.operation.path.startswith(_MONITORING):
        return
    for name, known in _SEGMENTS.items():
        if isinstance(query.get(name), str) and len(query[name]) <= _LONGEST:
            query[name] = known
    if _is_day(query.get("since")) and _is_day(query.get("until")):
        query["since"] = query["until"]


def _is_day(value: object) -> bool:
    """Tell whether a value is a day as the document asks for it."""
    try:
        return (
            isinstance(value, str)
            and len(value) == len("YYYY-MM-DD")
            and bool(date.fromisoformat(value))
        )
    except ValueError:
        return False
