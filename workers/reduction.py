"""The reduce step on Ray: the sums of all shards, and their patterns merged bucket by bucket."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import ray

from camlode.pipeline.records import Counts
from camlode.pipeline.stages.partials import ShardSums
from camlode.workers.outcomes import to_camlode_error
from camlode.workers.tasks import count_bucket_duplicates, merge_bucket, sum_partials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from camlode.pipeline.stages.partials import Partial
    from camlode.workers.context import RunContext

PARTIALS_PER_TASK = 200
"""Partials that one task sums."""

EXTRA_IN_FLIGHT = 2
"""Tasks that wait for a CPU beside those that run."""

OnWait = Callable[[], object]
"""Called every TICK_SECONDS while the driver waits for a task, to keep its claim on the run."""

TICK_SECONDS = 5.0


def sum_all_partials(context: RunContext, partials: Sequence[Partial], tasks: int, on_wait: OnWait) -> ShardSums:
    """Sum all partials, at most `tasks` at a time, and name those that are missing or corrupt."""
    context_ref = ray.put(context)
    partial_sums: list[ShardSums] = [
        *map_ordered(lambda some: sum_partials.remote(context_ref, some), _split_partials(partials), tasks, on_wait)
    ]
    totals = [each.totals for each in partial_sums if each.totals is not None]
    return ShardSums(
        reduce(add, totals) if totals else None,
        reduce(add, (each.counts for each in partial_sums), Counts()),
        tuple(name for each in partial_sums for name in each.corrupt),
    )


def merge_buckets(context: RunContext, names: Sequence[str], tasks: int, on_wait: OnWait) -> Iterator[pa.Table]:
    """Yield the best patterns of each bucket of the partials."""
    context_ref: Any = ray.put(context)
    names_ref: Any = ray.put([*names])
    return map_ordered(
        lambda bucket: merge_bucket.remote(context_ref, names_ref, bucket), range(context.buckets), tasks, on_wait
    )


def count_duplicates(context: RunContext, names: Sequence[str], tasks: int, on_wait: OnWait) -> int:
    """Count the documents that repeat another's id."""
    if context.job.corpus.id is None:
        return 0  # documents without ids are named by file and line, which are unique
    context_ref: Any = ray.put(context)
    names_ref: Any = ray.put([*names])
    return sum(
        map_ordered(
            lambda bucket: count_bucket_duplicates.remote(context_ref, names_ref, bucket),
            range(context.buckets),
            tasks,
            on_wait,
        )
    )


def _split_partials(partials: Sequence[Partial]) -> Iterator[list[Partial]]:
    for start in range(0, len(partials), PARTIALS_PER_TASK):
        yield [*partials[start : start + PARTIALS_PER_TASK]]


def map_ordered(task: Callable[[Any], Any], arguments: Iterable[Any], tasks: int, on_wait: OnWait) -> Iterator[Any]:
    """Yield the result of a task for each argument, in order; at most `tasks` + EXTRA_IN_FLIGHT are in flight."""
    in_flight: list[Any] = []
    for argument in arguments:
        in_flight.append(task(argument))
        if len(in_flight) >= tasks + EXTRA_IN_FLIGHT:
            yield _wait(in_flight.pop(0), on_wait)
    for reference in in_flight:
        yield _wait(reference, on_wait)


def _wait(reference: Any, on_wait: OnWait) -> Any:
    try:
        while not ray.wait([reference], timeout=TICK_SECONDS)[0]:
            on_wait()
        return ray.get(reference)
    except ray.exceptions.RayError as error:
        raise to_camlode_error(error) from error
