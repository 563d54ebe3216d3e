"""PostgreSQL: connections, escaped texts and errors. Reading needs only the driver."""

from __future__ import annotations

import logging
import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from camlode.config.errors import StoreError
from camlode.sql import sqlite
from camlode.sql.store_url import mask_password

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import psycopg

    from camlode.sql.records import AccessMode, Row

_LOG = logging.getLogger(__name__)

SCHEMES = ("postgresql+psycopg://", "postgresql://", "postgres://")

CONNECT_SECONDS = 10
"""Timeout of a connection attempt."""

_ESCAPE = "\uf8ff"
_NAMED = re.compile(r"(?<![:\w]):(\w+)")


def is_postgresql(address: str) -> bool:
    """Whether an address names a PostgreSQL database."""
    return address.startswith(SCHEMES)


def connect(address: str, access: AccessMode) -> psycopg.Connection[Any]:
    """Connect to the database; with `access` "read" the connection sees one snapshot and changes nothing.

    Raises:
        StoreError: the driver is not installed, the URL is invalid, or the database cannot be reached.
    """
    driver = import_driver(address)
    _LOG.debug("connecting to %s to %s", mask_password(address), access)
    scheme = next(scheme for scheme in SCHEMES if address.startswith(scheme))
    url = f"postgresql://{address.removeprefix(scheme)}"
    with translate_errors(address):
        try:
            connection: psycopg.Connection[Any] = driver.connect(
                url, connect_timeout=CONNECT_SECONDS, application_name="camlode"
            )
        except driver.ProgrammingError as error:
            raise StoreError(
                f"{mask_password(address)}: not a database URL: expected postgresql://USER:PASSWORD@HOST/DATABASE"
            ) from error
        _adapt(connection)
        if access == "read":
            connection.isolation_level = driver.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
    return connection


class PostgresqlReader:
    """A `Reader` of one PostgreSQL transaction."""

    dialect = "postgresql"

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        self.name = name
        self._connection = connection
        self._streams = 0

    def rows(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        """Return the rows of a SELECT with :named parameters."""
        from psycopg.rows import dict_row

        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(_to_driver_parameters(statement), parameters).fetchall()

    def stream(self, statement: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        """Yield the rows of a SELECT with :named parameters, fetched 5,000 at a time."""
        from psycopg.rows import dict_row

        self._streams += 1
        with self._connection.cursor(f"stream_{self._streams}", row_factory=dict_row) as cursor:
            cursor.itersize = 5000
            yield from cursor.execute(_to_driver_parameters(statement), parameters)

    def tables(self) -> set[str]:
        """Return the names of the tables in the connection's schema."""
        found = self.rows("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()", {})
        return {row["tablename"] for row in found}


@contextmanager
def translate_errors(address: str) -> Iterator[None]:
    """Raise PostgreSQL's errors as a StoreError about `address`."""
    driver = import_driver(address)
    try:
        yield
    except driver.Error as error:
        raise StoreError(f"{mask_password(address)}: {describe_error(error)}") from error


def describe_error(error: Exception) -> str:
    """Describe an error of PostgreSQL in one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if getattr(error, "sqlstate", None) == "55P03":
        return f"another program has been writing to it for {sqlite.BUSY_SECONDS:g} seconds: try again when it is done"
    return lines[0] if lines else type(error).__name__


def escape_text(text: str) -> str:
    """Encode NUL, which PostgreSQL cannot store, as U+F8FF and "0", and U+F8FF as U+F8FF and "F"."""
    if "\0" not in text and _ESCAPE not in text:
        return text
    return text.replace(_ESCAPE, f"{_ESCAPE}F").replace("\0", f"{_ESCAPE}0")


def unescape_text(text: str) -> str:
    """Undo `escape_text`."""
    if _ESCAPE not in text:
        return text
    return text.replace(f"{_ESCAPE}0", "\0").replace(f"{_ESCAPE}F", _ESCAPE)


def _to_driver_parameters(statement: str) -> str:
    return _NAMED.sub(r"%(\1)s", statement.replace("%", "%%"))


def import_driver(address: str) -> Any:
    """Import psycopg; raise a StoreError about `address` if it is not installed."""
    try:
        import psycopg
    except ImportError as error:
        raise StoreError(
            f"{mask_password(address)}: PostgreSQL's driver is not installed: pip install 'camlode[postgres]'"
        ) from error
    return psycopg


def _adapt(connection: psycopg.Connection[Any]) -> None:
    dumper, loader = _adapters()
    connection.adapters.register_dumper(str, dumper)
    for name in ("text", "varchar"):
        connection.adapters.register_loader(name, loader)


@cache
def _adapters() -> tuple[type[Any], type[Any]]:
    from psycopg.types.string import StrDumperUnknown, TextLoader

    class EscapingDumper(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(escape_text(obj))

    class UnescapingLoader(TextLoader):
        def load(self, data: Any) -> str:
            return unescape_text(str(super().load(data)))

    return EscapingDumper, UnescapingLoader
