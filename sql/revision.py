"""The revision of a store, and whether this version of camlode can work with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from camlode.config.errors import StoreError, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from camlode.sql.records import Row

REVISIONS = ("0001",)
"""All revisions that a store can have, oldest first; sql/migrations/versions has a file for each."""

REVISION = REVISIONS[-1]

REVISION_TABLE = "camlode_revision"

DEVELOPMENT_TABLES = frozenset({"examples", "fragments", "labels", "patterns", "rejects", "runs", "shards"})
"""The tables that every store of the time before the first release has; these stores have no `REVISION_TABLE`."""

TABLES = DEVELOPMENT_TABLES | {"models", "corpora", "reviews", "rule_sets", "rule_set_evaluations", REVISION_TABLE}


class Reader(Protocol):
    """One snapshot of a store; `name` is its name in messages, `dialect` is "sqlite" or "postgresql"."""

    name: str
    dialect: str

    def rows(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        """Return the rows of a SELECT with :named parameters."""

    def stream(self, statement: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        """Yield the rows of a SELECT with :named parameters, without loading all of them."""

    def tables(self) -> set[str]:
        """Return the names of the tables."""


def check_store(reader: Reader) -> None:
    """Refuse a database that is not a store of this revision.

    Raises:
        StoreError: the database is empty, or not a store, or a store of an older or newer version of camlode; the line
            says which, and what to do.
    """
    revision = read_revision(reader)
    if revision == REVISION:
        return
    if revision in REVISIONS:
        raise StoreError(
            f"{reader.name}: the store has revision {revision}, but this version of camlode needs {REVISION}: upgrade "
            f"it with: camlode db upgrade {reader.name}"
        )
    raise StoreError(
        f"{reader.name}: the store has revision {revision}, made by a newer version of camlode; this version knows "
        f"{REVISION}: update camlode"
    )


def read_revision(reader: Reader) -> str:
    """Return the revision of a store.

    Raises:
        StoreError: the database is empty, or not a store, or a store made before the first release.
    """
    tables = reader.tables()
    if not tables:
        raise StoreError(f"{reader.name}: an empty database without patterns: run camlode mine first")
    if REVISION_TABLE in tables:
        found = reader.rows(f"SELECT version_num FROM {REVISION_TABLE}", {})  # noqa: S608 (a constant)
        if len(found) == 1:
            return str(found[0]["version_num"])
    if tables >= DEVELOPMENT_TABLES:
        raise StoreError(
            f"{reader.name}: the store was made by a development version of camlode and cannot be upgraded: mine the "
            "corpus again into a new store"
        )
    raise StoreError(
        f"{reader.name}: not a pattern store, but a database with the tables {join_words(sorted(tables))}: nothing was "
        "changed"
    )


def stamp(connection: Connection, revision: str) -> None:
    """Record the revision of a store that was just made, as Alembic does."""
    connection.exec_driver_sql(
        f"CREATE TABLE {REVISION_TABLE} (version_num VARCHAR(32) NOT NULL, "
        f"CONSTRAINT {REVISION_TABLE}_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(f"INSERT INTO {REVISION_TABLE} VALUES ('{revision}')")  # noqa: S608 (a constant)
