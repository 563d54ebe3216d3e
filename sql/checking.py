"""Whether a store is as this camlode would make it, and whole."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from sql import postgresql, sqlite
from sql.address import mask_password
from sql.description import compare_schemas, describe_schema
from sql.reading import reader_for
from sql.revision import REVISION, REVISIONS, read_revision, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from sql.description import SchemaDescription
    from sql.revision import Reader


def check(address: str) -> list[str]:
    """What is wrong with the store at the file or URL `address`, each in a line; nothing, where all is well.

    Its revision is compared, then its tables, columns, constraints, indexes and views with those of a store that is
    just made; a SQLite file is read through as a whole. Nothing is changed.

    Raises:
        StoreError: there is no store, or it can't be opened.
    """
    with reader_for(address)() as reader:
        name, revision = reader.name, read_revision(reader)
        problems = _check_integrity(reader)
        found = describe_schema(reader)
    if revision != REVISION:
        # Its tables can't be those of today.
        known = f"camlode db upgrade {name}" if revision in REVISIONS else "update camlode"
        return [f"it is of revision {revision}, and this camlode works with {REVISION}: {known}", *problems]
    return [*compare_schemas(found, _describe_fresh_store(address)), *problems]


def find_dangling_references(reader: Reader) -> list[str]:
    """How many rows of a SQLite store point at others which aren't there, in words."""
    rows = reader.rows("PRAGMA foreign_key_check", {})
    lost = Counter((row["table"], row["parent"]) for row in rows)
    return [f"{count} of {table} point at {parent} that are not there" for (table, parent), count in lost.items()]


def _check_integrity(reader: Reader) -> list[str]:
    """Where SQLite's file contradicts itself; PostgreSQL answers for its own."""
    if reader.dialect != "sqlite":
        return []
    try:
        found = [row["integrity_check"] for row in reader.rows("PRAGMA integrity_check", {})]
    except sqlite3.DatabaseError as error:  # where too much is broken to go on
        return [str(error)]
    if found == ["ok"]:
        return find_dangling_references(reader)
    return [line for problem in found for line in problem.splitlines()]


def _describe_fresh_store(address: str) -> SchemaDescription:
    """What a store is like that was just made: in memory, or of temporary tables."""
    from sql.engine import ConnectionReader
    from sql.views import METADATA, create_views

    with _scratch_connection(address) as connection:
        METADATA.create_all(connection, checkfirst=False)
        create_views(connection)
        stamp(connection, REVISION)
        return describe_schema(ConnectionReader(connection, mask_password(address)))


@contextmanager
def _scratch_connection(address: str) -> Iterator[Connection]:
    """A transaction in which tables can be made that nobody else sees and that are gone afterwards."""
    from sqlalchemy import NullPool, create_engine

    from sql.engine import translate_errors

    if sqlite.path_from_url(address) is not None:
        with create_engine("sqlite://").connect() as connection:
            yield connection
        return
    engine = create_engine(
        "postgresql+psycopg://", creator=partial(postgresql.connect, address, "write"), poolclass=NullPool
    )
    with translate_errors(address), engine.connect() as connection:
        connection.exec_driver_sql("SET search_path = pg_temp")
        yield connection
