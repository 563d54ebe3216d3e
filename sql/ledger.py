"""The ledger: what has become of each shard of a run, written by the one process that owns the run.

Each function works within a transaction of the caller's.
"""
# MERGED: Who works at a run: one process at a time, which says every few seconds that it is still there.

from __future__ import annotations

import os
import socket
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, insert, select, update

from camlode.config.errors import StoreError
from camlode.sql.schema import RunRow, ShardRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.sql.records import LedgerEntry

STALE_SECONDS = 120.0
"""A run whose owner has not been heard of for so long may be taken over by a process of another machine."""


def current_process_id() -> str:
    """The name of this process, which no other process has or will have: host, number and start."""
    return f"{socket.gethostname()}:{os.getpid()}:{_process_start_time(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Whether a process of this machine is known to be over; of another machine's nothing is known."""
    host, number, start = owner.rsplit(":", 2)
    return host == socket.gethostname() and _process_start_time(int(number)) != start


def is_running_here(owner: str) -> bool:
    """Whether the owner is another process of this machine, and at work."""
    return owner.startswith(f"{socket.gethostname()}:") and owner != current_process_id() and not has_ended(owner)


def run_in_use_error(run: int, owner: str) -> StoreError:
    """What to raise where another process works at a run."""
    host, process, _ = owner.rsplit(":", 2)
    return StoreError(
        f"run {run} is being worked at by process {process} on {host}: wait for it or stop it; one of another machine "
        f"that is gone is known to be so after {STALE_SECONDS:g} seconds"
    )


def _process_start_time(process: int) -> str:
    """When the process began, in ticks since the machine did; empty where there is no such process any more."""
    try:
        # The name, in brackets, may hold spaces and brackets itself.
        state, *values = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # A zombie is over: whoever started it has only not asked for its exit code yet.
    return "" if state in "ZX" else values[18]


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
