"""The shards of a run in flight: started where an attributor is ready, ended, and tried again where that may help."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import ray

from workers.deadlines import Deadlines
from workers.outcomes import Failure, Success, Update, to_failure
from workers.queue import Attempt, ShardQueue
from workers.tasks import finish, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config import Run
    from pipeline.records import Shard
    from workers.attributors import ActorPool
    from workers.context import RunContext

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
