"""Whether a store is as this camlode would make it, and whole."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from sql import postgresql, sqlite
from sql.address import masked
from sql.description import describe, differences
from sql.reading import reads_of
from sql.revision import REVISION, REVISIONS, revision_of, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from sql.description import Description
    from sql.revision import Reader


def check(address: str) -> list[str]:
    """What is wrong with the store at the file or URL `address`, each in a line; nothing, where all is well.

    Its revision is compared, then its tables, columns, constraints, indexes and views with those of a store that is
    just made; a SQLite file is read through as a whole. Nothing is changed.

    Raises:
        StoreError: there is no store, or it can't be opened.
    """
    with reads_of(address)() as reader:
        name, revision = reader.name, revision_of(reader)
        problems = _broken(reader)
        found = describe(reader)
    if revision != REVISION:
        # Its tables can't be those of today.
        known = f"camlode db upgrade {name}" if revision in REVISIONS else "update camlode"
        return [f"it is of revision {revision}, and this camlode works with {REVISION}: {known}", *problems]
    return [*differences(found, _expected(address)), *problems]


def lost_references(reader: Reader) -> list[str]:
    """How many rows of a SQLite store point at others which aren't there, in words."""
    rows = reader.rows("PRAGMA foreign_key_check", {})
    lost = Counter((row["table"], row["parent"]) for row in rows)
    return [f"{count} of {table} point at {parent} that are not there" for (table, parent), count in lost.items()]


def _broken(reader: Reader) -> list[str]:
    """Where SQLite's file contradicts itself; PostgreSQL answers for its own."""
    if reader.dialect != "sqlite":
        return []
    try:
        found = [row["integrity_check"] for row in reader.rows("PRAGMA integrity_check", {})]
    except sqlite3.DatabaseError as error:  # where too much is broken to go on
        return [str(error)]
    if found == ["ok"]:
        return lost_references(reader)
    return [line for problem in found for line in problem.splitlines()]


def _expected(address: str) -> Description:
    """What a store is like that was just made: in memory, or of temporary tables."""
    from sql.engine import ConnectionReader
    from sql.views import METADATA, create_views

    with _room(address) as connection:
        METADATA.create_all(connection, checkfirst=False)
        create_views(connection)
        stamp(connection, REVISION)
        return describe(ConnectionReader(connection, masked(address)))


@contextmanager
def _room(address: str) -> Iterator[Connection]:
    """A transaction in which tables can be made that nobody else sees and that are gone afterwards."""
    from sqlalchemy import NullPool, create_engine

    from sql.engine import errors

    if sqlite.file_of(address) is not None:
        with create_engine("sqlite://").connect() as connection:
            yield connection
        return
    engine = create_engine(
        "postgresql+psycopg://", creator=partial(postgresql.connect, address, "write"), poolclass=NullPool
    )
    with errors(address), engine.connect() as connection:
        connection.exec_driver_sql("SET search_path = pg_temp")
        yield connection
