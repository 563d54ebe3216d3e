"""Tasks on CPUs: read and encode a shard, extract and write its fragments, sum partials, merge a bucket."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import ray

from camlode.pipeline.stages.encode import encode
from camlode.pipeline.stages.extract import extract
from camlode.pipeline.stages.partials import count_duplicate_ids, read_bucket, sum_results, write_result
from camlode.pipeline.stages.read import read_shard
from camlode.pipeline.stages.reduce import reduce
from camlode.pipeline.tokenizers import Tokenizer, make_tokenizer
from camlode.pipeline.tokenizers.segment import Segmenter, load_segmenter
from camlode.workers.cluster import restrict_to_assigned_gpus

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from camlode.pipeline.records import Counts, EncodedShard, Importances, Shard
    from camlode.pipeline.stages.partials import Partial, ShardSums
    from camlode.workers.actor import AttributionStats
    from camlode.workers.context import RunContext


class ShardReport(NamedTuple):
    """The result of a shard's last task: its counts, its partial, and the seconds of each stage."""

    counts: Counts
    partial: Partial
    seconds: dict[str, float]
    stats: AttributionStats


# max_retries=0: the scheduler retries. It must count how often a shard has killed a process.
@ray.remote(max_retries=0)
def warm_up(dictionary: str | None, hmm: bool) -> None:
    """Start a process for the tasks below: its imports, and jieba's dictionary."""
    restrict_to_assigned_gpus()
    load_segmenter(dictionary=dictionary, hmm=hmm)("词")


@ray.remote(max_retries=0, num_returns=2)
def prepare(context: RunContext, shard: Shard) -> tuple[EncodedShard, dict[str, float]]:
    """Read a shard and encode its documents; returns the seconds of both stages too."""
    restrict_to_assigned_gpus()
    began = time.perf_counter()
    documents = read_shard(shard, context.job.corpus)
    read = time.perf_counter()
    encoded = encode(documents, _get_tokenizer(context), context=context.job.patterns.context)
    return encoded, {"read": read - began, "encode": time.perf_counter() - read}


@ray.remote(max_retries=0)
def finish(
    context: RunContext,
    shard: Shard,
    encoded: EncodedShard,
    seconds: dict[str, float],
    importances: Importances,
    stats: AttributionStats,
) -> ShardReport:
    """Extract a shard's fragments and write its result to the work folder; only the sums go to the driver."""
    job = context.job
    began = time.perf_counter()
    result = extract(
        encoded, importances, context.model_info.labels, job.fragments, job.patterns, _get_segmenter(context)
    )
    extracted = time.perf_counter()
    partial = write_result(context.folder, shard, result, buckets=context.buckets)
    timings = {"attribute": stats.seconds, "extract": extracted - began, "write": time.perf_counter() - extracted}
    return ShardReport(result.counts, partial, seconds | timings, stats)


@ray.remote
def sum_partials(context: RunContext, partials: Sequence[Partial]) -> ShardSums:
    """Sum partials, and name those that are missing or corrupt."""
    return sum_results(context.folder, partials)


@ray.remote
def merge_bucket(context: RunContext, names: Sequence[str], bucket: int) -> pa.Table:
    """Merge one bucket of all partials into its best patterns."""
    return reduce(read_bucket(context.folder, names, bucket), context.job.patterns)


@ray.remote
def count_bucket_duplicates(context: RunContext, names: Sequence[str], bucket: int) -> int:
    """Count the documents of one bucket that repeat another's id."""
    return count_duplicate_ids(context.folder, names, bucket)


@lru_cache(maxsize=1)
def _get_tokenizer(context: RunContext) -> Tokenizer:
    model_info = context.model_info
    return make_tokenizer(context.job.tokenizer, length=model_info.length, vectorizer=model_info.vectorizer)


@lru_cache(maxsize=1)
def _get_segmenter(context: RunContext) -> Segmenter:
    return load_segmenter(dictionary=context.job.tokenizer.dictionary, hmm=context.job.tokenizer.hmm)
