"""What runs on CPUs: reading and encoding a shard, extracting and writing its fragments, merging a bucket."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import ray

from camlode.pipeline.stages.encode import encode
from camlode.pipeline.stages.extract import extract
from camlode.pipeline.stages.partials import count_duplicate_ids, read_bucket, sum_results, write_result
from camlode.pipeline.stages.read import read_shard
from camlode.pipeline.stages.reduce import merge_all
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
    """What a shard's last task gives back: its counts, its partial, and the seconds of each stage."""

    counts: Counts
    partial: Partial
    seconds: dict[str, float]
    stats: AttributionStats


# None of these is tried again by Ray itself: the schedule counts how often a shard has cost a process.
@ray.remote(max_retries=0)
def warm_up(dictionary: str | None, hmm: bool) -> None:
    """Starts a process that the tasks below will run in: imports, and jieba's dictionary."""
    restrict_to_assigned_gpus()
    load_segmenter(dictionary=dictionary, hmm=hmm)("词")


@ray.remote(max_retries=0, num_returns=2)
def prepare(context: RunContext, shard: Shard) -> tuple[EncodedShard, dict[str, float]]:
    """Reads a shard and encodes its documents; gives the seconds of both beside them."""
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
    """Extracts a shard's fragments and writes its result; gives back only sums."""
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
    """What the partials add up to, and which of them are missing or broken."""
    return sum_results(context.folder, partials)


@ray.remote
def merge_bucket(context: RunContext, names: Sequence[str], bucket: int) -> pa.Table:
    """The best patterns of one bucket of all partials."""
    return merge_all(read_bucket(context.folder, names, bucket), context.job.patterns)


@ray.remote
def count_bucket_duplicates(context: RunContext, names: Sequence[str], bucket: int) -> int:
    """How many documents of one bucket repeat another's id."""
    return count_duplicate_ids(context.folder, names, bucket)


@lru_cache(maxsize=1)
def _get_tokenizer(context: RunContext) -> Tokenizer:
    model_info = context.model_info
    return make_tokenizer(context.job.tokenizer, length=model_info.length, vectorizer=model_info.vectorizer)


@lru_cache(maxsize=1)
def _get_segmenter(context: RunContext) -> Segmenter:
    return load_segmenter(dictionary=context.job.tokenizer.dictionary, hmm=context.job.tokenizer.hmm)
