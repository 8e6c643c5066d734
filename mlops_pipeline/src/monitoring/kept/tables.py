"""The tables of the kept counts, beside the log's, and the check that they are these.

They hold no loan's row: counts by day of arrival (Colombia) and model, and by segment.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
)

from mlops_pipeline import messages
from mlops_pipeline.src.errors import UnknownLogSchemaError

SCHEMA_VERSION = 1
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


def known_schema(connection: Connection) -> bool:
    """Tell whether the tables are there; False where none of them is.

    Raises:
        UnknownLogSchemaError: a table is of another version, or is not one of these.

    """
    inspector = inspect(connection)
    found = [table for table in METADATA.sorted_tables if inspector.has_table(table.name)]
    for table in found:
        columns = {str(column["name"]) for column in inspector.get_columns(table.name)}
        if len(found) != len(METADATA.tables) or columns != set(table.columns.keys()):
            raise UnknownLogSchemaError(messages.counts_foreign_table(table.name))
    if found:
        versions = list(connection.scalars(select(META.c.schema_version)))
        if versions != [SCHEMA_VERSION]:
            raise UnknownLogSchemaError(messages.counts_other_version(versions, SCHEMA_VERSION))
    return bool(found)


def create_schema(connection: Connection) -> None:
    """Create the tables, inside the caller's transaction."""
    METADATA.create_all(connection, checkfirst=False)
    connection.execute(insert(META).values(schema_version=SCHEMA_VERSION))
