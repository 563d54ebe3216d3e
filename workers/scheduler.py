"""The shards of a run in flight: started where an attributor is ready, ended, and tried again where that may help."""
# MERGED: The workers of a run, and what they do together: the shards first, then what these add up to.

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import ray

from camlode.config.errors import WorkerError
from camlode.workers.actor import AttributionActor
from camlode.workers.actor_pool import ActorPool
from camlode.workers.failures import Failure, Success, Update, to_camlode_error, to_failure
from camlode.workers.matching import match_patterns
from camlode.workers.queue import Attempt, Deadlines, ShardQueue
from camlode.workers.reduction import count_duplicates, merge_buckets, sum_all_partials
from camlode.workers.tasks import finish, prepare, warm_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from camlode.config import Job, Run
    from camlode.pipeline.records import Shard
    from camlode.pipeline.stages.partials import Partial, ShardSums
    from camlode.workers.cluster import Resources
    from camlode.workers.context import RunContext
    from camlode.workers.matching import MatchResult
    from camlode.workers.reduction import Tick

UPDATE_SECONDS = 1.0
"""How long a turn waits for something to happen."""


class _InFlight(NamedTuple):
    """An attempt in flight, and its first reference; the last is its key."""

    attempt: Attempt
    encoded: Any


class Scheduler:
    """Takes `shards` through reading, encoding, attribution and extraction; references pass through here, no data."""

    def __init__(self, actor_pool: ActorPool, run: Run, context: RunContext, shards: Iterable[Shard]) -> None:
        self._actor_pool = actor_pool
        self._run = run
        self._context: Any = ray.put(context)
        self._queue = ShardQueue(shards)
        self._deadlines = Deadlines(run.shard_seconds)
        self._in_flight: dict[Any, _InFlight] = {}

    def updates(self) -> Iterator[Update]:
        """What happens, in turns of a second or less.

        Raises:
            WorkerError: no attributor is left, or an error that would come with every shard.
        """
        ended: list[Success | Failure] = []
        while ended or not self._queue.is_done:
            yield Update(ended, self._start_attempts())
            self._cancel_overdue()
            ended = [self._finish_attempt(reference) for reference in self._wait_for_ended()]

    def _start_attempts(self) -> list[Attempt]:
        """Starts what can be started now."""
        started = []
        while (attempt := self._queue.next_attempt(self._actor_pool.ready)) is not None:
            prepared: Any = prepare.remote(self._context, attempt.shard)
            encoded, seconds = prepared
            importances, stats = self._actor_pool.attribute(attempt.worker, encoded)
            final = finish.remote(self._context, attempt.shard, encoded, seconds, importances, stats)
            self._in_flight[final] = _InFlight(attempt, encoded)
            started.append(attempt)
        return started

    def _wait_for_ended(self) -> list[Any]:
        """The references of attempts that have ended; attributors that have become ready are noted."""
        pending = [*self._in_flight, *self._actor_pool.loading]
        if not pending:  # every attributor has died, and none has been asked again yet
            time.sleep(UPDATE_SECONDS)
        done, _ = ray.wait(pending, num_returns=1, timeout=UPDATE_SECONDS) if pending else ([], [])
        if done:  # and whatever else has come to its end meanwhile
            done, _ = ray.wait(pending, num_returns=len(pending), timeout=0)
        for reference in done:
            if reference not in self._in_flight:
                self._actor_pool.finish_loading(reference)
        self._actor_pool.check()
        return [reference for reference in done if reference in self._in_flight]

    def _finish_attempt(self, reference: Any) -> Success | Failure:
        attempt = self._in_flight.pop(reference).attempt
        outcome = self._get_outcome(reference, attempt)
        will_retry = isinstance(outcome, Failure) and self._should_retry(outcome, attempt)
        self._queue.ended(attempt, will_retry=will_retry)
        if not isinstance(outcome, Failure):
            return outcome
        prefix = f"lost its worker {attempt.number} times: " if outcome.worker_lost and not will_retry else ""
        return outcome._replace(will_retry=will_retry, reason=prefix + outcome.reason)

    def _get_outcome(self, reference: Any, attempt: Attempt) -> Success | Failure:
        try:
            done = ray.get(reference)
        except ray.exceptions.RayError as error:
            failure = to_failure(attempt, error)
            late = f"it took longer than run.shard_seconds, {self._run.shard_seconds:g}"
            return failure._replace(reason=late) if self._deadlines.has_timed_out(attempt) else failure
        return Success(attempt.shard, attempt.number, done)

    def _should_retry(self, failure: Failure, attempt: Attempt) -> bool:
        """A machine can fail for reasons of its own; code and data that fail twice will fail again."""
        if not failure.worker_lost:
            return attempt.number < min(self._run.attempts, 2)
        self._actor_pool.mark_lost(attempt.worker)
        # The first time another shard may have been the reason: only from the second on has it a worker to itself.
        return attempt.number < max(self._run.attempts, 2)

    def _cancel_overdue(self) -> None:
        """Ends whatever works at a shard for longer than `run.shard_seconds`, which the shard then fails of."""
        late = self._deadlines.find_overdue(self._queue.current_attempts())
        for reference, (attempt, encoded) in [*self._in_flight.items()]:
            if attempt in late:
                ray.cancel(encoded, force=True)
                ray.cancel(reference, force=True)
                self._actor_pool.restart(attempt.worker)


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
