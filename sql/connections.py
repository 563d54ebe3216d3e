"""Connections to PostgreSQL that are kept from one question to the next."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sql.address import mask_password
from sql.postgresql import PostgresqlReader, connect, translate_errors, import_driver

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg


class ReadConnectionPool:
    """Connections that read the store at `address`, kept for the next question: making one takes longer than most."""

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
        """One snapshot of the store."""
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
        """One that is idle, unless the server has ended it meanwhile."""
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
