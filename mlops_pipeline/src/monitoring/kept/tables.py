"""The tables of the kept counts, beside the log's, and the check that they are these.

They hold no loan's row: counts by day of arrival (Colombia) and model, and by segment.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    Table,
    Text,
)

from mlops_pipeline import messages
from mlops_pipeline.src.monitoring.prediction_log.schema import Schema

WHOLE = ""  # in place of a segment's names: all of the day's loans

METADATA = MetaData()

# How far the log is counted over a grid: rows above `low`, up to `high`, are; older ones are
# counted backwards from `low` until none is left, new ones forwards from `high`.
POSITIONS = Table(
    "monitoring_positions",
    METADATA,
    Column("grid", Text, primary_key=True),
    Column("high", BigInteger, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("newest_ms", BigInteger),  # of the rows that were counted, ms since 1970, UTC
    Column("oldest_ms", BigInteger),
    Column("revision", BigInteger, nullable=False),
)

COUNTS = Table(
    "monitoring_counts",
    METADATA,
    Column("grid", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("model_version", Text, primary_key=True),
    Column("tipo_laboral", Text, primary_key=True),
    Column("tipo_credito", Text, primary_key=True),
    Column("loans", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("tally", Text, nullable=False),
)

META = Table(
    "monitoring_meta",
    METADATA,
    Column("schema_version", Integer, primary_key=True, autoincrement=False),
)

SCHEMA = Schema(
    tables=METADATA,
    meta=META,
    version=1,
    first={},
    foreign_table=messages.counts_foreign_table,
    other_version=messages.counts_other_version,
)
