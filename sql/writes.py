"""Writing runs and their results, within the caller's transaction."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from camlode.config.errors import StoreError
from camlode.sql.fragments import insert_rows, merge_fragments
from camlode.sql.ledger import add_shards, release, require_ownership
from camlode.sql.ownership import current_owner_id
from camlode.sql.query.runs import PUBLISHED
from camlode.sql.schema import CorpusRow, ExampleRow, FragmentRow, LabelRow, ModelRow, PatternRow, RejectRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table

    from camlode.sql.records import (
        CorpusEntry,
        LedgerEntry,
        ModelEntry,
        RunCounts,
        RunResult,
        RunStart,
        UnfinishedStatus,
    )


def start_run(connection: Connection, start: RunStart, shards: Sequence[LedgerEntry]) -> int:
    """Add a run that this process owns, with its labels and the ledger of its shards; return its number."""
    run, now = RunRow.__table__, datetime.now(UTC)
    values = {
        **{name: getattr(start, name) for name in ("fingerprint", "method", "unit", "folder")},
        **{name: _to_json(getattr(start, name)) for name in ("parts", "settings", "versions")},
        "model_id": _find_or_add_model(connection, start.model),
        "corpus_id": _find_or_add_corpus(connection, start.corpus),
        "status": "running",
        "current": False,
        "owner": current_owner_id(),
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
    """Set a run that stopped before it was published to running again."""
    connection.execute(
        update(RunRow).where(RunRow.id == run, RunRow.status != "incomplete").values(status="running", ended=None)
    )


def publish(connection: Connection, run: int, result: RunResult) -> None:
    """Add the result of `run` in place of what it had published before, and make it the current run."""
    _require_open(connection, run)
    remove_result(connection, run)
    write_result(connection, run, result)
    _complete(connection, run, result.counts)
    release(connection, run)


def finish_run(connection: Connection, run: int, status: UnfinishedStatus) -> None:
    """Set the status of a run and give up its ownership; a published run keeps its status."""
    require_ownership(connection, run)
    unpublished = update(RunRow).where(RunRow.id == run, RunRow.status == "running")
    connection.execute(unpublished.values(status=status, ended=datetime.now(UTC)))
    release(connection, run)


def make_current(connection: Connection, run: int) -> None:
    """Make a published run the current one."""
    connection.execute(update(RunRow).where(RunRow.current.is_(True)).values(current=False))
    published = update(RunRow).where(RunRow.id == run, RunRow.status.in_(PUBLISHED))
    if not connection.execute(published.values(current=True)).rowcount:
        raise StoreError(f"run {run} cannot be made current: it is not published")


LABEL_COLUMNS = ("documents", "gold_documents", "agreed_documents", "importance")


def write_result(connection: Connection, run: int, result: RunResult) -> None:
    """Add the result of `run`.

    Raises:
        StoreError: a row has a label that the run does not have, or an example belongs to no pattern.
    """
    labels = _find_label_ids(connection, run)
    _write_labels(connection, labels, result.labels)
    fragments, ids = merge_fragments(connection, result.patterns)
    for model, rows, keys in (
        (PatternRow, result.patterns, ["label_id", "fragment_id"]),
        (ExampleRow, result.examples, ["label_id", "fragment_id", "kind", "position"]),
    ):
        table: Any = model.__table__
        numbered = _add_fragment_ids(_add_label_ids(rows, labels), fragments, ids)
        # In the order of the primary key, so that each page of the table is written once.
        ordered = numbered.sort_by([(key, "ascending") for key in keys])
        insert_rows(connection, table.name, ordered.select(_writable_columns(table, rows)))
    rejects = [{"run_id": run, "reason": reason, "documents": count} for reason, count in result.rejects.items()]
    if rejects:
        connection.execute(insert(RejectRow), rejects)
    _update_statistics(connection)


def remove_result(connection: Connection, run: int) -> None:
    """Delete the published result of `run`; its labels stay."""
    for label in _find_label_ids(connection, run).values():
        connection.execute(delete(ExampleRow).where(ExampleRow.label_id == label))
        connection.execute(delete(PatternRow).where(PatternRow.label_id == label))
    connection.execute(delete(RejectRow).where(RejectRow.run_id == run))


def _update_statistics(connection: Connection) -> None:
    """Update the statistics by which the database plans queries."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
    for model in (FragmentRow, LabelRow, PatternRow, RunRow):
        connection.exec_driver_sql(f"ANALYZE {model.__tablename__}")


def _find_label_ids(connection: Connection, run: int) -> dict[str, int]:
    labels = connection.execute(
        select(LabelRow.name, LabelRow.id).where(LabelRow.run_id == run).order_by(LabelRow.position)
    )
    return {name: int(number) for name, number in labels}


def _writable_columns(table: Table, rows: pa.Table) -> list[str]:
    """Return the columns of the table that the rows have; the database refuses a missing column that is required."""
    known = {"label_id", "fragment_id", *rows.column_names}
    return [column.name for column in table.columns if column.name in known]


def _write_labels(connection: Connection, labels: dict[str, int], table: pa.Table) -> None:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in LABEL_COLUMNS}
    rows = table.select(["name", *LABEL_COLUMNS]).rename_columns(["label", *(f"new_{name}" for name in LABEL_COLUMNS)])
    if rows.num_rows:
        statement = update(LabelRow).where(LabelRow.id == bindparam("of_label")).values(values)
        rows_with_ids = _add_label_ids(rows, labels).rename_columns({"label_id": "of_label"})
        connection.execute(statement, rows_with_ids.to_pylist())


def _add_label_ids(table: pa.Table, labels: dict[str, int]) -> pa.Table:
    names = table["label"].cast(pa.string())
    positions = _find_positions(names, pa.array(labels, pa.string()))
    if positions.null_count:
        unknown = names.filter(positions.is_null())[0].as_py()
        raise StoreError(f"the run has no label {unknown!r}: expected one of {', '.join(labels)}")
    numbers = pa.array(labels.values(), pa.int64()).take(positions)
    return table.drop_columns("label").append_column("label_id", numbers)


def _add_fragment_ids(table: pa.Table, fragments: pa.Array, ids: Any) -> pa.Table:
    positions = _find_positions(table["fragment"].cast(pa.large_string()), fragments)
    if positions.null_count:
        unknown = table["fragment"].filter(positions.is_null())[0].as_py()
        raise StoreError(f"an example has the fragment {unknown[:50]!r}, which is not a pattern of the run")
    return table.drop_columns("fragment").append_column("fragment_id", pa.array(ids, pa.int64()).take(positions))


def _find_positions(values: pa.ChunkedArray, known: Sequence[Any] | pa.Array) -> pa.Array:
    return pc.index_in(values.combine_chunks(), value_set=known)


def _find_or_add_model(connection: Connection, entry: ModelEntry) -> int:
    lists = {name: _to_json(getattr(entry, name)) for name in ("labels", "thresholds", "layers")}
    values = asdict(entry) | lists
    key = hashlib.sha256(_to_json(values).encode()).hexdigest()
    model_id = connection.scalar(select(ModelRow.id).where(ModelRow.key == key))
    if model_id is None:
        statement = insert(ModelRow).values(values | {"key": key}).returning(ModelRow.__table__.c.id)
        model_id = connection.execute(statement).scalar_one()
    return int(model_id)


def _find_or_add_corpus(connection: Connection, entry: CorpusEntry) -> int:
    corpus_id = connection.scalar(
        select(CorpusRow.id).where(CorpusRow.name == entry.name, CorpusRow.digest == entry.digest)
    )
    if corpus_id is None:
        statement = insert(CorpusRow).values(asdict(entry)).returning(CorpusRow.__table__.c.id)
        corpus_id = connection.execute(statement).scalar_one()
    return int(corpus_id)


def _require_open(connection: Connection, run: int) -> None:
    status = connection.scalar(select(RunRow.status).where(RunRow.id == run))
    if status not in ("running", "incomplete"):
        problem = "there is no such run" if status is None else f"it is {status}"
        raise StoreError(f"run {run} cannot be changed: expected an unfinished run, but {problem}")
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
