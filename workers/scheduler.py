"""The workers of a run, and the scheduler that takes shards through them: start, wait, finish, retry."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import ray

from camlode.config.errors import WorkerError
from camlode.workers.actor import AttributionActor
from camlode.workers.actor_pool import ActorPool
from camlode.workers.matching import match_patterns
from camlode.workers.outcomes import Failure, Success, Update, to_camlode_error, to_failure
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
    from camlode.workers.reduction import OnWait

UPDATE_SECONDS = 1.0
"""The longest time between two updates."""


class WorkerPool:
    """The workers of a run, each with the job's model loaded; leaving the context stops them and frees their GPUs.

    `actor` is their class.

    Raises:
        CamlodeError: the model cannot be used, or no worker can start.
    """

    def __init__(self, job: Job, resources: Resources, actor: type | None = None) -> None:
        self._run = job.run
        self.resources = resources
        # Looked up here rather than as the parameter's default, so that tests can replace the class.
        self.actor_pool = ActorPool(job, resources, actor or AttributionActor)
        try:
            # The processes that read and extract start while the model loads.
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
        """Stop the workers, so that their GPUs are free at once."""
        self.actor_pool.close()

    def run(self, context: RunContext, shards: Iterable[Shard]) -> Iterator[Update]:
        """Read, encode, attribute and extract all shards, in any order; yields an update at least about every second.

        Two shards in flight for each worker and two more keep CPUs and GPUs busy, and bound the memory used. A shard
        whose worker dies or exceeds `run.shard_seconds` is tried `run.attempts` times in all, one that raises an error
        twice.

        Raises:
            WorkerError: no worker is left, or an error would come with every shard.
        """
        return Scheduler(self.actor_pool, self._run, context, shards).updates()

    def sum_partials(self, context: RunContext, partials: Sequence[Partial], on_wait: OnWait) -> ShardSums:
        """Sum all partials, and name those that are missing or corrupt; calls `on_wait` while it waits."""
        return sum_all_partials(context, partials, self.resources.tasks, on_wait)

    def merge_buckets(self, context: RunContext, names: Sequence[str], on_wait: OnWait) -> Iterator[pa.Table]:
        """Yield the best patterns of each bucket of the partials; calls `on_wait` while it waits."""
        return merge_buckets(context, names, self.resources.tasks, on_wait)

    def count_duplicate_ids(self, context: RunContext, names: Sequence[str], on_wait: OnWait) -> int:
        """Count the documents that repeat another's id; calls `on_wait` while it waits."""
        return count_duplicates(context, names, self.resources.tasks, on_wait)

    def match_patterns(
        self, context: RunContext, best: pa.Table, shards: Sequence[Shard], on_wait: OnWait
    ) -> MatchResult:
        """Match the patterns `best` in all `shards`; calls `on_wait` while it waits."""
        return match_patterns(context, best, shards, self.resources.tasks, on_wait)


class _InFlight(NamedTuple):
    """An attempt in flight, and the reference to its encoded shard; the reference to its report is the key."""

    attempt: Attempt
    encoded: Any


class Scheduler:
    """Takes `shards` through their tasks. Only references pass through here: the data stays in Ray's object store."""

    def __init__(self, actor_pool: ActorPool, run: Run, context: RunContext, shards: Iterable[Shard]) -> None:
        self._actor_pool = actor_pool
        self._run = run
        self._context: Any = ray.put(context)
        self._queue = ShardQueue(shards)
        self._deadlines = Deadlines(run.shard_seconds)
        self._in_flight: dict[Any, _InFlight] = {}

    def updates(self) -> Iterator[Update]:
        """Yield what has happened, at least about every UPDATE_SECONDS, until every shard has succeeded or failed.

        Raises:
            WorkerError: no worker is left, or an error would come with every shard.
        """
        ended: list[Success | Failure] = []
        while ended or not self._queue.is_done:
            yield Update(ended, self._start_attempts())
            self._cancel_overdue()
            ended = [self._finish_attempt(reference) for reference in self._wait_for_ended()]

    def _start_attempts(self) -> list[Attempt]:
        """Start as many attempts as the queue allows now."""
        started = []
        while (attempt := self._queue.next_attempt(self._actor_pool.ready)) is not None:
            # The three calls are chained by references: Ray starts each once its arguments are there.
            prepared: Any = prepare.remote(self._context, attempt.shard)
            encoded, seconds = prepared
            importances, stats = self._actor_pool.attribute(attempt.worker, encoded)
            final = finish.remote(self._context, attempt.shard, encoded, seconds, importances, stats)
            self._in_flight[final] = _InFlight(attempt, encoded)
            started.append(attempt)
        return started

    def _wait_for_ended(self) -> list[Any]:
        """Return the references of the attempts that have ended; marks workers that have finished loading as ready."""
        pending = [*self._in_flight, *self._actor_pool.loading]
        if not pending:  # every worker has died, and none has been asked to load again yet
            time.sleep(UPDATE_SECONDS)
        done, _ = ray.wait(pending, num_returns=1, timeout=UPDATE_SECONDS) if pending else ([], [])
        if done:  # `wait` stops at the first: take along whatever else has ended
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
        self._queue.finish(attempt, will_retry=will_retry)
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
        """A lost worker is worth more retries than an error: code and data that fail twice fail every time."""
        if not failure.worker_lost:
            return attempt.number < min(self._run.attempts, 2)
        self._actor_pool.mark_lost(attempt.worker)
        # The first time, the other shard in flight at this worker may have killed it. A retried shard has its worker to
        # itself, so every shard gets at least one retry, even where run.attempts is 1.
        return attempt.number < max(self._run.attempts, 2)

    def _cancel_overdue(self) -> None:
        """Cancel the attempts that exceed `run.shard_seconds`; each comes back as a failure."""
        late = self._deadlines.find_overdue(self._queue.current_attempts())
        for reference, (attempt, encoded) in [*self._in_flight.items()]:
            if attempt in late:
                # Any of the three calls may hang: the two tasks are cancelled, the worker is killed and restarted.
                ray.cancel(encoded, force=True)
                ray.cancel(reference, force=True)
                self._actor_pool.restart(attempt.worker)


def _wait_for_tasks(warm_ups: list[Any], seconds: float) -> None:
    try:
        ray.get(warm_ups, timeout=seconds)
    except ray.exceptions.GetTimeoutError as error:
        raise WorkerError(
            f"no CPU was free within run.start_seconds ({seconds:g}): reading needs some; free the cluster"
        ) from error
    except ray.exceptions.RayError as error:
        raise to_camlode_error(error) from error
