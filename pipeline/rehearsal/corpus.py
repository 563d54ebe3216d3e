"""The corpus as a job would cut it, and some of its documents."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from config.errors import CorpusError
from pipeline.records import DOCUMENTS_SCHEMA, REJECTS_SCHEMA, ShardDocuments
from pipeline.stages.read import read_shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config import Job
    from pipeline.records import CorpusFile, Shard

SAMPLED_SHARDS = 3
"""So many shards are read for the sample: the first, the last, and one between them."""


@dataclass(frozen=True, slots=True)
class CorpusSize:
    """The corpus's files, with their bytes, and the shards that they make."""

    files: int
    bytes: int
    shards: int


@dataclass(frozen=True, slots=True)
class SampledRecords:
    """Some of a corpus's documents: those drawn, with the rejects of as many records.

    `records` is how many the corpus has: counted where it is `exact`, else estimated by the size of what was read.
    `seconds` is what reading a record took.
    """

    documents: ShardDocuments
    records: int
    exact: bool
    seconds: float


def measure_corpus(files: Sequence[CorpusFile], shards: Sequence[Shard]) -> CorpusSize:
    """The sizes of a plan."""
    return CorpusSize(len(files), sum(file.size for file in files), len(shards))


def sample_records(job: Job, shards: Sequence[Shard], count: int) -> SampledRecords:
    """About `count` records, spread evenly over up to READ_SHARDS shards, which are read whole.

    Raises:
        CorpusError: a shard cannot be read, or there is no record in those that were.
    """
    chosen = [shards[number] for number in sorted({0, len(shards) // 2, len(shards) - 1})]
    start_time = time.perf_counter()
    read = [read_shard(shard, job.corpus) for shard in chosen]
    seconds = time.perf_counter() - start_time
    found = sum(each.record_count for each in read)
    if not found:
        raise CorpusError(f"there is no record in {chosen[0].file.path}; check corpus.paths")
    each = -(-count // len(read))
    parts = [_thin_out(part, each) for part in read]
    documents = pa.concat_tables([DOCUMENTS_SCHEMA.empty_table(), *(part.documents for part in parts)])
    rejects = pa.concat_tables([REJECTS_SCHEMA.empty_table(), *(part.rejects for part in parts)])
    records, exact = _count_records(shards, chosen, [part.record_count for part in read])
    return SampledRecords(ShardDocuments(documents, rejects), records, exact, seconds / found)


def _thin_out(part: ShardDocuments, count: int) -> ShardDocuments:
    """Every so many of a shard's documents, and of its rejects."""
    share = min(1.0, count / max(part.record_count, 1))
    return ShardDocuments(_take_evenly(part.documents, share), _take_evenly(part.rejects, share))


def _take_evenly(table: pa.Table, share: float) -> pa.Table:
    wanted = np.linspace(0, table.num_rows - 1, round(table.num_rows * share)).round().astype(np.int64)
    return table.take(pa.array(wanted))


def _count_records(shards: Sequence[Shard], read: Sequence[Shard], found: Sequence[int]) -> tuple[int, bool]:
    """How many records all shards have, and whether that is counted: a range of rows says it, one of bytes doesn't."""
    known = {shard.number: count for shard, count in zip(read, found, strict=True)}
    rows = sum(known.get(each.number, each.stop - each.start) for each in shards if each.unit == "rows")
    others = [each for each in shards if each.unit == "bytes"]
    counted = [each for each in others if each.number in known]
    records = rows + sum(known[each.number] for each in counted)
    if len(counted) == len(others):
        return records, True
    left = sum(each.stop - each.start for each in others if each.number not in known)
    # Where none of them was read, what was read tells it of them all.
    seen = [*counted] or [*read]
    size = sum(each.stop - each.start if each.unit == "bytes" else each.file.size for each in seen)
    return records + round(left * sum(known[each.number] for each in seen) / max(size, 1)), False
