"""What schemathesis cannot know from the OpenAPI document: files with loans, a model's segments.

Loaded by schemathesis itself (SCHEMATHESIS_HOOKS), in its own process.
"""

from __future__ import annotations

import csv
import io
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
def map_query(context: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    """Ask for segments that the model has, and for days in their order.

    What breaks the document's rules is left as it is.
    """
    if not query or not context.operation.path.startswith(_MONITORING):
        return query
    for name, known in _SEGMENTS.items():
        if isinstance(query.get(name), str) and len(query[name]) <= _LONGEST:
            query[name] = known
    since, until = query.get("since"), query.get("until")
    if isinstance(since, str) and isinstance(until, str) and since > until:
        query["since"], query["until"] = until, since
    return query
