"""A run's patterns and fragments written as fast as the driver can, with nothing looked up, checked or searched for.

The rows are those that publishing writes, made beforehand, into the same tables with the same constraints and indexes;
the index of texts is left out.
"""

from __future__ import annotations

import io
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from camlode.sql.query.patterns import MEASURES

if TYPE_CHECKING:
    from camlode.sql import RunResult

FRAGMENTS = ("id", "text", "normalised", "characters")
PATTERNS = ("label_id", "fragment_id", "rank", *MEASURES)


def build_tables(result: RunResult) -> dict[str, pa.Table]:
    """The rows of both tables, sorted by their keys."""
    encoded = result.patterns["fragment"].combine_chunks().dictionary_encode()
    texts = encoded.dictionary
    fragments = [np.arange(1, len(texts) + 1), texts, texts, pc.utf8_length(texts)]
    names = pc.unique(result.patterns["label"])
    keys = {
        "label_id": pc.add(pc.index_in(result.patterns["label"].combine_chunks(), value_set=names), 1),
        "fragment_id": pc.add(encoded.indices, 1),
    }
    columns = [keys[name] if name in keys else result.patterns[name] for name in PATTERNS]
    patterns = pa.table(columns, names=list(PATTERNS))
    return {
        "fragments": pa.table(fragments, names=list(FRAGMENTS)),
        "patterns": patterns.sort_by([("label_id", "ascending"), ("fragment_id", "ascending")]),
    }


def write_raw(address: str, tables: dict[str, pa.Table]) -> float:
    """Writes the rows into a store that has their labels and nothing else; the seconds it took."""
    return _write_postgresql(address, tables) if "://" in address else _write_sqlite(address, tables)


def _write_sqlite(address: str, tables: dict[str, pa.Table]) -> float:
    rows = {
        name: list(zip(*(column.to_pylist() for column in table.columns), strict=True))
        for name, table in tables.items()
    }
    with closing(sqlite3.connect(address, isolation_level=None)) as connection:
        for setting in ("foreign_keys = ON", "cache_size = -65536"):
            connection.execute(f"PRAGMA {setting}")
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        for name, table in tables.items():
            columns, places = ", ".join(table.column_names), ", ".join("?" * table.num_columns)
            connection.executemany(f"INSERT INTO {name} ({columns}) VALUES ({places})", rows[name])
        connection.execute("COMMIT")
        return time.perf_counter() - began


def _write_postgresql(address: str, tables: dict[str, pa.Table]) -> float:
    import psycopg

    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        data = {name: _to_csv(table) for name, table in tables.items()}
        began = time.perf_counter()
        for name, table in tables.items():
            with cursor.copy(f"COPY {name} ({', '.join(table.column_names)}) FROM STDIN (FORMAT csv)") as copy:
                copy.write(data[name])
        connection.commit()
        return time.perf_counter() - began


def _to_csv(table: pa.Table) -> bytes:
    sink: Any = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(include_header=False))
    return bytes(sink.getvalue())
