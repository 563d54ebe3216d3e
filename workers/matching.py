"""The match step on Ray: the best patterns are searched in the documents of all finished shards."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

import ray

from camlode.pipeline.stages.match import MinedShard, PublishedPatterns, compile_patterns, match_all
from camlode.pipeline.stages.match_counts import MatchAccumulator, Matches
from camlode.pipeline.stages.partials import read_predictions
from camlode.pipeline.stages.read import read_shard
from camlode.workers.reduction import map_ordered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from camlode.pipeline.records import Shard
    from camlode.workers.context import RunContext
    from camlode.workers.reduction import OnWait

PARTS_PER_TASK = 4
"""Parts of the corpus for each concurrent task: few, since each result holds arrays over all patterns."""

SHARDS_PER_PART = 1000
"""Most shards in a part: the work lost if its process dies."""


class MatchResult(NamedTuple):
    """The matches in the corpus, and the seconds that they took, summed over all processes."""

    matches: Matches
    seconds: float


@dataclass(frozen=True, slots=True)
class _Published:
    """The patterns as tasks receive them; equal by `key`, so that a process caches its automaton."""

    key: str
    labels: pa.ChunkedArray = field(compare=False)
    fragments: pa.ChunkedArray = field(compare=False)


def match_patterns(
    context: RunContext, best: pa.Table, shards: Sequence[Shard], tasks: int, on_wait: OnWait
) -> MatchResult:
    """Match the patterns `best`, of the schema PARTIAL_SCHEMA, in the explained documents of `shards`.

    `shards` are in corpus order; at most `tasks` tasks run at a time; calls `on_wait` while it waits.
    """
    context_ref: Any = ray.put(context)
    published: Any = ray.put(_Published(token_hex(8), best["label"], best["fragment"]))
    sums, seconds = MatchAccumulator(best.num_rows, context.job.patterns.examples), 0.0
    for part in map_ordered(
        lambda some: match_part.remote(context_ref, published, some), _split_shards(shards, tasks), tasks, on_wait
    ):
        sums.add(part.matches)
        seconds += part.seconds
    return MatchResult(sums.matches(), seconds)


@ray.remote
def match_part(context: RunContext, published: _Published, shards: Sequence[Shard]) -> MatchResult:
    """Read some of the shards again, and match the patterns in them."""
    began = time.perf_counter()
    matches = match_all(_read_mined_shards(context, shards), _build_patterns(context, published), context.job.patterns)
    return MatchResult(matches, time.perf_counter() - began)


def _split_shards(shards: Sequence[Shard], tasks: int) -> Iterator[Sequence[Shard]]:
    size = min(SHARDS_PER_PART, -(-len(shards) // (PARTS_PER_TASK * tasks)))
    for start in range(0, len(shards), size):
        yield shards[start : start + size]


def _read_mined_shards(context: RunContext, shards: Sequence[Shard]) -> Iterator[MinedShard]:
    for shard in shards:
        documents = read_shard(shard, context.job.corpus).documents
        yield MinedShard(shard.number, documents, read_predictions(context.folder, shard))


@lru_cache(maxsize=1)
def _build_patterns(context: RunContext, published: _Published) -> PublishedPatterns:
    labels, fragments = published.labels.to_numpy(), published.fragments.to_pylist()
    words = context.job.fragments.unit == "word"
    return compile_patterns(fragments, labels, context.model_info.labels, boundaries=words)
