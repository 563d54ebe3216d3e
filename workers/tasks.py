"""What runs on CPUs: reading and encoding a shard, extracting and writing its fragments, merging a bucket."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import ray

from pipeline.stages.encode import encode
from pipeline.stages.extract import extract
from pipeline.stages.folding import merge_all
from pipeline.stages.partials import add_sums, count_duplicate_ids, read_bucket, write_result
from pipeline.stages.read import read_shard
from pipeline.tokenizers import Tokenizer, make_tokenizer
from pipeline.tokenizers.segment import Cut, segmenter
from workers.devices import assigned_gpus

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from pipeline.records import Counts, EncodedShard, Importances, Shard
    from pipeline.stages.partials import Partial, Sums
    from workers.attributor import Work
    from workers.context import Context


class Finished(NamedTuple):
    """What a shard's last task gives back: its counts, its partial, and the seconds of each stage."""

    counts: Counts
    partial: Partial
    seconds: dict[str, float]
    work: Work


# None of these is tried again by Ray itself: the schedule counts how often a shard has cost a process.
@ray.remote(max_retries=0)
def warm_up(dictionary: str | None, hmm: bool) -> None:
    """Starts a process that the tasks below will run in: imports, and jieba's dictionary."""
    assigned_gpus()
    segmenter(dictionary=dictionary, hmm=hmm)("词")


@ray.remote(max_retries=0, num_returns=2)
def prepare(context: Context, shard: Shard) -> tuple[EncodedShard, dict[str, float]]:
    """Reads a shard and encodes its documents; gives the seconds of both beside them."""
    assigned_gpus()
    began = time.perf_counter()
    documents = read_shard(shard, context.job.corpus)
    read = time.perf_counter()
    encoded = encode(documents, _tokenizer(context), context=context.job.patterns.context)
    return encoded, {"read": read - began, "encode": time.perf_counter() - read}


@ray.remote(max_retries=0)
def finish(
    context: Context,
    shard: Shard,
    encoded: EncodedShard,
    seconds: dict[str, float],
    importances: Importances,
    work: Work,
) -> Finished:
    """Extracts a shard's fragments and writes its result; gives back only sums."""
    job = context.job
    began = time.perf_counter()
    result = extract(encoded, importances, context.facts.labels, job.fragments, job.patterns, _cut(context))
    extracted = time.perf_counter()
    partial = write_result(context.folder, shard, result, buckets=context.buckets)
    own = {"attribute": work.seconds, "extract": extracted - began, "write": time.perf_counter() - extracted}
    return Finished(result.counts, partial, seconds | own, work)


@ray.remote
def sums(context: Context, partials: Sequence[Partial]) -> Sums:
    """What the partials add up to, and which of them are missing or broken."""
    return add_sums(context.folder, partials)


@ray.remote
def merge_bucket(context: Context, names: Sequence[str], bucket: int) -> pa.Table:
    """The best patterns of one bucket of all partials."""
    return merge_all(read_bucket(context.folder, names, bucket), context.job.patterns)


@ray.remote
def duplicate_ids(context: Context, names: Sequence[str], bucket: int) -> int:
    """How many documents of one bucket repeat another's id."""
    return count_duplicate_ids(context.folder, names, bucket)


@lru_cache(maxsize=1)
def _tokenizer(context: Context) -> Tokenizer:
    facts = context.facts
    return make_tokenizer(context.job.tokenizer, length=facts.length, vectorizer=facts.vectorizer)


@lru_cache(maxsize=1)
def _cut(context: Context) -> Cut:
    return segmenter(dictionary=context.job.tokenizer.dictionary, hmm=context.job.tokenizer.hmm)
