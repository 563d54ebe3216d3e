"""Shards that take too long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workers.queue import Attempt


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
