"""A shard's result as files: written whole or not at all, and counted only where they are found whole."""

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
"""The folders of a run."""

RETAINED_KINDS = ("predictions", "rejects")
"""Those that stay once the run is complete: rules are made from what the model said."""

_SUMS_KEY = b"camlode.sums"


class Partial(NamedTuple):
    """A shard's partial as the ledger knows it: its name, the same for all that the shard wrote, and its bytes."""

    name: str
    size: int


class ShardSums(NamedTuple):
    """What several shards add up to, and the names of those whose partials are missing or broken."""

    totals: LabelTotals | None
    counts: Counts
    corrupt: tuple[str, ...]


def write_result(folder: WorkFolder, shard: Shard, result: ShardResult, *, buckets: int) -> Partial:
    """Writes the shard's predictions, ids and rejects into `folder`, and last the partial, by which they count."""
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
    """The sums that the partials carry; one is broken if it, or a file beside it, has not the size that was written."""
    totals, counts, corrupt = None, Counts(), []
    for partial in partials:
        try:
            found = _read_sums(folder, partial)
        except (OSError, pa.ArrowException):
            found = None
        if found is None:
            corrupt.append(partial.name)
        else:
            totals = found[0] if totals is None else totals + found[0]
            counts += found[1]
    return ShardSums(totals, counts, tuple(corrupt))


def read_bucket(folder: WorkFolder, names: Iterable[str], bucket: int) -> Iterator[pa.Table]:
    """One bucket of each partial."""
    yield PARTIAL_SCHEMA.empty_table()
    for name in names:
        yield _read_row_group(folder, "partials", name, bucket).replace_schema_metadata(None)


def read_predictions(folder: WorkFolder, shard: Shard) -> pa.Table:
    """What the model said of the explained documents of a shard that is done: schema PREDICTIONS."""
    return _read_row_group(folder, "predictions", _file_name(shard), 0).replace_schema_metadata(None)


def count_duplicate_ids(folder: WorkFolder, names: Sequence[str], bucket: int) -> int:
    """How many documents of one bucket carry an id that another carries too, the first of them not counted."""
    hashes = [_read_row_group(folder, "ids", name, bucket)["hash"].to_numpy() for name in names]
    return sum(map(len, hashes)) - len(np.unique(np.concatenate(hashes))) if hashes else 0


def _file_name(shard: Shard) -> str:
    return f"{shard.number:06}-{shard.id}.parquet"


def _hash_ids(predictions: pa.Table, buckets: int) -> list[pa.Table]:
    """Ids as hashes of 64 bits: of 10⁹ ids, one pair in forty corpora is taken for equal by chance."""
    hashes = pd.util.hash_array(predictions["id"].to_numpy(), categorize=False)
    return [pa.table({"hash": hashes[hashes % buckets == bucket]}) for bucket in range(buckets)]


def _read_row_group(folder: WorkFolder, kind: str, name: str, number: int) -> pa.Table:
    try:
        with folder.open(kind, name) as file:
            return pq.ParquetFile(file, page_checksum_verification=True).read_row_group(number)
    except (OSError, pa.ArrowException) as error:
        raise WorkerError(
            f"{folder.address}/{kind}/{name} is damaged ({error}); remove it and start the job again: its shard is "
            "then done anew"
        ) from error


def _read_sums(folder: WorkFolder, partial: Partial) -> tuple[LabelTotals, Counts] | None:
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
    """A Parquet file; an empty group is a row group too, so that its number is its place."""
    sink = pa.BufferOutputStream()
    schema = groups[0].schema.with_metadata(metadata)
    # Each is read once, whole row groups at a time: dictionaries and statistics would cost more than they save.
    options = {"compression": "zstd", "use_dictionary": False, "write_statistics": False, "write_page_checksum": True}
    with pq.ParquetWriter(sink, schema, **options) as writer:
        for group in groups:
            writer.write_table(group.replace_schema_metadata(metadata), row_group_size=max(group.num_rows, 1))
    return sink.getvalue()
