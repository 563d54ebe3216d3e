"""Parquet: ranges of rows, which end at row groups where these are small enough."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from camlode.pipeline.readers.arrow_rows import check_types, to_shard_documents
from camlode.pipeline.readers.base import Range, check_columns, list_columns
from camlode.pipeline.readers.storage import file_changed_error, wrap_read_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from camlode.config.sections import Corpus
    from camlode.pipeline.records import CorpusFile, Shard, ShardDocuments

_BATCH_ROWS = 4096


class ParquetReader:
    """Reader of Parquet files."""

    def split(self, file: CorpusFile, corpus: Corpus, shard_documents: int) -> Iterator[Range]:
        """Split into ranges of at most `shard_documents` rows.

        Raises:
            CorpusError: the file cannot be read, or a column is missing or has an unsupported type.
        """
        with wrap_read_errors(file.path), fsspec.open(file.path, "rb") as raw:
            source = pq.ParquetFile(raw)
            schema, groups = source.schema_arrow, _row_group_sizes(source)
        check_columns(file.path, schema.names, corpus)
        check_types(file.path, schema, corpus)
        for start, stop in pairwise(_find_boundaries(groups, shard_documents)):
            yield Range("rows", start, stop)

    def read(self, shard: Shard, corpus: Corpus) -> ShardDocuments:
        """Read the rows of one range; a row with bytes that are not UTF-8 is a reject."""
        with wrap_read_errors(shard.file.path), fsspec.open(shard.file.path, "rb") as raw:
            table = _read_rows(pq.ParquetFile(raw), shard, set(list_columns(corpus).values()))
        rows = pa.array(range(shard.start + 1, shard.stop + 1)).cast(pa.string())
        return to_shard_documents(table, pc.binary_join_element_wise(f"{shard.file.path}:row", rows, " "), corpus)


def _row_group_sizes(source: pq.ParquetFile) -> list[int]:
    metadata = source.metadata
    return [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]


def _find_boundaries(groups: Iterable[int], max_rows: int) -> Iterator[int]:
    """Boundaries of ranges: small row groups are joined, large ones are divided evenly."""
    last = position = 0
    yield last
    for rows in groups:
        if position > last and position + rows - last > max_rows:
            last = position
            yield last
        parts = -(-rows // max_rows)
        for part in range(1, parts):
            last = position + rows * part // parts
            yield last
        position += rows
    if position > last:
        yield position


def _read_rows(source: pq.ParquetFile, shard: Shard, columns: set[str]) -> pa.Table:
    """The shard's rows, decoded in batches from the row groups that hold them."""
    chosen, first, position = [], 0, 0
    for index, rows in enumerate(_row_group_sizes(source)):
        if position + rows <= shard.start:
            first = position + rows
        elif position < shard.stop:
            chosen.append(index)
        position += rows
    # In batches, not whole row groups: one of a million long texts would not fit into memory beside others.
    kept, position = [], first
    for batch in source.iter_batches(_BATCH_ROWS, row_groups=chosen, columns=sorted(columns)):
        begin, end = max(shard.start - position, 0), shard.stop - position
        kept.append(batch.slice(begin, max(end - begin, 0)) if begin < len(batch) else batch.slice(0, 0))
        position += len(batch)
        if position >= shard.stop:
            break
    if position < shard.stop:
        raise file_changed_error(shard.file.path)
    return pa.Table.from_batches(kept)
