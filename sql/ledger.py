"""The ledger: the state of each shard of a run, written by the one process that owns the run.

Each function works within the caller's transaction.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, insert, select, update

from camlode.config.errors import StoreError
from camlode.sql.ownership import STALE_SECONDS, current_owner_id, has_ended, is_running_here, run_in_use_error
from camlode.sql.schema import RunRow, ShardRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.sql.records import LedgerEntry

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
"""The columns of `shards` that change during a run."""


def add_shards(connection: Connection, run: int, entries: Sequence[LedgerEntry]) -> None:
    """Add the shards of a run that is about to start."""
    if entries:
        connection.execute(insert(ShardRow), [{"run_id": run} | asdict(entry) for entry in entries])


def claim(connection: Connection, run: int) -> None:
    """Make this process the owner of a run without one, and reset its running shards to pending.

    Raises:
        StoreError: another process is working on the run, or it is complete.
    """
    row = connection.execute(select(RunRow.status, RunRow.owner, RunRow.heartbeat).where(RunRow.id == run)).one()
    if row.status == "complete":
        raise StoreError(f"run {run} is complete and cannot be changed")
    # On this machine the process table decides, not the heartbeat: a process may be stopped for long and live.
    free = row.owner in (None, current_owner_id()) or has_ended(row.owner) or _is_stale(row.heartbeat)
    if is_running_here(row.owner or "") or not free:
        raise run_in_use_error(run, row.owner)
    connection.execute(
        update(RunRow).where(RunRow.id == run).values(owner=current_owner_id(), heartbeat=datetime.now(UTC))
    )
    _reset_to_pending(connection, run)


def record(connection: Connection, run: int, entries: Sequence[LedgerEntry]) -> None:
    """Write the state of some shards and renew the run's heartbeat.

    Raises:
        StoreError: the run belongs to another process now; nothing is written.
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
    """Renew the heartbeat of `run`.

    Raises:
        StoreError: this process does not own the run, or another has taken it over.
    """
    owned = update(RunRow).where(RunRow.id == run, RunRow.owner == current_owner_id())
    if not connection.execute(owned.values(heartbeat=datetime.now(UTC))).rowcount:
        raise StoreError(f"run {run} cannot be changed: this process does not own it, or another has taken it over")


def release(connection: Connection, run: int) -> None:
    """Give up the ownership of a run, so that any process can resume it."""
    connection.execute(update(RunRow).where(RunRow.id == run).values(owner=None, heartbeat=None))
    _reset_to_pending(connection, run)


def _reset_to_pending(connection: Connection, run: int) -> None:
    running = update(ShardRow).where(ShardRow.run_id == run, ShardRow.state == "running")
    connection.execute(running.values(state="pending"))


def _is_stale(heartbeat: datetime) -> bool:
    moment = heartbeat if heartbeat.tzinfo else heartbeat.replace(tzinfo=UTC)
    return (datetime.now(UTC) - moment).total_seconds() > STALE_SECONDS
