"""The workers of a run, and what they do together: the shards first, then what these add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import ray

from config.errors import WorkerError
from workers.attributor import AttributionActor
from workers.attributors import ActorPool
from workers.flight import Scheduler
from workers.matching import match_patterns
from workers.outcomes import to_camlode_error
from workers.reduction import count_duplicates, merge_buckets, sum_all_partials
from workers.tasks import warm_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from config import Job
    from pipeline.records import Shard
    from pipeline.stages.partials import Partial, ShardSums
    from workers.cluster import Resources
    from workers.context import RunContext
    from workers.matching import MatchResult
    from workers.outcomes import Update
    from workers.reduction import Tick


class WorkerPool:
    """The attributors of a run, each with the job's model loaded; leaving its context gives them back.

    `actor` is what they are made of, where it isn't Attributor.

    Raises CamlodeError where the model cannot be used, or no attributor can start.
    """

    def __init__(self, job: Job, resources: Resources, actor: type | None = None) -> None:
        self._run = job.run
        self.resources = resources
        self.actor_pool = ActorPool(job, resources, actor or AttributionActor)
        try:
            # The processes for reading and extracting start while the model loads.
            warm_ups = [warm_up.remote(job.tokenizer.dictionary, job.tokenizer.hmm) for _ in range(resources.tasks)]
            self.model_info = self.actor_pool.wait_until_ready()
            _wait_for_tasks(warm_ups, job.run.start_seconds)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the attributors, so that their GPUs are free at once."""
        self.actor_pool.close()

    def run(self, context: RunContext, shards: Iterable[Shard]) -> Iterator[Update]:
        """Takes all shards through reading, encoding, attribution and extraction, in the order that suits.

        A shard in flight at each worker and two more being read or written keep both CPUs and GPUs busy, and bound
        what is held in memory. A shard whose attributor dies or takes too long is tried again, `run.attempts` times in
        all; one that raises an error, twice. A turn comes at least every second or so.

        Raises:
            WorkerError: no attributor is left, or an error that would come with every shard.
        """
        return Scheduler(self.actor_pool, self._run, context, shards).updates()

    def sums(self, context: RunContext, partials: Sequence[Partial], tick: Tick) -> ShardSums:
        """What all partials add up to, and which of them are missing or broken; `tick` is called meanwhile."""
        return sum_all_partials(context, partials, self.resources.tasks, tick)

    def merge_buckets(self, context: RunContext, names: Sequence[str], tick: Tick) -> Iterator[pa.Table]:
        """The best patterns of each bucket of the partials; `tick` is called meanwhile."""
        return merge_buckets(context, names, self.resources.tasks, tick)

    def duplicate_ids(self, context: RunContext, names: Sequence[str], tick: Tick) -> int:
        """How many documents repeat another's id; `tick` is called meanwhile."""
        return count_duplicates(context, names, self.resources.tasks, tick)

    def match_patterns(self, context: RunContext, best: pa.Table, shards: Sequence[Shard], tick: Tick) -> MatchResult:
        """What matching the patterns `best` in all of the shards tells; `tick` is called meanwhile."""
        return match_patterns(context, best, shards, self.resources.tasks, tick)


def _wait_for_tasks(warm_ups: list[Any], seconds: float) -> None:
    try:
        ray.get(warm_ups, timeout=seconds)
    except ray.exceptions.GetTimeoutError as error:
        raise WorkerError(
            f"no CPU was free within run.start_seconds ({seconds:g}): reading needs some; free the cluster"
        ) from error
    except ray.exceptions.RayError as error:
        raise to_camlode_error(error) from error
