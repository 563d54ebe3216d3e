"""Bulk inserts, and fragments: the texts that all runs share, each stored once.

Rows are inserted as lists of values on SQLite and by COPY on PostgreSQL.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from camlode.sql.postgresql import escape_text
from camlode.sql.search_index import bigram_arrays, bigram_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    from sqlalchemy import Connection

    Ids = npt.NDArray[np.int64]

CHUNK_ROWS = 100_000


def insert_rows(connection: Connection, table: str, rows: pa.Table) -> None:
    """Insert `rows`, whose columns are named as the table's; NaN becomes null."""
    names = ", ".join(f'"{name}"' for name in rows.column_names)
    chunks = (rows.slice(start, CHUNK_ROWS) for start in range(0, rows.num_rows, CHUNK_ROWS))
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table} ({names}) FROM STDIN (FORMAT csv)", chunks)
        return
    placeholders = ", ".join("?" * rows.num_columns)
    statement = f"INSERT INTO {table} ({names}) VALUES ({placeholders})"  # noqa: S608 (constants only)
    for chunk in chunks:
        insert_values(connection, statement, zip(*map(_to_python_values, _clean_columns(chunk)), strict=True))


def insert_values(connection: Connection, statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Execute an SQLite statement for each row, by the driver: SQLAlchemy would process each row in Python."""
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(statement, rows)  # type: ignore[arg-type]
    finally:
        cursor.close()


def _copy(connection: Connection, statement: str, chunks: Iterable[pa.Table]) -> None:
    """Send the rows as CSV; the next chunk is formatted while the server reads the last one."""
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
    # PostgreSQL reads an unquoted empty value as null and a quoted one as the empty text, as Arrow writes them.
    options = pa.csv.WriteOptions(include_header=False)
    pa.csv.write_csv(pa.table(_clean_columns(rows), names=rows.column_names), sink, options)
    return _escape_bytes(sink.getvalue().to_pybytes())


def _clean_columns(rows: pa.Table) -> list[pa.Array]:
    chunk = rows.combine_chunks()
    return [_replace_nan(chunk[name].combine_chunks()) for name in chunk.column_names]


def _escape_bytes(data: bytes) -> bytes:
    """Apply `escape_text` to UTF-8."""
    for character in ("\uf8ff", "\0"):
        data = data.replace(character.encode(), escape_text(character).encode())
    return data


def _replace_nan(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_nan(column), None, column) if pa.types.is_floating(column.type) else column


def _to_python_values(column: pa.Array) -> list[Any]:
    """Return the values as Python objects; by NumPy, which is faster, for numbers without nulls."""
    if column.null_count == 0 and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        found: list[Any] = np.asarray(column.to_numpy()).tolist()
        return found
    values: list[Any] = column.to_pylist()
    return values


_CREATE_NEW_FRAGMENTS = {
    "sqlite": "CREATE TEMP TABLE new_fragments (number INTEGER PRIMARY KEY, text TEXT NOT NULL)",
    "postgresql": "CREATE TEMP TABLE new_fragments "
    '(number integer, text text COLLATE "C", normalised text, characters integer, pairs integer[]) ON COMMIT DROP',
}

_SELECT_KNOWN = """
SELECT new_fragments.number, fragments.id FROM new_fragments CROSS JOIN fragments
WHERE fragments.text = new_fragments.text
ORDER BY new_fragments.number
"""

_MERGE = """
INSERT INTO fragments (text, normalised, characters, pairs)
SELECT text, normalised, characters, pairs FROM new_fragments
WHERE NOT EXISTS (SELECT 1 FROM fragments AS known WHERE known.text = new_fragments.text)
ORDER BY number
"""


def merge_fragments(connection: Connection, patterns: pa.Table) -> tuple[pa.Array, Ids]:
    """Insert the fragments of `patterns` that the store lacks; return the distinct fragments and their ids."""
    encoded = patterns["fragment"].combine_chunks().cast(pa.large_string()).dictionary_encode()
    texts = encoded.dictionary
    first = pc.index_in(pa.array(np.arange(len(texts)), pa.int32()), value_set=encoded.indices)
    rows = {
        "number": np.arange(len(texts)),
        "text": texts,
        "normalised": patterns["normalised"].combine_chunks().take(first),
        "characters": pc.utf8_length(texts).cast(pa.int64()),
    }
    merge = _merge_on_sqlite if connection.dialect.name == "sqlite" else _merge_on_postgresql
    connection.exec_driver_sql(_CREATE_NEW_FRAGMENTS[connection.dialect.name])
    ids = merge(connection, pa.table(rows))
    connection.exec_driver_sql("DROP TABLE new_fragments")
    return texts, ids


def _merge_on_sqlite(connection: Connection, rows: pa.Table) -> Ids:
    """Look up the known fragments and assign ids to the others here.

    Only one writer works at a time, so the ids after the largest are free; the database would need more statements to
    assign them and return them.
    """
    last = connection.exec_driver_sql("SELECT max(id) FROM fragments").scalar() or 0
    ids = np.zeros(rows.num_rows, np.int64)
    if last:
        insert_rows(connection, "new_fragments", rows.select(["number", "text"]))
        known_numbers, found = _find_known_ids(connection)
        ids[known_numbers] = found
    new = np.flatnonzero(ids == 0)
    ids[new] = last + 1 + np.arange(len(new))
    missing = rows.take(pa.array(new)).drop_columns("number").append_column("id", pa.array(ids[new]))
    insert_rows(connection, "fragments", missing)
    entries = zip(ids[new].tolist(), bigram_words(missing["text"].to_pylist()), strict=True)
    insert_values(connection, "INSERT INTO fragment_search (rowid, pairs) VALUES (?, ?)", entries)
    return ids


def _merge_on_postgresql(connection: Connection, rows: pa.Table) -> Ids:
    # Large buffers, so that the new entries go into the search index all at once.
    for setting in ("gin_pending_list_limit", "maintenance_work_mem"):
        connection.exec_driver_sql(f"SET LOCAL {setting} = '256MB'")
    rows = rows.append_column("pairs", bigram_arrays(rows["text"].to_pylist()))
    insert_rows(connection, "new_fragments", rows)
    connection.exec_driver_sql("ANALYZE new_fragments")
    connection.exec_driver_sql(_MERGE)
    connection.exec_driver_sql("SELECT gin_clean_pending_list('ix_fragments_pairs')")
    return _find_known_ids(connection)[1]


def _find_known_ids(connection: Connection) -> tuple[Ids, Ids]:
    """Return the numbers of those new fragments that the store has, and their ids."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(_SELECT_KNOWN)
        rows = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    finally:
        cursor.close()
    return rows[:, 0], rows[:, 1]


def delete_unused_fragments(connection: Connection) -> int:
    """Delete the fragments without a pattern and without a review; return how many."""
    unused = (
        "NOT EXISTS (SELECT 1 FROM patterns WHERE patterns.fragment_id = fragments.id) "
        "AND NOT EXISTS (SELECT 1 FROM reviews WHERE reviews.fragment_id = fragments.id)"
    )
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"SELECT id, text FROM fragments WHERE {unused}").all()  # noqa: S608
        # The index has no copy of the words (content=''): to delete an entry, FTS5 must be given the same words.
        gone = zip((row[0] for row in rows), bigram_words(row[1] for row in rows), strict=True)
        insert_values(
            connection, "INSERT INTO fragment_search (fragment_search, rowid, pairs) VALUES ('delete', ?, ?)", gone
        )
    return connection.exec_driver_sql(f"DELETE FROM fragments WHERE {unused}").rowcount  # noqa: S608
