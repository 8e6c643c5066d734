"""The statements that write, written by SQLAlchemy once and then given to the driver as they are.

One step of the driver inserts up to 64 records. A step for each row (`executemany`) would take and
give the interpreter's lock once a row, in competition with the thread of the event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain
from typing import cast

from sqlalchemy import Dialect, bindparam, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from mlops_pipeline.src.monitoring.prediction_log.backend import Statement
from mlops_pipeline.src.monitoring.prediction_log.ids import moment_ms
from mlops_pipeline.src.monitoring.prediction_log.records import PredictionRecord
from mlops_pipeline.src.monitoring.prediction_log.tables import META, PREDICTIONS

ROWS = 64

# Larger than the room that is left in a page or two: a disk without room is noticed. One text and
# the other in turn: SQLite does not write a page whose content stays the same.
_PROBES = tuple(mark * 16_384 for mark in ".:")
_COLUMNS = (*PredictionRecord._fields, PREDICTIONS.c.created_ms.name)
_INSERTS: dict[str, Callable[..., postgresql.Insert | sqlite.Insert]] = {
    "postgresql": postgresql.insert,
    "sqlite": sqlite.insert,
}


class Statements:
    """The log's statements in the spelling of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._insert_rows = cache(self._write_insert)
        seq, ids = PREDICTIONS.c.seq, PREDICTIONS.c.prediction_id
        oldest = select(seq).where(ids < bindparam("floor")).order_by(ids).limit(bindparam("rows"))
        self._delete = delete(PREDICTIONS).where(seq.in_(oldest))
        one, other = _PROBES
        turned = case((META.c.probe == one, other), else_=one)
        self.probe = self._statement(update(META).values(probe=turned))

    def insert(self, records: Sequence[PredictionRecord]) -> list[Statement]:
        """Give the statements that insert the records that are not yet there.

        Raises:
            ValueError: an id is not one of `ids`.

        """
        return [
            Statement(self._insert_rows(len(part)), tuple(_values(part)))
            for part in (records[at : at + ROWS] for at in range(0, len(records), ROWS))
        ]

    def delete(self, floor: str, rows: int) -> Statement:
        """Give the statement that deletes the first so many predictions below an id."""
        return self._statement(self._delete, floor=floor, rows=rows)

    def _write_insert(self, rows: int) -> str:
        """Write the statement that inserts so many rows."""
        insert = _INSERTS[self._dialect.name](PREDICTIONS)
        return self._statement(
            insert.values([dict.fromkeys(_COLUMNS, 0)] * rows).on_conflict_do_nothing(
                index_elements=[PREDICTIONS.c.prediction_id]
            )
        ).sql

    def _statement(self, clause: ClauseElement, **values: str | int) -> Statement:
        """Write a statement as the driver takes it, with its values in their order."""
        compiled = cast(SQLCompiler, clause.compile(dialect=self._dialect))
        given = compiled.construct_params(values)
        return Statement(str(compiled), tuple(given[name] for name in compiled.positiontup or ()))


def _values(records: Iterable[PredictionRecord]) -> Iterable[object]:
    """Give the values of all the rows, one after the other."""
    return chain.from_iterable((*record, moment_ms(record.prediction_id)) for record in records)
