"""Upgrades of a store. Alembic, which runs the revisions, is imported only when one is due."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from camlode.config.errors import StoreError
from camlode.sql.check import check, find_dangling_references
from camlode.sql.ownership import STALE_SECONDS, has_ended, is_running_here, run_in_use_error
from camlode.sql.query.runs import to_utc
from camlode.sql.reading import reader_for
from camlode.sql.revision import REVISION, REVISIONS, check_store, read_revision
from camlode.sql.store_url import mask_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from camlode.sql.revision import Reader

__all__ = ["check", "current_revision", "migrate", "upgrade"]

VERSION_FOLDERS = ["camlode.sql:migrations/versions"]
"""Folders with Alembic's scripts."""


def current_revision(address: str) -> str:
    """Return the revision of the store at the file or URL `address`, whether or not this version of camlode knows it.

    Raises:
        StoreError: there is no store, or it cannot be opened.
    """
    with reader_for(address)() as reader:
        return read_revision(reader)


def upgrade(address: str) -> list[str]:
    """Upgrade the store at the file or URL `address` to the current revision; return the revisions that were applied.

    The upgrade is one transaction: if it fails or is killed, the store is unchanged. It waits for other programs that
    write or upgrade.

    Raises:
        StoreError: there is no store, or something else (left unchanged), or one of a newer version; a process works
            at one of its runs; the database refuses.
    """
    with reader_for(address)() as reader:
        if not _pending_revisions(reader):
            return []
    from camlode.sql.engine import ConnectionReader

    with _upgrade_transaction(address) as connection:
        reader = ConnectionReader(connection, mask_password(address))
        missing = _pending_revisions(reader)  # again: another program may have applied them meanwhile
        if missing:
            _require_no_active_runs(reader)
            _apply_revisions(connection, reader)
        return missing


def migrate(connection: Connection, revision: str) -> None:
    """Run the revisions up to `revision` in the connection's transaction; an empty database begins at the first."""
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "camlode.sql:migrations")
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(VERSION_FOLDERS))
    command.upgrade(config, revision)


def _pending_revisions(reader: Reader) -> list[str]:
    revision = read_revision(reader)
    if revision not in REVISIONS:
        check_store(reader)  # raises: made by a newer version
    return [*REVISIONS[REVISIONS.index(revision) + 1 :]]


def _apply_revisions(connection: Connection, reader: Reader) -> None:
    from camlode.sql.views import create_views, drop_views

    _check_references(reader)  # before: a revision that copies tables would lose a dangling row
    drop_views(connection)
    migrate(connection, REVISION)
    create_views(connection)
    _check_references(reader)


def _check_references(reader: Reader) -> None:
    """Refuse dangling references. PostgreSQL never has any; SQLite may, since the upgrade turns its check off."""
    if reader.dialect == "sqlite" and (lost := find_dangling_references(reader)):
        raise StoreError(f"{reader.name}: the store is damaged and was not changed: {lost[0]}: restore a copy of it")


def _require_no_active_runs(reader: Reader) -> None:
    """Refuse while a process works at a run: it would go on writing to the tables of the old revision."""
    for run in reader.rows("SELECT id, owner, heartbeat FROM runs WHERE owner IS NOT NULL", {}):
        last_heartbeat = to_utc(run["heartbeat"])
        silent = last_heartbeat is None or (datetime.now(UTC) - last_heartbeat).total_seconds() > STALE_SECONDS
        if is_running_here(run["owner"]) or not (has_ended(run["owner"]) or silent):
            raise StoreError(f"{reader.name}: {run_in_use_error(run['id'], run['owner'])}")


@contextmanager
def _upgrade_transaction(address: str) -> Iterator[Connection]:
    """One transaction in which SQLite, too, can drop tables that other tables reference."""
    from sqlalchemy import event

    from camlode.sql.engine import open_engine, translate_errors

    engine = open_engine(address, "write")

    @event.listens_for(engine, "connect")
    def disable_foreign_keys(connection: Any, _record: object) -> None:
        if engine.dialect.name == "sqlite":  # the pragma has no effect inside a transaction
            connection.execute("PRAGMA foreign_keys = OFF")

    with translate_errors(address), engine.begin() as connection:
        yield connection
