"""Writing runs, each function within a transaction of the caller's."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Text, bindparam, delete, exists, insert, select, update

from config.errors import StoreError
from sql.ledger import add_shards, release, require_owned
from sql.ownership import this_process
from sql.query import PUBLISHED
from sql.schema import Base, Example, Fragment, Label, Pattern, Reject, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import BindParameter
    from sqlalchemy.sql.dml import Insert, Update

    from sql.records import LedgerEntry, Row, RunCounts, RunResult, RunStart, Unfinished

CHUNK_ROWS = 10_000

PATTERN_COLUMNS = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
EXAMPLE_COLUMNS = (
    "label",
    "fragment",
    "position",
    "document",
    "place",
    "left",
    "hit",
    "right",
    "importance",
)
LABEL_COLUMNS = ("name", "documents", "gold_documents", "agreed_documents", "importance")


def start_run(connection: Connection, start: RunStart, shards: Sequence[LedgerEntry]) -> int:
    """Adds a running run of this process's, with its labels and the ledger of its shards; returns its number."""
    run, now = Run.__table__, datetime.now(UTC)
    values = {
        **{name: getattr(start, name) for name in ("fingerprint", "method", "model", "task", "folder")},
        **{name: _json(getattr(start, name)) for name in ("parts", "layers", "settings", "versions")},
        "status": "running",
        "current": False,
        "owner": this_process(),
        "heartbeat": now,
        "started": now,
    }
    number = int(connection.execute(insert(Run).values(values).returning(run.c.id)).scalar_one())
    labels = [
        {"run_id": number, "position": position, "name": name, "documents": 0, "importance": 0.0}
        for position, name in enumerate(start.labels)
    ]
    _execute(connection, insert(Label), labels)
    add_shards(connection, number, shards)
    return number


def go_on(connection: Connection, run: int) -> None:
    """Takes up a run again that stopped before it was published."""
    connection.execute(
        update(Run).where(Run.id == run, Run.status != "incomplete").values(status="running", ended=None)
    )


def publish(connection: Connection, run: int, result: RunResult) -> None:
    """Adds all that `run` has found, in place of what it had published before, and makes it the current run."""
    _require_open(connection, run)
    labels = _label_ids(connection, run)
    _remove_result(connection, run, labels)
    _write_labels(connection, labels, result.labels)
    _write_fragments(connection, result.patterns)
    for model, columns, table in (
        (Pattern, PATTERN_COLUMNS, result.patterns),
        (Example, EXAMPLE_COLUMNS, result.examples),
    ):
        for batch in _with_label_ids(table.select(columns), labels).to_batches(CHUNK_ROWS):
            _execute(connection, _insert_by_fragment(model), batch.to_pylist())
    rejects = [{"run_id": run, "reason": why, "documents": many} for why, many in result.rejects.items()]
    _execute(connection, insert(Reject), rejects)
    _complete(connection, run, result.counts)
    release(connection, run)


def finish_run(connection: Connection, run: int, status: Unfinished) -> None:
    """Leaves a run of this process's as it is; one that has published something keeps its status."""
    require_owned(connection, run)
    unpublished = update(Run).where(Run.id == run, Run.status == "running")
    connection.execute(unpublished.values(status=status, ended=datetime.now(UTC)))
    release(connection, run)


def make_current(connection: Connection, run: int) -> None:
    """Makes a published run the one that readers see."""
    connection.execute(update(Run).where(Run.current.is_(True)).values(current=False))
    published = update(Run).where(Run.id == run, Run.status.in_(PUBLISHED))
    if not connection.execute(published.values(current=True)).rowcount:
        raise StoreError(f"run {run} cannot be made current: it is not published")


def _require_open(connection: Connection, run: int) -> None:
    status = connection.scalar(select(Run.status).where(Run.id == run))
    if status not in ("running", "incomplete"):
        found = "there is no such run" if status is None else f"it is {status}"
        raise StoreError(f"run {run} cannot be changed: expected a running run, but {found}")
    require_owned(connection, run)


def _remove_result(connection: Connection, run: int, labels: Mapping[str, int]) -> None:
    for model in (Example, Pattern):
        for label in labels.values():
            connection.execute(delete(model).where(model.label_id == label))
    connection.execute(delete(Reject).where(Reject.run_id == run))


def _label_ids(connection: Connection, run: int) -> dict[str, int]:
    labels = connection.execute(select(Label.name, Label.id).where(Label.run_id == run).order_by(Label.position))
    return {name: int(number) for name, number in labels}


def _write_labels(connection: Connection, labels: dict[str, int], table: pa.Table) -> None:
    names = {name: f"new_{name}" for name in LABEL_COLUMNS}
    values: dict[str, BindParameter[Any]] = {name: bindparam(names[name]) for name in LABEL_COLUMNS[1:]}
    statement = update(Label).where(Label.id == bindparam("label_id")).values(values)
    rows = table.select(LABEL_COLUMNS).rename_columns(names | {"name": "label"})
    _execute(connection, statement, _with_label_ids(rows, labels).to_pylist())


def _write_fragments(connection: Connection, patterns: pa.Table) -> None:
    wanted = bindparam("wanted", type_=Text)
    missing = select(wanted, bindparam("length", type_=Fragment.characters.type)).where(
        ~exists().where(Fragment.text == wanted)
    )
    statement = insert(Fragment).from_select(["text", "characters"], missing)
    fragments = pc.unique(patterns["fragment"])
    for start in range(0, len(fragments), CHUNK_ROWS):
        texts = fragments.slice(start, CHUNK_ROWS).to_pylist()
        _execute(connection, statement, [{"wanted": text, "length": len(text)} for text in texts])


def _insert_by_fragment(model: type[Base]) -> Insert:
    number = select(Fragment.id).where(Fragment.text == bindparam("fragment", type_=Text))
    return insert(model).values(fragment_id=number.scalar_subquery())


def _complete(connection: Connection, run: int, counts: RunCounts) -> None:
    status = "incomplete" if counts.failed_shards else "complete"
    values = {"status": status, "ended": datetime.now(UTC), **asdict(counts)}
    connection.execute(update(Run).where(Run.id == run).values(values))
    make_current(connection, run)


def _with_label_ids(table: pa.Table, labels: dict[str, int]) -> pa.Table:
    names = table["label"].cast(pa.string())
    places = pc.index_in(names, value_set=pa.array(labels, pa.string()))
    if places.null_count:
        unknown = names.filter(places.is_null())[0].as_py()
        raise StoreError(f"the run has no label {unknown!r}: expected one of {', '.join(labels)}")
    numbers = pa.array(labels.values(), pa.int64()).take(places.combine_chunks())
    return table.drop_columns("label").append_column("label_id", numbers)


def _execute(connection: Connection, statement: Insert | Update, rows: Sequence[Row]) -> None:
    if rows:  # the driver takes the rows as they are, which saves SQLAlchemy's work on each of them
        compiled = statement.compile(connection, column_keys=list(rows[0]), for_executemany=True)
        connection.exec_driver_sql(str(compiled), rows)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
