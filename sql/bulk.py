"""Many rows at once: as lists of values on SQLite, by COPY on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sql.postgresql import escape_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

CHUNK_ROWS = 100_000


def insert_rows(connection: Connection, table: str, rows: pa.Table) -> None:
    """Adds `rows`, whose columns have the names of the table's; what isn't a number becomes null."""
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    chunks = (rows.slice(start, CHUNK_ROWS) for start in range(0, rows.num_rows, CHUNK_ROWS))
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table} ({names}) FROM STDIN (FORMAT csv)", chunks)
        return
    placeholders = ", ".join("?" * rows.num_columns)
    statement = f"INSERT INTO {table} ({names}) VALUES ({placeholders})"  # noqa: S608 (names of ours)
    for chunk in chunks:
        insert_values(connection, statement, zip(*map(_to_python_values, _clean_columns(chunk)), strict=True))


def insert_values(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Runs a statement of SQLite's for each of `rows`, by the driver itself: SQLAlchemy would look at each row."""
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(statement, rows)  # type: ignore[arg-type]
    finally:
        cursor.close()


def _copy(connection: Connection, statement: str, chunks: Iterable[pa.Table]) -> None:
    """Sends the rows as CSV, the next of them made while the server takes the last in."""
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(statement) as copy, ThreadPoolExecutor(1) as pool:
        pending = None
        for chunk in chunks:
            pending, ready = pool.submit(_to_csv, chunk), pending
            if ready is not None:
                copy.write(ready.result())
        if pending is not None:
            copy.write(pending.result())


def _to_csv(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    # An unquoted nothing is null to PostgreSQL, a quoted one the empty text: just as Arrow writes them.
    options = pa.csv.WriteOptions(include_header=False)
    pa.csv.write_csv(pa.table(_clean_columns(rows), names=rows.column_names), sink, options)
    return _escape_bytes(sink.getvalue().to_pybytes())


def _clean_columns(rows: pa.Table) -> list[pa.Array]:
    chunk = rows.combine_chunks()
    return [_replace_nan(chunk[name].combine_chunks()) for name in chunk.column_names]


def _escape_bytes(data: bytes) -> bytes:
    """What `escape_text` does, on UTF-8."""
    for character in ("\uf8ff", "\0"):
        data = data.replace(character.encode(), escape_text(character).encode())
    return data


def _replace_nan(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_nan(column), None, column) if pa.types.is_floating(column.type) else column


def _to_python_values(column: pa.Array) -> list[Any]:
    """The values as Python's own, fast where they are numbers and none is missing."""
    if column.null_count == 0 and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        found: list[Any] = np.asarray(column.to_numpy()).tolist()
        return found
    values: list[Any] = column.to_pylist()
    return values
