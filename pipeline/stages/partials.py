"""Files of a shard's result: its partial, predictions, ids and rejects.

A partial is a Parquet file with one row group for each bucket of fragments. Its footer holds the shard's sums and the
sizes of the shard's other files, so one small read validates a shard. The partial is written last: a shard whose
process died in between has no partial, does not count, and is processed again.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from camlode.config.errors import WorkerError
from camlode.pipeline.records import PARTIAL_SCHEMA, Counts, LabelTotals
from camlode.pipeline.stages.reduce import split_by_bucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from camlode.pipeline.records import Shard, ShardResult
    from camlode.pipeline.stages.work_folder import WorkFolder

FILE_KINDS = ("partials", "predictions", "ids", "rejects")
"""The subfolders of a run's work folder."""

RETAINED_KINDS = ("predictions", "rejects")
"""Those that remain once the run is complete: rules are fitted to the predictions, and rejects can be printed."""

_SUMS_KEY = b"camlode.sums"


class Partial(NamedTuple):
    """A shard's partial as in the ledger: its file name, which all files of the shard share, and its size in bytes."""

    name: str
    size: int


class ShardSums(NamedTuple):
    """Sums over several shards, and the names of missing or corrupt partials."""

    totals: LabelTotals | None
    counts: Counts
    corrupt: tuple[str, ...]


def write_result(folder: WorkFolder, shard: Shard, result: ShardResult, *, buckets: int) -> Partial:
    """Write the shard's predictions, ids and rejects to `folder`, and last the partial, which makes them count."""
    name = _file_name(shard)
    other_files = {
        "predictions": _to_parquet([result.predictions]),
        "ids": _to_parquet(_hash_ids(result.predictions, buckets)),
    }
    if result.rejects.num_rows:
        other_files["rejects"] = _to_parquet([result.rejects])
    for kind, file in other_files.items():
        folder.write(kind, name, file)
    sums = _sums_to_json(result, {kind: file.size for kind, file in other_files.items()})
    partial = _to_parquet(split_by_bucket(result.partial, buckets), sums)
    folder.write("partials", name, partial)
    return Partial(name, partial.size)


def sum_results(folder: WorkFolder, partials: Iterable[Partial]) -> ShardSums:
    """Add up the sums in the partials' footers.

    A partial is corrupt if its size, or that of a file beside it, differs from what was written, or if its footer
    cannot be read.
    """
    totals, counts, corrupt = None, Counts(), []
    for partial in partials:
        try:
            sums = _read_sums(folder, partial)
        except (OSError, pa.ArrowException):
            sums = None
        if sums is None:
            corrupt.append(partial.name)
        else:
            totals = sums[0] if totals is None else totals + sums[0]
            counts += sums[1]
    return ShardSums(totals, counts, tuple(corrupt))


def read_bucket(folder: WorkFolder, names: Iterable[str], bucket: int) -> Iterator[pa.Table]:
    """Read one bucket of each partial."""
    yield PARTIAL_SCHEMA.empty_table()
    for name in names:
        yield _read_row_group(folder, "partials", name, bucket).replace_schema_metadata(None)


def read_predictions(folder: WorkFolder, shard: Shard) -> pa.Table:
    """The predictions for the explained documents of a completed shard: schema PREDICTIONS."""
    return _read_row_group(folder, "predictions", _file_name(shard), 0).replace_schema_metadata(None)


def count_duplicate_ids(folder: WorkFolder, names: Sequence[str], bucket: int) -> int:
    """Number of documents in one bucket whose id another document before them has."""
    hashes = [_read_row_group(folder, "ids", name, bucket)["hash"].to_numpy() for name in names]
    return sum(map(len, hashes)) - len(np.unique(np.concatenate(hashes))) if hashes else 0


def _file_name(shard: Shard) -> str:
    return f"{shard.number:06}-{shard.id}.parquet"


def _hash_ids(predictions: pa.Table, buckets: int) -> list[pa.Table]:
    """Ids as 64-bit hashes, by bucket.

    By the birthday bound, 10⁹ distinct ids collide once in about 40 corpora, which a count of duplicates tolerates.
    """
    hashes = pd.util.hash_array(predictions["id"].to_numpy(), categorize=False)
    return [pa.table({"hash": hashes[hashes % buckets == bucket]}) for bucket in range(buckets)]


def _read_row_group(folder: WorkFolder, kind: str, name: str, number: int) -> pa.Table:
    try:
        with folder.open(kind, name) as file:
            return pq.ParquetFile(file, page_checksum_verification=True).read_row_group(number)
    except (OSError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())  # Arrow's messages have several lines
        raise WorkerError(
            f"{folder.address}/{kind}/{name} is damaged ({reason}); delete it and start the job again, which then "
            "processes its shard again"
        ) from error


def _read_sums(folder: WorkFolder, partial: Partial) -> tuple[LabelTotals, Counts] | None:
    # The size in the ledger catches a truncated file, or one of another attempt, before its footer is trusted.
    if folder.size("partials", partial.name) != partial.size:
        return None
    with folder.open("partials", partial.name) as file:
        values = json.loads(pq.read_schema(file).metadata[_SUMS_KEY])
    if any(folder.size(kind, partial.name) != size for kind, size in values["beside"].items()):
        return None
    totals = LabelTotals(**{name: np.array(numbers, np.int64) for name, numbers in values["totals"].items()})
    return totals, Counts(**values["counts"] | {"rejected": Counter(values["counts"]["rejected"])})


def _sums_to_json(result: ShardResult, other_files: dict[str, int]) -> dict[bytes, bytes]:
    by_label = {each.name: getattr(result.totals, each.name).tolist() for each in fields(result.totals)}
    by_name = {each.name: getattr(result.counts, each.name) for each in fields(result.counts)}
    return {_SUMS_KEY: json.dumps({"totals": by_label, "counts": by_name, "beside": other_files}).encode()}


def _to_parquet(groups: list[pa.Table], metadata: dict[bytes, bytes] | None = None) -> pa.Buffer:
    """A Parquet file with a row group for each of `groups`.

    Empty groups get one too, so that the number of a row group is the number of its bucket.
    """
    sink = pa.BufferOutputStream()
    schema = groups[0].schema.with_metadata(metadata)
    # Each row group is read once and whole: dictionaries and statistics would cost more than they save.
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False, "write_page_checksum": True}
    with pq.ParquetWriter(sink, schema, **options) as writer:
        for group in groups:
            writer.write_table(group.replace_schema_metadata(metadata), row_group_size=max(group.num_rows, 1))
    return sink.getvalue()
