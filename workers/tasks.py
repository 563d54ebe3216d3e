"""What runs on CPUs: reading and encoding a shard, extracting and writing its fragments, merging a bucket."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import ray

from pipeline.stages.encode import encode
from pipeline.stages.extract import extract
from pipeline.stages.partials import count_duplicate_ids, read_bucket, write_result
from pipeline.stages.read import read_shard
from pipeline.stages.reduce import merge
from pipeline.tokenizers import Tokenizer, make_tokenizer
from pipeline.tokenizers.segment import Cut, segmenter

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from pipeline.records import Counts, EncodedShard, Importances, LabelTotals, Shard
    from workers.context import Context


@ray.remote
def warm_up(dictionary: str | None, hmm: bool) -> None:
    """Starts a process that the tasks below will run in: imports, and jieba's dictionary."""
    segmenter(dictionary=dictionary, hmm=hmm)("词")


@ray.remote
def prepare(context: Context, shard: Shard) -> EncodedShard:
    """Reads a shard and encodes its documents."""
    documents = read_shard(shard, context.job.corpus)
    return encode(documents, _tokenizer(context), context=context.job.patterns.context)


@ray.remote
def finish(
    context: Context, shard: Shard, encoded: EncodedShard, importances: Importances
) -> tuple[LabelTotals, Counts]:
    """Extracts a shard's fragments and writes its result; gives back only the sums."""
    job = context.job
    result = extract(encoded, importances, context.facts.labels, job.fragments, job.patterns, _cut(context))
    write_result(context.folder, shard, result, buckets=context.buckets)
    return result.totals, result.counts


@ray.remote
def merge_bucket(context: Context, shards: Sequence[Shard], bucket: int) -> pa.Table:
    """The best patterns of one bucket of all `shards`."""
    return merge(read_bucket(context.folder, shards, bucket), context.job.patterns)


@ray.remote
def duplicate_ids(context: Context, shards: Sequence[Shard]) -> int:
    """How many documents of `shards` repeat another's id."""
    return count_duplicate_ids(context.folder, shards)


@lru_cache(maxsize=1)
def _tokenizer(context: Context) -> Tokenizer:
    facts = context.facts
    return make_tokenizer(context.job.tokenizer, length=facts.length, vectorizer=facts.vectorizer)


@lru_cache(maxsize=1)
def _cut(context: Context) -> Cut:
    return segmenter(dictionary=context.job.tokenizer.dictionary, hmm=context.job.tokenizer.hmm)
