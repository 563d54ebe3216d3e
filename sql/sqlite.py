"""SQLite: files, settings and errors. Uses only the standard library, so that reading starts fast."""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from camlode.config.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from camlode.sql.records import AccessMode, Row

BUSY_SECONDS = 60.0
"""How long a statement waits while another program writes."""

PAGE_CACHE_KIBIBYTES = 65_536


_LOG = logging.getLogger(__name__)

SCHEMES = ("sqlite:///", "sqlite+pysqlite:///")


def path_from_url(address: str) -> Path | None:
    """Return the file of a path or of `sqlite:///path`; None for any other URL."""
    if "://" not in address:
        return Path(address)
    scheme = next((scheme for scheme in SCHEMES if address.startswith(scheme)), None)
    path = address.removeprefix(scheme or address)
    return None if "?" in path or path in ("", ":memory:") else Path(path)


def connect(path: Path, access: AccessMode) -> sqlite3.Connection:
    """Open `path`.

    Raises:
        StoreError: there is no such file, it is not a SQLite database, or it cannot be created.
    """
    if access != "create" and not path.exists():
        raise StoreError(f"there is no pattern store at {path}: camlode mine makes one")
    _LOG.debug("opening %s to %s", path, access)
    with translate_errors(path):
        connection = sqlite3.connect(
            _connection_uri(path, access), uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
        try:
            _configure(connection, access)
        except sqlite3.Error:
            connection.close()
            raise
    return connection


@contextmanager
def snapshot(path: Path) -> Iterator[SqliteReader]:
    """Open one snapshot of the store at `path`."""
    with closing(connect(path, "read")) as connection, translate_errors(path):
        connection.execute("BEGIN")
        yield SqliteReader(connection, str(path))


class SqliteReader:
    """A `Reader` of one SQLite transaction."""

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self.name = name
        self._connection = connection

    def rows(self, statement: str, parameters: Mapping[str, object]) -> list[Row]:
        """Return the rows of a SELECT with :named parameters."""
        return list(self.stream(statement, parameters))

    def stream(self, statement: str, parameters: Mapping[str, object]) -> Iterator[Row]:
        """Yield the rows of a SELECT with :named parameters."""
        with closing(self._connection.execute(statement, dict(parameters))) as cursor:
            columns = [column[0] for column in cursor.description]
            for values in cursor:
                yield dict(zip(columns, values, strict=True))

    def tables(self) -> set[str]:
        """Return the names of the tables, without those of the search index."""
        statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'"
        found = {row["name"] for row in self.rows(statement, {})}
        return {name for name in found if not name.startswith("fragment_search")}


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as a StoreError about `path`."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {describe_error(error, path)}") from error
    except OverflowError as error:
        raise StoreError(f"{path}: a number in the query has more than 64 bits, which no row has") from error


def describe_error(error: sqlite3.Error, path: Path) -> str:
    """Describe an error of SQLite and what to do, in one line."""
    message = str(error)
    if "not a database" in message:
        return "not a SQLite database, so not a pattern store"
    if "unable to open" in message:
        return _explain_open_failure(path)
    if "locked" in message:
        return f"another program has been writing to it for {BUSY_SECONDS:g} seconds: try again when it is done"
    if "readonly database" in message:
        return "the file is read-only: check the permissions of the file and its folder"
    if "no such module: fts5" in message:
        return "this Python's SQLite was built without full-text search (FTS5), which a store needs: use another Python"
    return message


def _configure(connection: sqlite3.Connection, access: AccessMode) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    empty = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None
    if access == "read":
        connection.execute("PRAGMA query_only = ON")
        return
    connection.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIBIBYTES}")
    if empty:  # it becomes a store; the setting is stored in the file, so never change another program's file
        connection.execute("PRAGMA journal_mode = WAL")


def _connection_uri(path: Path, access: AccessMode) -> str:
    mode = {"read": _read_mode(path), "write": "rw", "create": "rwc"}[access]
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _read_mode(path: Path) -> str:
    # A reader with write access cleans the WAL files up. Without it, SQLite needs these files to exist already, or the
    # promise that the file does not change.
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return "rw"
    return "ro" if path.with_name(f"{path.name}-wal").exists() else "ro&immutable=1"


def _explain_open_failure(path: Path) -> str:
    if path.is_dir():
        return "a folder, where a SQLite file was expected"
    if not path.parent.is_dir():
        return f"the folder {path.parent} does not exist: make it, or name another"
    return "the file cannot be opened: check the permissions of the file and its folder"
