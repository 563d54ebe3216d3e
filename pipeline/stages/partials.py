"""A shard's result as files: written whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.records import PARTIAL
from pipeline.stages.reduce import split_by_bucket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.records import Shard, ShardResult


def write_result(folder: str, shard: Shard, result: ShardResult, *, buckets: int) -> None:
    """Writes the shard's partial, predictions and rejects into `folder`, each under its final name once complete."""
    _write(_path(folder, "partials", shard), split_by_bucket(result.partial, buckets))
    _write(_path(folder, "predictions", shard), [result.predictions])
    _write(_path(folder, "rejects", shard), [result.rejects])


def read_bucket(folder: str, shards: Iterable[Shard], bucket: int) -> list[pa.Table]:
    """One bucket of the shards' partials."""
    paths = [_path(folder, "partials", shard) for shard in shards]
    return [pq.ParquetFile(path, memory_map=True).read_row_group(bucket) for path in paths] or [PARTIAL.empty_table()]


def count_duplicate_ids(folder: str, shards: Iterable[Shard]) -> int:
    """How many documents carry an id that another document carries too, the first of them not counted."""
    paths = [_path(folder, "predictions", shard) for shard in shards]
    ids = pa.chunked_array([pq.read_table(path, columns=["id"])["id"].combine_chunks() for path in paths], pa.string())
    return len(ids) - len(ids.unique())


def _path(folder: str, kind: str, shard: Shard) -> Path:
    return Path(folder) / kind / f"{shard.number:06}-{shard.id}.parquet"


def _write(path: Path, groups: list[pa.Table]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with pq.ParquetWriter(temporary, groups[0].schema, compression="zstd") as writer:
        for group in groups:
            # An empty bucket is a row group too, so that its number is its place.
            writer.write_table(group, row_group_size=max(group.num_rows, 1))
    temporary.rename(path)
