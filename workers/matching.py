"""The last step on Ray: the published fragments are matched over all shards that are done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

import ray

from pipeline.stages.match import MinedShard, PublishedPatterns, match_all, published_patterns
from pipeline.stages.match_counts import Matches, MatchSums
from pipeline.stages.partials import read_predictions
from pipeline.stages.read import read_shard
from workers.reduction import in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from pipeline.records import Shard
    from workers.context import Context
    from workers.reduction import Tick

PARTS_A_TASK = 4
"""Parts of the corpus for each task that can run at once: few, since each gives back arrays over all patterns."""

SHARDS_AT_ONCE = 1000
"""The most shards in a part: what is lost when the process that matches them dies."""


class Matched(NamedTuple):
    """What matching the corpus tells, and the seconds that it took, of all processes."""

    matches: Matches
    seconds: float


@dataclass(frozen=True, slots=True)
class _Published:
    """The published patterns as tasks are sent them; `key` names them, so that a process builds its automaton once."""

    key: str
    labels: pa.ChunkedArray = field(compare=False)
    fragments: pa.ChunkedArray = field(compare=False)


def matched(context: Context, best: pa.Table, shards: Sequence[Shard], tasks: int, tick: Tick) -> Matched:
    """Matches the patterns `best`, of the schema PARTIAL, in the explained documents of `shards`.

    The shards are in the corpus's order; `tasks` can run at once, and `tick` is called meanwhile.
    """
    shared: Any = ray.put(context)
    published: Any = ray.put(_Published(token_hex(8), best["label"], best["fragment"]))
    sums, seconds = MatchSums(best.num_rows, context.job.patterns.examples), 0.0
    for part in in_order(lambda some: match_part.remote(shared, published, some), _parts(shards, tasks), tasks, tick):
        sums.add(part.matches)
        seconds += part.seconds
    return Matched(sums.matches(), seconds)


@ray.remote
def match_part(context: Context, published: _Published, shards: Sequence[Shard]) -> Matched:
    """What the published patterns match in some of the shards, which are read again."""
    began = time.perf_counter()
    matches = match_all(_mined(context, shards), _patterns(context, published), context.job.patterns)
    return Matched(matches, time.perf_counter() - began)


def _parts(shards: Sequence[Shard], tasks: int) -> Iterator[Sequence[Shard]]:
    size = min(SHARDS_AT_ONCE, -(-len(shards) // (PARTS_A_TASK * tasks)))
    for start in range(0, len(shards), size):
        yield shards[start : start + size]


def _mined(context: Context, shards: Sequence[Shard]) -> Iterator[MinedShard]:
    for shard in shards:
        documents = read_shard(shard, context.job.corpus).documents
        yield MinedShard(shard.number, documents, read_predictions(context.folder, shard))


@lru_cache(maxsize=1)
def _patterns(context: Context, published: _Published) -> PublishedPatterns:
    labels, fragments = published.labels.to_numpy(), published.fragments.to_pylist()
    words = context.job.fragments.unit == "word"
    return published_patterns(fragments, labels, context.facts.labels, boundaries=words)
