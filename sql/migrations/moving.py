"""Making room for new tables of old names: the rows are put aside, which both databases can do within a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, Table, func, select

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

ASIDE = "camlode_old_"
"""How the names of copies begin; none is there before or after an upgrade."""


def copy_aside(connection: Connection, tables: MetaData) -> dict[str, Table]:
    """Copies the rows of `tables` and drops them; gives the copies, which have no constraints, by the tables' names."""
    copies = MetaData()
    for table in reversed(tables.sorted_tables):  # first those that point at others
        connection.exec_driver_sql(f"CREATE TABLE {ASIDE}{table.name} AS SELECT * FROM {table.name}")  # noqa: S608
        table.drop(connection, checkfirst=False)
    return {table.name: _plain(table, copies) for table in tables.sorted_tables}


def move(connection: Connection, source: Table, target: Table) -> None:
    """Moves all rows of a table into another that has its columns."""
    names = [column.name for column in source.columns]
    connection.execute(target.insert().from_select(names, select(source)))
    source.drop(connection, checkfirst=False)


def advance_sequences(connection: Connection, tables: Iterable[Table]) -> None:
    """Lets PostgreSQL number new rows after those that were given their numbers; SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        last = connection.scalar(select(func.max(table.c.id)))
        if last is not None:
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))


def _plain(table: Table, copies: MetaData) -> Table:
    return Table(f"{ASIDE}{table.name}", copies, *(Column(column.name, column.type) for column in table.columns))
