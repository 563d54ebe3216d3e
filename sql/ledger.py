"""The ledger: what has become of each shard of a run, written by the one process that owns the run.

Each function works within a transaction of the caller's.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, insert, select, update

from config.errors import StoreError
from sql.ownership import STALE_SECONDS, at_work, has_ended, this_process, works_here
from sql.schema import LedgerShard, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql.records import LedgerEntry

FATE = ("state", "attempts", "error", "worker", "seconds", "documents", "rejects", "partial", "partial_bytes")
"""The columns that change while a run goes on."""


def add_shards(connection: Connection, run: int, entries: Sequence[LedgerEntry]) -> None:
    """Notes the shards of a run that is about to begin."""
    if entries:
        connection.execute(insert(LedgerShard), [{"run_id": run} | asdict(entry) for entry in entries])


def claim(connection: Connection, run: int) -> None:
    """Makes this process the owner of a run that nobody works at; what was running then waits again.

    Raises:
        StoreError: another process works at it, or it is complete.
    """
    row = connection.execute(select(Run.status, Run.owner, Run.heartbeat).where(Run.id == run)).one()
    if row.status == "complete":
        raise StoreError(f"run {run} is complete, and never changed")
    # What this machine knows of its own processes is surer than how long ago one was heard of.
    free = row.owner in (None, this_process()) or has_ended(row.owner) or _is_stale(row.heartbeat)
    if works_here(row.owner or "") or not free:
        raise at_work(run, row.owner)
    connection.execute(update(Run).where(Run.id == run).values(owner=this_process(), heartbeat=datetime.now(UTC)))
    _let_wait(connection, run)


def record(connection: Connection, run: int, entries: Sequence[LedgerEntry]) -> None:
    """Writes what has become of some shards, and that this process is still at work.

    Raises:
        StoreError: the run belongs to another process by now; nothing is written then.
    """
    require_owned(connection, run)
    if entries:
        one = update(LedgerShard).where(LedgerShard.run_id == run, LedgerShard.number == bindparam("of_number"))
        fates = [
            {"of_number": entry.number} | {f"new_{name}": getattr(entry, name) for name in FATE} for entry in entries
        ]
        connection.execute(one.values({name: bindparam(f"new_{name}") for name in FATE}), fates)


def require_owned(connection: Connection, run: int) -> None:
    """Says that this process is still at work at `run`; a StoreError where another has taken it over."""
    owned = update(Run).where(Run.id == run, Run.owner == this_process())
    if not connection.execute(owned.values(heartbeat=datetime.now(UTC))).rowcount:
        raise StoreError(f"run {run} cannot be changed: this process does not work at it, or another has taken it over")


def release(connection: Connection, run: int) -> None:
    """Leaves the run to whoever goes on with it."""
    connection.execute(update(Run).where(Run.id == run).values(owner=None, heartbeat=None))
    _let_wait(connection, run)


def _let_wait(connection: Connection, run: int) -> None:
    running = update(LedgerShard).where(LedgerShard.run_id == run, LedgerShard.state == "running")
    connection.execute(running.values(state="pending"))


def _is_stale(heartbeat: datetime) -> bool:
    moment = heartbeat if heartbeat.tzinfo else heartbeat.replace(tzinfo=UTC)
    return (datetime.now(UTC) - moment).total_seconds() > STALE_SECONDS
