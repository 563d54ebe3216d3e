"""Where answers are written: JSON Lines or Parquet, a file whole or not at all."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Protocol

import pyarrow.parquet as pq

from config.errors import RulesError
from config.whole_file import atomic_write
from pipeline.views.tables import dump_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

PARQUET_SUFFIXES = (".parquet", ".pq")


class RowWriter(Protocol):
    """What takes tables of one schema, one after the other."""

    def write(self, rows: pa.Table) -> None:
        """Adds rows."""


class JsonLinesWriter:
    """Writes each row as an object on a line."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, rows: pa.Table) -> None:
        """Adds rows."""
        for batch in rows.to_batches(max_chunksize=1000):
            self._file.writelines(f"{dump_json(row)}\n" for row in batch.to_pylist())


class ParquetRowWriter:
    """Writes rows into the row groups of a Parquet file."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer

    def write(self, rows: pa.Table) -> None:
        """Adds rows."""
        if rows.num_rows:
            self._writer.write_table(rows)


@contextmanager
def open_output(path: Path | None, schema: pa.Schema) -> Iterator[RowWriter]:
    """What rows of a schema are written to: Parquet where the file ends so, else JSON Lines; without a file, printed.

    The file takes the place of what was there once all of it is written.

    Raises:
        RulesError: it cannot be written.
    """
    if path is None:
        yield JsonLinesWriter(sys.stdout)
        return
    with atomic_write(path, RulesError) as unfinished:
        if path.suffix.lower() in PARQUET_SUFFIXES:
            with pq.ParquetWriter(unfinished, schema) as writer:
                yield ParquetRowWriter(writer)
        else:
            with unfinished.open("w", encoding="utf-8", newline="\n") as file:
                yield JsonLinesWriter(file)
