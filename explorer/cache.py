"""Answers that many ask for and that take a while: each is made once and kept for some seconds."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    Value = TypeVar("Value")

MAX_ENTRIES = 256
"""How many answers are kept at once; the oldest goes first."""


class TTLCache:
    """Answers by what was asked, which threads share: who asks for one that another is making waits for it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._entries: dict[Hashable, tuple[float, object]] = {}
        self._locks: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The answer that is kept, or what `compute` gives; what it raises is not kept."""
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            stored_at, cached = self._entries.get(key, (-self._seconds, None))
            if time.monotonic() - stored_at < self._seconds:
                return cast("Value", cached)
            try:
                value = compute()
            except BaseException:
                # Nothing is kept of what can't be answered, whatever is asked for.
                with self._lock:
                    self._locks.pop(key, None)
                raise
            with self._lock:
                self._entries.pop(key, None)
                self._entries[key] = time.monotonic(), value
                self._evict()
            return value

    def clear(self) -> None:
        """Forgets all answers."""
        with self._lock:
            self._entries.clear()

    def _evict(self) -> None:
        while len(self._entries) > MAX_ENTRIES:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
            self._locks.pop(oldest, None)
