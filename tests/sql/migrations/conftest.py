"""A store of each earlier revision, as the camlode of its time left it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, select

from camlode.sql import PatternStore, engine, migration, postgresql
from camlode.sql.migrations import revision_0001
from camlode.sql.revision import FIRST_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

STORES = Path(__file__).parents[1] / "stores"


@pytest.fixture
def old(address: str) -> str:
    """The saved store of revision 0001 at `address`; in PostgreSQL, which had none, one of the same rows."""
    if postgresql.is_postgresql(address):
        with engine.transaction(address, "create") as connection:
            migration.migrate(connection, "0001")
            for table, rows in saved_rows().items():
                connection.execute(revision_0001.METADATA.tables[table].insert(), rows)
            connection.exec_driver_sql("CREATE VIEW top_patterns AS SELECT id AS run FROM runs WHERE current")
        return address
    with closing(sqlite3.connect(address)) as connection:
        connection.executescript((STORES / "0001.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode = WAL")
    return address


@pytest.fixture
def upgraded(old: str) -> PatternStore:
    """The store of revision 0001 after its upgrade."""
    migration.upgrade(old)
    return PatternStore(old)


@pytest.fixture
def dump_tables(address: str, query: Callable[..., list[tuple[Any, ...]]]) -> Callable[[], dict[str, list[str]]]:
    """All rows of each of the tables of revision 0001, and by "" the names of all tables."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if postgresql.is_postgresql(address):
        named = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"

    def rows() -> dict[str, list[str]]:
        content = {table: sorted(map(repr, query(f"SELECT * FROM {table}"))) for table in sorted(FIRST_TABLES)}
        return content | {"": sorted(name for (name,) in query(named))}

    return rows


def saved_rows() -> dict[str, list[dict[str, Any]]]:
    """The rows of the saved store by table, those first that others point at."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript((STORES / "0001.sql").read_text(encoding="utf-8"))
        reading = create_engine("sqlite://", creator=lambda: memory)
        with reading.connect() as connection:
            return {
                table.name: [
                    {name: as_utc(value) for name, value in row.items()}
                    for row in connection.execute(select(table)).mappings()
                ]
                for table in revision_0001.METADATA.sorted_tables
            }


def as_utc(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
