"""The ledger: what has become of each shard of a run, written by the one process that owns the run.

Each function works within a transaction of the caller's.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, insert, select, update

from config.errors import StoreError
from sql.ownership import STALE_SECONDS, current_process_id, has_ended, is_running_here, run_in_use_error
from sql.schema import RunRow, ShardRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql.records import LedgerEntry

PROGRESS_COLUMNS = (
    "state",
    "attempts",
    "error",
    "worker",
    "seconds",
    "documents",
    "rejects",
    "partial",
    "partial_bytes",
)
"""The columns that change while a run goes on."""


def add_shards(connection: Connection, run: int, entries: Sequence[LedgerEntry]) -> None:
    """Notes the shards of a run that is about to begin."""
    if entries:
        connection.execute(insert(ShardRow), [{"run_id": run} | asdict(entry) for entry in entries])


def claim(connection: Connection, run: int) -> None:
    """Makes this process the owner of a run that nobody works at; what was running then waits again.

    Raises:
        StoreError: another process works at it, or it is complete.
    """
    row = connection.execute(select(RunRow.status, RunRow.owner, RunRow.heartbeat).where(RunRow.id == run)).one()
    if row.status == "complete":
        raise StoreError(f"run {run} is complete, and never changed")
    # What this machine knows of its own processes is surer than how long ago one was heard of.
    free = row.owner in (None, current_process_id()) or has_ended(row.owner) or _is_stale(row.heartbeat)
    if is_running_here(row.owner or "") or not free:
        raise run_in_use_error(run, row.owner)
    connection.execute(
        update(RunRow).where(RunRow.id == run).values(owner=current_process_id(), heartbeat=datetime.now(UTC))
    )
    _reset_to_pending(connection, run)


def record(connection: Connection, run: int, entries: Sequence[LedgerEntry]) -> None:
    """Writes what has become of some shards, and that this process is still at work.

    Raises:
        StoreError: the run belongs to another process by now; nothing is written then.
    """
    require_ownership(connection, run)
    if entries:
        one = update(ShardRow).where(ShardRow.run_id == run, ShardRow.number == bindparam("of_number"))
        updates = [
            {"of_number": entry.number} | {f"new_{name}": getattr(entry, name) for name in PROGRESS_COLUMNS}
            for entry in entries
        ]
        connection.execute(one.values({name: bindparam(f"new_{name}") for name in PROGRESS_COLUMNS}), updates)


def require_ownership(connection: Connection, run: int) -> None:
    """Says that this process is still at work at `run`; a StoreError where another has taken it over."""
    owned = update(RunRow).where(RunRow.id == run, RunRow.owner == current_process_id())
    if not connection.execute(owned.values(heartbeat=datetime.now(UTC))).rowcount:
        raise StoreError(f"run {run} cannot be changed: this process does not work at it, or another has taken it over")


def release(connection: Connection, run: int) -> None:
    """Leaves the run to whoever goes on with it."""
    connection.execute(update(RunRow).where(RunRow.id == run).values(owner=None, heartbeat=None))
    _reset_to_pending(connection, run)


def _reset_to_pending(connection: Connection, run: int) -> None:
    running = update(ShardRow).where(ShardRow.run_id == run, ShardRow.state == "running")
    connection.execute(running.values(state="pending"))


def _is_stale(heartbeat: datetime) -> bool:
    moment = heartbeat if heartbeat.tzinfo else heartbeat.replace(tzinfo=UTC)
    return (datetime.now(UTC) - moment).total_seconds() > STALE_SECONDS
