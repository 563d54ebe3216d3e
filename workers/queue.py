"""The queue of a run's shards: which shard is tried next, by which worker, and for how long."""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from camlode.pipeline.records import Shard


class Attempt(NamedTuple):
    """The `number`-th attempt (from 1) at a shard, and the worker that makes it."""

    shard: Shard
    number: int
    worker: int


class ShardQueue:
    """Waiting shards, and the attempts in flight: at most two for each ready worker, and two more.

    A retried shard has its worker to itself. If the worker dies, this shard is the cause.
    """

    def __init__(self, shards: Iterable[Shard]) -> None:
        self._new_shards = deque(shards)
        self._retry_queue: deque[Attempt] = deque()
        self._in_flight: list[Attempt] = []

    @property
    def is_done(self) -> bool:
        """Whether no shard waits and none is in flight."""
        return not (self._new_shards or self._retry_queue or self._in_flight)

    def current_attempts(self) -> list[Attempt]:
        """Each worker's first attempt in flight: the one that it works at now, since actors keep the order of calls."""
        first: dict[int, Attempt] = {}
        for attempt in self._in_flight:
            first.setdefault(attempt.worker, attempt)
        return [*first.values()]

    def next_attempt(self, ready: Collection[int]) -> Attempt | None:
        """Take the attempt to start now on one of the `ready` workers; None if an attempt in flight must end first."""
        # Retries come first: no new shard starts while one waits, or a busy queue would never leave a worker idle.
        attempt = self._next_retry(ready) if self._retry_queue else self._next_new(ready)
        if attempt is not None:
            self._in_flight.append(attempt)
        return attempt

    def finish(self, attempt: Attempt, *, will_retry: bool) -> None:
        """Remove an attempt that has ended; `will_retry`: queue its shard for another one."""
        self._in_flight.remove(attempt)
        if will_retry:
            self._retry_queue.append(attempt)

    def _next_retry(self, ready: Collection[int]) -> Attempt | None:
        busy = {each.worker for each in self._in_flight}
        idle = [worker for worker in ready if worker not in busy]
        if not idle:
            return None
        failed = self._retry_queue.popleft()
        # Another worker than last time, if there is one: its machine may have been the cause.
        worker = min(idle, key=lambda each: each == failed.worker)
        return Attempt(failed.shard, failed.number + 1, worker)

    def _next_new(self, ready: Collection[int]) -> Attempt | None:
        exclusive = {each.worker for each in self._in_flight if each.number > 1}
        shared = [worker for worker in ready if worker not in exclusive]
        # Two a worker: while it attributes one, the next is read. Two more are read or written meanwhile. Without a
        # limit, encoded shards would fill Ray's object store.
        if not self._new_shards or not shared or len(self._in_flight) >= 2 * len(ready) + 2:
            return None
        busy = Counter(each.worker for each in self._in_flight)
        return Attempt(self._new_shards.popleft(), 1, min(shared, key=lambda each: busy[each]))


class Deadlines:
    """The time that each attempt has been its worker's current one; `seconds` is the limit.

    Time spent waiting behind another shard does not count.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: dict[Attempt, float] = {}
        self._timed_out: set[Attempt] = set()

    def find_overdue(self, current_attempts: Iterable[Attempt]) -> list[Attempt]:
        """Return the attempts that have passed the limit since the last call; each is returned once."""
        now = time.monotonic()
        self._since = {attempt: self._since.get(attempt, now) for attempt in current_attempts}
        late = {attempt for attempt, since in self._since.items() if now - since > self.seconds} - self._timed_out
        self._timed_out |= late
        return [*late]

    def has_timed_out(self, attempt: Attempt) -> bool:
        """Whether `find_overdue` has returned this attempt."""
        return attempt in self._timed_out
