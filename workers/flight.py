"""The shards of a run in flight: started where an attributor is ready, ended, and tried again where that may help."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import ray

from workers.deadlines import Deadlines
from workers.outcomes import Failure, Outcome, Turn, failure_of
from workers.queue import Attempt, ShardQueue
from workers.tasks import finish, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from config import Run
    from pipeline.records import Shard
    from workers.attributors import Attributors
    from workers.context import Context

TURN_SECONDS = 1.0
"""How long a turn waits for something to happen."""


class _Running(NamedTuple):
    """An attempt in flight, and its first reference; the last is its key."""

    attempt: Attempt
    encoded: Any


class Flight:
    """Takes `shards` through reading, encoding, attribution and extraction; references pass through here, no data."""

    def __init__(self, attributors: Attributors, run: Run, context: Context, shards: Iterable[Shard]) -> None:
        self._attributors = attributors
        self._run = run
        self._context: Any = ray.put(context)
        self._queue = ShardQueue(shards)
        self._deadlines = Deadlines(run.shard_seconds)
        self._running: dict[Any, _Running] = {}

    def turns(self) -> Iterator[Turn]:
        """What happens, in turns of a second or less.

        Raises:
            WorkerError: no attributor is left, or an error that would come with every shard.
        """
        ended: list[Outcome | Failure] = []
        while ended or not self._queue.is_done:
            yield Turn(ended, self._start())
            self._end_overdue()
            ended = [self._ended(reference) for reference in self._done()]

    def _start(self) -> list[Attempt]:
        """Starts what can be started now."""
        started = []
        while (attempt := self._queue.next(self._attributors.ready)) is not None:
            prepared: Any = prepare.remote(self._context, attempt.shard)
            encoded, seconds = prepared
            importances, work = self._attributors.attribute(attempt.worker, encoded)
            last = finish.remote(self._context, attempt.shard, encoded, seconds, importances, work)
            self._running[last] = _Running(attempt, encoded)
            started.append(attempt)
        return started

    def _done(self) -> list[Any]:
        """The references of attempts that have ended; attributors that have become ready are noted."""
        waited = [*self._running, *self._attributors.loading]
        if not waited:  # every attributor has died, and none has been asked again yet
            time.sleep(TURN_SECONDS)
        done, _ = ray.wait(waited, num_returns=1, timeout=TURN_SECONDS) if waited else ([], [])
        if done:  # and whatever else has come to its end meanwhile
            done, _ = ray.wait(waited, num_returns=len(waited), timeout=0)
        for reference in done:
            if reference not in self._running:
                self._attributors.loaded(reference)
        self._attributors.check()
        return [reference for reference in done if reference in self._running]

    def _ended(self, reference: Any) -> Outcome | Failure:
        attempt = self._running.pop(reference).attempt
        outcome = self._outcome(reference, attempt)
        again = isinstance(outcome, Failure) and self._is_tried_again(outcome, attempt)
        self._queue.ended(attempt, again=again)
        if not isinstance(outcome, Failure):
            return outcome
        times = f"lost its worker {attempt.number} times: " if outcome.of_machine and not again else ""
        return outcome._replace(again=again, reason=times + outcome.reason)

    def _outcome(self, reference: Any, attempt: Attempt) -> Outcome | Failure:
        try:
            done = ray.get(reference)
        except ray.exceptions.RayError as error:
            failure = failure_of(attempt, error)
            late = f"it took longer than run.shard_seconds, {self._run.shard_seconds:g}"
            return failure._replace(reason=late) if self._deadlines.has_passed(attempt) else failure
        return Outcome(attempt.shard, attempt.number, done)

    def _is_tried_again(self, failure: Failure, attempt: Attempt) -> bool:
        """A machine can fail for reasons of its own; code and data that fail twice will fail again."""
        if not failure.of_machine:
            return attempt.number < min(self._run.attempts, 2)
        self._attributors.lost(attempt.worker)
        # The first time another shard may have been the reason: only from the second on has it a worker to itself.
        return attempt.number < max(self._run.attempts, 2)

    def _end_overdue(self) -> None:
        """Ends whatever works at a shard for longer than `run.shard_seconds`, which the shard then fails of."""
        late = self._deadlines.overdue(self._queue.leading())
        for reference, (attempt, encoded) in [*self._running.items()]:
            if attempt in late:
                ray.cancel(encoded, force=True)
                ray.cancel(reference, force=True)
                self._attributors.replace(attempt.worker)
