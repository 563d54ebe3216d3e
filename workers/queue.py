"""Which shard is tried next, and by which attributor."""
# MERGED: Shards that take too long.

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from camlode.pipeline.records import Shard


class Attempt(NamedTuple):
    """A shard that is tried for the `number`-th time (from 1), and the attributor that tries it."""

    shard: Shard
    number: int
    worker: int


class ShardQueue:
    """Shards that wait, and attempts in flight, of which there are at most two an attributor and two more.

    A shard that is tried again has its attributor to itself: whatever then dies, died of this shard.
    """

    def __init__(self, shards: Iterable[Shard]) -> None:
        self._new_shards = deque(shards)
        self._retry_queue: deque[Attempt] = deque()
        self._in_flight: list[Attempt] = []

    @property
    def is_done(self) -> bool:
        """Whether nothing waits and nothing is in flight."""
        return not (self._new_shards or self._retry_queue or self._in_flight)

    def current_attempts(self) -> list[Attempt]:
        """Of each attributor's attempts in flight the first, at which it is now."""
        first: dict[int, Attempt] = {}
        for attempt in self._in_flight:
            first.setdefault(attempt.worker, attempt)
        return [*first.values()]

    def next_attempt(self, ready: Collection[int]) -> Attempt | None:
        """The attempt to start now by one of the attributors that are `ready`; None where something must end first.

        It is in flight from here on.
        """
        attempt = self._next_retry(ready) if self._retry_queue else self._next_new(ready)
        if attempt is not None:
            self._in_flight.append(attempt)
        return attempt

    def ended(self, attempt: Attempt, *, will_retry: bool) -> None:
        """An attempt has ended; `will_retry`: its shard is to be tried once more."""
        self._in_flight.remove(attempt)
        if will_retry:
            self._retry_queue.append(attempt)

    def _next_retry(self, ready: Collection[int]) -> Attempt | None:
        """The first that waits to be tried again, where some attributor has nothing to do; else no new shard starts."""
        busy = {each.worker for each in self._in_flight}
        idle = [worker for worker in ready if worker not in busy]
        if not idle:
            return None
        failed = self._retry_queue.popleft()
        # Another attributor than last time, if there is one: its machine may be the reason.
        worker = min(idle, key=lambda each: each == failed.worker)
        return Attempt(failed.shard, failed.number + 1, worker)

    def _next_new(self, ready: Collection[int]) -> Attempt | None:
        exclusive = {each.worker for each in self._in_flight if each.number > 1}
        shared = [worker for worker in ready if worker not in exclusive]
        if not self._new_shards or not shared or len(self._in_flight) >= 2 * len(ready) + 2:
            return None
        busy = Counter(each.worker for each in self._in_flight)
        return Attempt(self._new_shards.popleft(), 1, min(shared, key=lambda each: busy[each]))


class Deadlines:
    """Watches how long each shard has been its attributor's next; `seconds` is the most that it may."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._since: dict[Attempt, float] = {}
        self._timed_out: set[Attempt] = set()

    def find_overdue(self, current_attempts: Iterable[Attempt]) -> list[Attempt]:
        """Those that have been leading for too long, each told once."""
        now = time.monotonic()
        self._since = {attempt: self._since.get(attempt, now) for attempt in current_attempts}
        late = {attempt for attempt, since in self._since.items() if now - since > self.seconds} - self._timed_out
        self._timed_out |= late
        return [*late]

    def has_timed_out(self, attempt: Attempt) -> bool:
        """Whether an attempt has been told to be overdue."""
        return attempt in self._timed_out
