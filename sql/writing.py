"""Writing runs, each function within a transaction of the caller's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, update

from config.errors import StoreError
from sql.ledger import add_shards, release, require_ownership
from sql.ownership import current_process_id
from sql.query.runs import PUBLISHED
from sql.results import remove_result, write_result
from sql.schema import CorpusRow, LabelRow, ModelRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql.records import CorpusEntry, LedgerEntry, ModelEntry, RunCounts, RunResult, RunStart, UnfinishedStatus


def start_run(connection: Connection, start: RunStart, shards: Sequence[LedgerEntry]) -> int:
    """Adds a running run of this process's, with its labels and the ledger of its shards; returns its number."""
    run, now = RunRow.__table__, datetime.now(UTC)
    values = {
        **{name: getattr(start, name) for name in ("fingerprint", "method", "unit", "folder")},
        **{name: _to_json(getattr(start, name)) for name in ("parts", "settings", "versions")},
        "model_id": _find_or_add_model(connection, start.model),
        "corpus_id": _find_or_add_corpus(connection, start.corpus),
        "status": "running",
        "current": False,
        "owner": current_process_id(),
        "heartbeat": now,
        "started": now,
    }
    number = int(connection.execute(insert(RunRow).values(values).returning(run.c.id)).scalar_one())
    labels = [
        {"run_id": number, "position": position, "name": name, "documents": 0, "importance": 0.0}
        for position, name in enumerate(start.model.labels)
    ]
    if labels:
        connection.execute(insert(LabelRow), labels)
    add_shards(connection, number, shards)
    return number


def resume_run(connection: Connection, run: int) -> None:
    """Takes up a run again that stopped before it was published."""
    connection.execute(
        update(RunRow).where(RunRow.id == run, RunRow.status != "incomplete").values(status="running", ended=None)
    )


def publish(connection: Connection, run: int, result: RunResult) -> None:
    """Adds all that `run` has found, in place of what it had published before, and makes it the current run."""
    _require_open(connection, run)
    remove_result(connection, run)
    write_result(connection, run, result)
    _complete(connection, run, result.counts)
    release(connection, run)


def finish_run(connection: Connection, run: int, status: UnfinishedStatus) -> None:
    """Leaves a run of this process's as it is; one that has published something keeps its status."""
    require_ownership(connection, run)
    unpublished = update(RunRow).where(RunRow.id == run, RunRow.status == "running")
    connection.execute(unpublished.values(status=status, ended=datetime.now(UTC)))
    release(connection, run)


def make_current(connection: Connection, run: int) -> None:
    """Makes a published run the one that readers see."""
    connection.execute(update(RunRow).where(RunRow.current.is_(True)).values(current=False))
    published = update(RunRow).where(RunRow.id == run, RunRow.status.in_(PUBLISHED))
    if not connection.execute(published.values(current=True)).rowcount:
        raise StoreError(f"run {run} cannot be made current: it is not published")


def _find_or_add_model(connection: Connection, entry: ModelEntry) -> int:
    lists = {name: _to_json(getattr(entry, name)) for name in ("labels", "thresholds", "layers")}
    values = asdict(entry) | lists
    key = hashlib.sha256(_to_json(values).encode()).hexdigest()
    found = connection.scalar(select(ModelRow.id).where(ModelRow.key == key))
    if found is None:
        statement = insert(ModelRow).values(values | {"key": key}).returning(ModelRow.__table__.c.id)
        found = connection.execute(statement).scalar_one()
    return int(found)


def _find_or_add_corpus(connection: Connection, entry: CorpusEntry) -> int:
    found = connection.scalar(
        select(CorpusRow.id).where(CorpusRow.name == entry.name, CorpusRow.digest == entry.digest)
    )
    if found is None:
        statement = insert(CorpusRow).values(asdict(entry)).returning(CorpusRow.__table__.c.id)
        found = connection.execute(statement).scalar_one()
    return int(found)


def _require_open(connection: Connection, run: int) -> None:
    status = connection.scalar(select(RunRow.status).where(RunRow.id == run))
    if status not in ("running", "incomplete"):
        found = "there is no such run" if status is None else f"it is {status}"
        raise StoreError(f"run {run} cannot be changed: expected a running run, but {found}")
    require_ownership(connection, run)


def _complete(connection: Connection, run: int, counts: RunCounts) -> None:
    status = "incomplete" if counts.failed_shards else "complete"
    values = {"status": status, "ended": datetime.now(UTC), **asdict(counts)}
    connection.execute(update(RunRow).where(RunRow.id == run).values(values))
    if status == "complete":
        corpus = select(RunRow.corpus_id).where(RunRow.id == run).scalar_subquery()
        connection.execute(update(CorpusRow).where(CorpusRow.id == corpus).values(documents=counts.documents_read))
    make_current(connection, run)


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
