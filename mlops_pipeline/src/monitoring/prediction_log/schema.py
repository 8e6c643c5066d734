"""A set of tables with a version: whether a database has them, and their creation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, Table, insert, inspect, select

from mlops_pipeline.src.errors import UnknownLogSchemaError


@dataclass(frozen=True, slots=True)
class Schema:
    """Tables that belong together.

    Attributes:
        meta: one of them, which has one row: the schema's version, and what may stand beside it.
        first: that row.
        foreign_table: says of a table's name that the database has it otherwise.
        other_version: says that the tables are of the found version, not of the known one.

    """

    tables: MetaData
    meta: Table
    version: int
    first: dict[str, object]
    foreign_table: Callable[[str], str]
    other_version: Callable[[object, int], str]

    def is_known(self, connection: Connection) -> bool:
        """Tell whether the tables are there; False where none of them is.

        Raises:
            UnknownLogSchemaError: a table is of another version, or is not one of these.

        """
        inspector = inspect(connection)
        found = {
            table: {str(column["name"]) for column in inspector.get_columns(table.name)}
            for table in self.tables.sorted_tables
            if inspector.has_table(table.name)
        }
        if self.meta in found:
            self._check_version(connection, found[self.meta])
        for table, columns in found.items():
            if len(found) != len(self.tables.tables) or columns != set(table.columns.keys()):
                raise UnknownLogSchemaError(self.foreign_table(table.name))
        return bool(found)

    def seems_known(self, connection: Connection) -> bool:
        """Tell the same; where in doubt, they are not there.

        Another process may create them between two looks of this one, so that only a part of
        them is seen: what is wrong is believed once it is seen alone, in a transaction.
        """
        try:
            return self.is_known(connection)
        except UnknownLogSchemaError:
            return False

    def ensure(
        self,
        connection: Connection,
        transaction: Callable[[Connection], AbstractContextManager[None]],
    ) -> None:
        """Create the tables where there are none; raises like `is_known`.

        Args:
            connection: to the database.
            transaction: keeps a transaction open, alone among all that may create them.

        """
        if self.seems_known(connection):
            return
        with transaction(connection):  # others may create them now
            if not self.is_known(connection):
                self.tables.create_all(connection, checkfirst=False)
                connection.execute(
                    insert(self.meta).values(schema_version=self.version, **self.first)
                )

    def _check_version(self, connection: Connection, columns: set[str]) -> None:
        """Refuse another version than this program's (the other columns may be any)."""
        column = self.meta.c.schema_version
        if column.name not in columns:
            raise UnknownLogSchemaError(self.foreign_table(self.meta.name))
        versions = list(connection.scalars(select(column)))
        if versions != [self.version]:
            found = versions[0] if len(versions) == 1 else versions
            raise UnknownLogSchemaError(self.other_version(found, self.version))
