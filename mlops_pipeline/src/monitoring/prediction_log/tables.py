"""The log's tables, and the check that a database holds these and no others.

`predictions.created_ms` repeats the moment that the id contains, for who reads the table:
`SELECT datetime(created_ms / 1000, 'unixepoch'), * FROM predictions` in SQLite,
`SELECT to_timestamp(created_ms / 1000.0), * FROM predictions` in PostgreSQL.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    insert,
    inspect,
    select,
)

from mlops_pipeline import messages
from mlops_pipeline.src.errors import UnknownLogSchemaError

SCHEMA_VERSION = 1

# Ids are compared as bytes, whatever the language of the PostgreSQL database.
_ID = Text().with_variant(Text(collation="C"), "postgresql")

METADATA = MetaData()

PREDICTIONS = Table(
    "predictions",
    METADATA,
    # AUTOINCREMENT: a number is not given again once the newest rows are deleted.
    Column(
        "seq",
        BigInteger().with_variant(Integer, "sqlite"),
        Identity(always=True),
        primary_key=True,
    ),
    Column("prediction_id", _ID, nullable=False, unique=True),
    Column("request_id", Text, nullable=False),
    Column("model_version", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("probability", Double, nullable=False),
    Column("threshold", Double, nullable=False),
    Column("decision", SmallInteger, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

# SQLite ends each entry of an index with the row's number: there, `seq` is in it anyway.
Index("predictions_by_version", PREDICTIONS.c.model_version).ddl_if(dialect="sqlite")
Index("predictions_by_version", PREDICTIONS.c.model_version, PREDICTIONS.c.seq).ddl_if(
    dialect="postgresql"
)

META = Table(
    "prediction_log_meta",
    METADATA,
    Column("schema_version", Integer, primary_key=True, autoincrement=False),
    Column("probe", Text, nullable=False),
)


def known_schema(connection: Connection) -> bool:
    """Tell whether the log's tables are there; False where none of them is.

    Raises:
        UnknownLogSchemaError: a table is of another version, or is not the log's.

    """
    inspector = inspect(connection)
    found = [table for table in METADATA.sorted_tables if inspector.has_table(table.name)]
    if META in found:
        _check_version(connection, {str(c["name"]) for c in inspector.get_columns(META.name)})
    for table in found:
        columns = {str(column["name"]) for column in inspector.get_columns(table.name)}
        if len(found) != len(METADATA.tables) or columns != set(table.columns.keys()):
            raise UnknownLogSchemaError(messages.log_foreign_table(table.name))
    return bool(found)


def _check_version(connection: Connection, columns: set[str]) -> None:
    """Refuse another version than this program's (the other columns may be any)."""
    if META.c.schema_version.name not in columns:
        raise UnknownLogSchemaError(messages.log_foreign_table(META.name))
    versions = list(connection.scalars(select(META.c.schema_version)))
    if versions != [SCHEMA_VERSION]:
        found = versions[0] if len(versions) == 1 else versions
        raise UnknownLogSchemaError(messages.log_other_version(found, SCHEMA_VERSION))


def create_schema(connection: Connection) -> None:
    """Create the tables, inside the caller's transaction."""
    METADATA.create_all(connection, checkfirst=False)
    connection.execute(insert(META).values(schema_version=SCHEMA_VERSION, probe=""))
