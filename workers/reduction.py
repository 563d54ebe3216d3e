"""The second, small step on Ray: what all shards add up to, bucket by bucket."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import ray

from pipeline.records import Counts
from pipeline.stages.partials import Sums
from workers.outcomes import raised
from workers.tasks import duplicate_ids, merge_bucket, sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from pipeline.stages.partials import Partial
    from workers.context import Context

PARTIALS_AT_ONCE = 200
"""Partials whose sums one task adds up."""

AHEAD = 2
"""Tasks that wait for a CPU beside those that have one."""


Tick = Callable[[], object]
"""Called every few seconds while a task is waited for."""

TICK_SECONDS = 5.0


def sums_of(context: Context, partials: Sequence[Partial], tasks: int, tick: Tick) -> Sums:
    """What all partials add up to, and which of them are missing or broken; `tasks` can run at once."""
    shared = ray.put(context)
    found: list[Sums] = [*in_order(lambda some: sums.remote(shared, some), _parts(partials), tasks, tick)]
    totals = [each.totals for each in found if each.totals is not None]
    return Sums(
        reduce(add, totals) if totals else None,
        reduce(add, (each.counts for each in found), Counts()),
        tuple(name for each in found for name in each.broken),
    )


def merged(context: Context, names: Sequence[str], tasks: int, tick: Tick) -> Iterator[pa.Table]:
    """The best patterns of each bucket of the partials."""
    shared: Any = ray.put(context)
    held: Any = ray.put([*names])
    return in_order(lambda bucket: merge_bucket.remote(shared, held, bucket), range(context.buckets), tasks, tick)


def duplicates(context: Context, names: Sequence[str], tasks: int, tick: Tick) -> int:
    """How many documents repeat another's id."""
    if context.job.corpus.id is None:
        return 0  # each is named by its file and line
    shared: Any = ray.put(context)
    held: Any = ray.put([*names])
    return sum(in_order(lambda bucket: duplicate_ids.remote(shared, held, bucket), range(context.buckets), tasks, tick))


def _parts(partials: Sequence[Partial]) -> Iterator[list[Partial]]:
    for start in range(0, len(partials), PARTIALS_AT_ONCE):
        yield [*partials[start : start + PARTIALS_AT_ONCE]]


def in_order(task: Callable[[Any], Any], arguments: Iterable[Any], tasks: int, tick: Tick) -> Iterator[Any]:
    """What a task gives for each argument, in order; no more than a few wait to be taken."""
    flight: list[Any] = []
    for argument in arguments:
        flight.append(task(argument))
        if len(flight) >= tasks + AHEAD:
            yield _got(flight.pop(0), tick)
    for reference in flight:
        yield _got(reference, tick)


def _got(reference: Any, tick: Tick) -> Any:
    try:
        while not ray.wait([reference], timeout=TICK_SECONDS)[0]:
            tick()
        return ray.get(reference)
    except ray.exceptions.RayError as error:
        raise raised(error) from error
