"""Databases by way of SQLAlchemy: all writing, and the reading of what is not a plain SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from config.errors import StoreError
from sql import sqlite
from sql.address import masked
from sql.query import check_tables
from sql.views import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sql.records import Access, Row

SQLITE_DRIVERS = ("sqlite", "sqlite+pysqlite")


def open_engine(address: str, access: Access) -> Engine:
    """An engine for the file or URL `address`; connects to nothing yet.

    Raises:
        StoreError: the URL is broken, or its database or driver is not known here.
    """
    url = _url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(address, url, access)
    try:
        return create_engine(url, poolclass=NullPool)
    except NoSuchModuleError as error:
        raise StoreError(f"{masked(address)}: SQLAlchemy has no dialect for {url.drivername}") from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"{masked(address)}: its driver {error.name} is not installed: install it, or name another, "
            f"such as {url.get_backend_name()}+DRIVER://"
        ) from error


def create_store(address: str) -> None:
    """Makes the tables and views where the database is empty; a store that is there stays as it is.

    Raises:
        StoreError: the database holds something else (which is left untouched), or cannot be written.
    """
    with writing(address, "create") as connection:
        tables = set(inspect(connection).get_table_names())
        if tables:
            check_tables(tables, masked(address))
            _check_columns(connection, masked(address))
        else:
            METADATA.create_all(connection, checkfirst=False)


def _check_columns(connection: Connection, name: str) -> None:
    """A StoreError before a job begins is better than one after hours, when its result doesn't fit."""
    found = inspect(connection)
    for table in METADATA.sorted_tables:
        missing = {column.name for column in table.columns} - {each["name"] for each in found.get_columns(table.name)}
        if missing:
            raise StoreError(
                f"{name}: its table {table.name} has no column {min(missing)}: the store was made by another version "
                "of camlode; name another in store.url"
            )


@contextmanager
def writing(address: str, access: Access = "write") -> Iterator[Connection]:
    """One transaction: all of it is committed at the end, or none.

    Raises:
        StoreError: the database refuses; the line says why.
    """
    with _errors(address), open_engine(address, access).begin() as connection:
        yield connection


@contextmanager
def reading(address: str) -> Iterator[EngineReader]:
    """One snapshot of the store at `address`."""
    with _errors(address), open_engine(address, "read").begin() as connection:
        yield EngineReader(connection, masked(address))


class EngineReader:
    """Reads by SQL text within one transaction."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.name = name
        self._connection = connection

    def rows(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        """The rows of a SELECT with :named parameters."""
        result = self._connection.execute(text(statement), dict(parameters))
        return [dict(row) for row in result.mappings()]

    def tables(self) -> set[str]:
        """The names of the tables."""
        return set(inspect(self._connection).get_table_names())


def _url(address: str) -> URL:
    path = sqlite.file_of(address)
    if path is not None:
        return URL.create("sqlite", database=str(path))
    try:
        return make_url(address)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            f"{masked(address)}: not a database URL: expected DIALECT+DRIVER://USER:PASSWORD@HOST/DATABASE"
        ) from error


def _sqlite_engine(address: str, url: URL, access: Access) -> Engine:
    if url.drivername not in SQLITE_DRIVERS or url.database in (None, "", ":memory:") or url.query:
        raise StoreError(f"{masked(address)}: expected a SQLite file and no options: sqlite:///PATH")
    connect = partial(sqlite.connect, Path(str(url.database)), access)
    engine = create_engine(url, creator=connect, poolclass=NullPool, paramstyle="named")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if access == "read" else "BEGIN IMMEDIATE")

    return engine


@contextmanager
def _errors(address: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"{masked(address)}: {_reason(error, address)}") from error


def _reason(error: DBAPIError, address: str) -> str:
    if isinstance(error.orig, sqlite3.Error):
        return sqlite.reason(error.orig, Path(str(_url(address).database)))
    lines = str(error.orig).splitlines()
    return lines[0] if lines else type(error.orig).__name__
