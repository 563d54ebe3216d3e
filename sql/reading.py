"""Opening a store to read it, without SQLAlchemy, which takes longer to import than most questions to answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sql import postgresql, sqlite
from sql.address import unknown_address_error
from sql.connections import ReadConnectionPool

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sql.revision import Reader


def reader_for(address: str) -> Callable[[], AbstractContextManager[Reader]]:
    """What opens one snapshot after the other of the store at the file or URL `address`; it isn't opened yet.

    Raises:
        StoreError: the URL is neither SQLite's nor PostgreSQL's.
    """
    path = sqlite.path_from_url(address)
    if path is not None:
        return partial(sqlite.snapshot, path)
    if not postgresql.is_postgresql(address):
        raise unknown_address_error(address)
    return ReadConnectionPool(address).snapshot
