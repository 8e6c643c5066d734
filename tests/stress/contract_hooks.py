"""What schemathesis cannot know from the OpenAPI document: which files hold loans.

Loaded by schemathesis itself (SCHEMATHESIS_HOOKS), in its own process.
"""

from __future__ import annotations

import csv
import io

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
