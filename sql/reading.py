"""Opening a store to read it, without SQLAlchemy, whose import takes longer than most queries."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from camlode.sql import postgresql, sqlite
from camlode.sql.postgresql import PostgresqlReader, connect, import_driver, translate_errors
from camlode.sql.store_url import mask_password, unknown_address_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    import psycopg

    from camlode.sql.revision import Reader


def reader_for(address: str) -> Callable[[], AbstractContextManager[Reader]]:
    """Return a function that opens a snapshot of the store at the file or URL `address`; opens nothing yet.

    Raises:
        StoreError: the URL is neither SQLite's nor PostgreSQL's.
    """
    path = sqlite.path_from_url(address)
    if path is not None:
        return partial(sqlite.snapshot, path)
    if not postgresql.is_postgresql(address):
        raise unknown_address_error(address)
    return ReadConnectionPool(address).snapshot


class ReadConnectionPool:
    """Connections to PostgreSQL that are kept from one query to the next: connecting takes longer than most queries."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._idle: deque[psycopg.Connection[Any]] = deque()

    def __reduce__(self) -> tuple[Any, ...]:
        return ReadConnectionPool, (self._address,)

    def __del__(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def snapshot(self) -> Iterator[PostgresqlReader]:
        """Open one snapshot of the store."""
        connection = self._take_idle() or connect(self._address, "read")
        try:
            with translate_errors(self._address):
                yield PostgresqlReader(connection, mask_password(self._address))
                connection.rollback()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    def _take_idle(self) -> psycopg.Connection[Any] | None:
        """Return an idle connection that the server has not closed meanwhile."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return None
            try:
                connection.execute("")
            except import_driver(self._address).Error:
                connection.close()
            else:
                return connection
