"""Which revision a store is of, and whether this camlode can work with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from camlode.config.errors import StoreError, join_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from camlode.sql.records import Row

REVISIONS = ("0001", "0002")
"""All revisions that a store may be of, oldest first; sql/migrations has a file for each."""

REVISION = REVISIONS[-1]

VERSION_TABLE = "camlode_version"

FIRST_TABLES = frozenset({"examples", "fragments", "labels", "patterns", "rejects", "runs", "shards"})
"""The tables of revision 0001, which kept no note of its revision."""

TABLES = FIRST_TABLES | {"models", "corpora", "reviews", "rule_sets", "rule_set_evaluations", VERSION_TABLE}


class Reader(Protocol):
    """One snapshot of a store; `name` is how messages call it, `dialect` is "sqlite" or "postgresql"."""

    name: str
    dialect: str

    def rows(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        """The rows of a SELECT with :named parameters."""

    def stream(self, statement: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        """The same, one after the other."""

    def tables(self) -> set[str]:
        """The names of the tables."""


def check_store(reader: Reader) -> None:
    """Refuses what is no store of this revision.

    Raises:
        StoreError: the database is empty, or of something else, or a store of an older or newer camlode; the line says
            which, and what to do.
    """
    revision = read_revision(reader)
    if revision == REVISION:
        return
    if revision in REVISIONS:
        raise StoreError(
            f"{reader.name}: a store of revision {revision}, and this camlode works with {REVISION}: bring it up to "
            f"date with: camlode db upgrade {reader.name}"
        )
    raise StoreError(
        f"{reader.name}: a store of revision {revision}, made by a newer camlode than this one, which knows "
        f"{REVISION}: update camlode"
    )


def read_revision(reader: Reader) -> str:
    """The revision of a store.

    Raises:
        StoreError: the database is empty, or of something else.
    """
    tables = reader.tables()
    if not tables:
        raise StoreError(f"{reader.name}: an empty database, so there are no patterns yet: camlode mine makes them")
    if VERSION_TABLE in tables:
        found = reader.rows(f"SELECT version_num FROM {VERSION_TABLE}", {})  # noqa: S608 (a name of ours)
        if len(found) == 1:
            return str(found[0]["version_num"])
    if tables >= FIRST_TABLES:
        return REVISIONS[0]
    raise StoreError(
        f"{reader.name}: a database of something else (tables {join_words(sorted(tables))}): left untouched"
    )


def stamp(connection: Connection, revision: str) -> None:
    """Notes the revision of a store that was just made."""
    connection.exec_driver_sql(
        f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL, "
        f"CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} VALUES ('{revision}')")  # noqa: S608 (ours)
