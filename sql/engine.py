"""Transactions that write, through SQLAlchemy: one writer at a time, each transaction committed as a whole or not."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError

from camlode.config.errors import StoreError
from camlode.sql import postgresql, sqlite
from camlode.sql.revision import REVISION, check_store, stamp
from camlode.sql.store_url import mask_password, unknown_address_error
from camlode.sql.views import METADATA, create_views

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from camlode.sql.records import AccessMode, Row

PATIENCE_SECONDS = 60.0
"""How long a writer waits for a PostgreSQL server that is down, for example while it restarts."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('camlode'), hashtext(current_schema()))"


def open_engine(address: str, access: AccessMode) -> Engine:
    """Return an engine for the file or URL `address`; opens no connection yet.

    Raises:
        StoreError: the URL is neither SQLite's nor PostgreSQL's.
    """
    path = sqlite.path_from_url(address)
    if path is not None:
        return _sqlite_engine(path, access)
    if not postgresql.is_postgresql(address):
        raise unknown_address_error(address)
    return _postgresql_engine(address, access)


def create_store(address: str) -> None:
    """Create the tables and views in an empty database; an existing store is left as it is.

    Raises:
        StoreError: the database holds something else (which is left unchanged), is a store of another revision, or
            cannot be written.
    """
    with transaction(address, "create") as connection:
        reader = ConnectionReader(connection, mask_password(address))
        if reader.tables():
            check_store(reader)
            return
        check_encoding(connection, reader.name)
        METADATA.create_all(connection, checkfirst=False)
        create_views(connection)
        stamp(connection, REVISION)


@contextmanager
def transaction(address: str, access: AccessMode = "write") -> Iterator[Connection]:
    """Open a transaction that is committed at the end of the context, or rolled back if it raises.

    Raises:
        StoreError: the database reports an error.
    """
    with translate_errors(address), open_engine(address, access).begin() as connection:
        yield connection


class ConnectionReader:
    """A `Reader` within a transaction that writes."""

    def __init__(self, connection: Connection, name: str) -> None:
        self.name = name
        self.dialect = connection.dialect.name
        self._connection = connection

    def rows(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        """Return the rows of a SELECT with :named parameters."""
        return list(self.stream(statement, parameters))

    def stream(self, statement: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        """Yield the rows of a SELECT with :named parameters."""
        from sqlalchemy import text

        for row in self._connection.execute(text(statement), dict(parameters)).mappings():
            yield dict(row)

    def tables(self) -> set[str]:
        """Return the names of the tables, without those of the search index."""
        found = inspect(self._connection).get_table_names()
        return {name for name in found if not name.startswith("fragment_search")}


def check_encoding(connection: Connection, name: str) -> None:
    """Refuse a PostgreSQL database whose encoding cannot hold every text."""
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreError(f"{name}: expected a database whose encoding is UTF8, got {encoding}: create another database")


@contextmanager
def translate_errors(address: str) -> Iterator[None]:
    """Raise the database's errors, from SQLAlchemy or from the driver, as a StoreError about `address`."""
    path = sqlite.path_from_url(address)
    with postgresql.translate_errors(address) if path is None else sqlite.translate_errors(path):
        try:
            yield
        except DBAPIError as error:
            if error.orig is None:
                raise
            raise error.orig from error


def _sqlite_engine(path: Path, access: AccessMode) -> Engine:
    connect = partial(sqlite.connect, path, access)
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, paramstyle="named")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql_engine(address: str, access: AccessMode) -> Engine:
    connect = partial(_connect_with_retry if access == "write" else postgresql.connect, address, access)
    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{sqlite.BUSY_SECONDS:g}s'")
        connection.exec_driver_sql(_LOCK)

    return engine


def _connect_with_retry(address: str, access: AccessMode) -> Any:
    """Connect, and retry while the server is down: a job must not fail because its database restarts."""
    driver, began = postgresql.import_driver(address), time.monotonic()
    while True:
        try:
            return postgresql.connect(address, access)
        except StoreError as error:
            cause = error.__cause__
            if not (isinstance(cause, driver.OperationalError) and _is_server_down(cause)):
                raise
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise
        time.sleep(1.0)


def _is_server_down(error: Exception) -> bool:
    """Whether no server listens, or it starts up or shuts down; False if it refused the connection, as for a password.

    libpq has no SQLSTATE for a connection that failed, so this is read from the message: FATAL comes from a server.
    """
    return "FATAL" not in str(error) or "the database system is" in str(error)
