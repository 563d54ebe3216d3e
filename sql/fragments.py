"""Fragments: the texts that all runs share, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sql.bulk import insert_rows, insert_values
from sql.search import bigram_arrays, bigram_words

if TYPE_CHECKING:
    import numpy.typing as npt
    from sqlalchemy import Connection

    Ids = npt.NDArray[np.int64]

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
    """Adds the fragments of `patterns` that aren't there yet; gives each distinct one, and its number in the store."""
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
    """Looks the known ones up, and numbers the others here: fewer steps than letting the database find out."""
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
    # What is new goes into the index of texts all at once.
    for setting in ("gin_pending_list_limit", "maintenance_work_mem"):
        connection.exec_driver_sql(f"SET LOCAL {setting} = '256MB'")
    rows = rows.append_column("pairs", bigram_arrays(rows["text"].to_pylist()))
    insert_rows(connection, "new_fragments", rows)
    connection.exec_driver_sql("ANALYZE new_fragments")
    connection.exec_driver_sql(_MERGE)
    connection.exec_driver_sql("SELECT gin_clean_pending_list('ix_fragments_pairs')")
    return _find_known_ids(connection)[1]


def _find_known_ids(connection: Connection) -> tuple[Ids, Ids]:
    """The numbers of those new fragments that the store has, and their numbers there."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(_SELECT_KNOWN)
        found = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    finally:
        cursor.close()
    return found[:, 0], found[:, 1]


def delete_unused_fragments(connection: Connection) -> int:
    """Removes the fragments that no pattern and no review needs any more; how many."""
    unused = (
        "NOT EXISTS (SELECT 1 FROM patterns WHERE patterns.fragment_id = fragments.id) "
        "AND NOT EXISTS (SELECT 1 FROM reviews WHERE reviews.fragment_id = fragments.id)"
    )
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"SELECT id, text FROM fragments WHERE {unused}").all()  # noqa: S608
        # The index keeps no text of its own: it must be told what it was given.
        gone = zip((row[0] for row in rows), bigram_words(row[1] for row in rows), strict=True)
        insert_values(
            connection, "INSERT INTO fragment_search (fragment_search, rowid, pairs) VALUES ('delete', ?, ?)", gone
        )
    return connection.exec_driver_sql(f"DELETE FROM fragments WHERE {unused}").rowcount  # noqa: S608
