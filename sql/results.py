"""What a run has found, as rows: its labels' sums, patterns, examples and rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from config.errors import StoreError
from sql.bulk import insert_rows
from sql.fragments import merge_fragments
from sql.schema import ExampleRow, FragmentRow, LabelRow, PatternRow, RejectRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Table

    from sql.records import RunResult

LABEL_COLUMNS = ("documents", "gold_documents", "agreed_documents", "importance")


def write_result(connection: Connection, run: int, result: RunResult) -> None:
    """Adds what `run` has found.

    Raises:
        StoreError: a row is of a label that the run doesn't have, or an example of no pattern.
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
        # In the order of the key, so that each page of the table is written once.
        ordered = numbered.sort_by([(key, "ascending") for key in keys])
        insert_rows(connection, table.name, ordered.select(_fillable_columns(table, rows)))
    rejects = [{"run_id": run, "reason": why, "documents": many} for why, many in result.rejects.items()]
    if rejects:
        connection.execute(insert(RejectRow), rejects)
    _update_statistics(connection)


def remove_result(connection: Connection, run: int) -> None:
    """Removes what `run` had published before; its labels stay."""
    for label in _find_label_ids(connection, run).values():
        connection.execute(delete(ExampleRow).where(ExampleRow.label_id == label))
        connection.execute(delete(PatternRow).where(PatternRow.label_id == label))
    connection.execute(delete(RejectRow).where(RejectRow.run_id == run))


def _update_statistics(connection: Connection) -> None:
    """Lets the database know how its tables have grown, by which it chooses how to answer."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
    for model in (FragmentRow, LabelRow, PatternRow, RunRow):
        connection.exec_driver_sql(f"ANALYZE {model.__tablename__}")


def _find_label_ids(connection: Connection, run: int) -> dict[str, int]:
    labels = connection.execute(
        select(LabelRow.name, LabelRow.id).where(LabelRow.run_id == run).order_by(LabelRow.position)
    )
    return {name: int(number) for name, number in labels}


def _fillable_columns(table: Table, rows: pa.Table) -> list[str]:
    """The columns of the table that the rows can fill; what they lack and may not lack, the database refuses."""
    known = {"label_id", "fragment_id", *rows.column_names}
    return [column.name for column in table.columns if column.name in known]


def _write_labels(connection: Connection, labels: dict[str, int], table: pa.Table) -> None:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in LABEL_COLUMNS}
    rows = table.select(["name", *LABEL_COLUMNS]).rename_columns(["label", *(f"new_{name}" for name in LABEL_COLUMNS)])
    if rows.num_rows:
        statement = update(LabelRow).where(LabelRow.id == bindparam("of_label")).values(values)
        found = _add_label_ids(rows, labels).rename_columns({"label_id": "of_label"})
        connection.execute(statement, found.to_pylist())


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
        raise StoreError(f"an example is of {unknown[:50]!r}, which is no pattern of the run")
    return table.drop_columns("fragment").append_column("fragment_id", pa.array(ids, pa.int64()).take(positions))


def _find_positions(values: pa.ChunkedArray, known: Sequence[Any] | pa.Array) -> pa.Array:
    return pc.index_in(values.combine_chunks(), value_set=known)
