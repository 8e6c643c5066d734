"""The log's tables, and the check that a database holds these and no others.

`predictions.created_ms` repeats the moment that the id contains, for who reads the table:
`SELECT datetime(created_ms / 1000, 'unixepoch'), * FROM predictions` in SQLite,
`SELECT to_timestamp(created_ms / 1000.0), * FROM predictions` in PostgreSQL.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

from mlops_pipeline import messages
from mlops_pipeline.src.monitoring.prediction_log.schema import Schema

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

SCHEMA = Schema(
    tables=METADATA,
    meta=META,
    version=1,
    first={"probe": ""},
    foreign_table=messages.log_foreign_table,
    other_version=messages.log_other_version,
)
