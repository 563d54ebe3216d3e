"""A cache whose entries expire, for queries that many pages need and that take long."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    Value = TypeVar("Value")

MAX_ENTRIES = 256
"""The most entries; the oldest is evicted first."""


class TTLCache:
    """Values by key that expire after `seconds`; thread-safe, and each value is computed by one thread at a time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._entries: dict[Hashable, tuple[float, object]] = {}
        self._locks: dict[Hashable, Lock] = {}

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return the cached value, or compute and cache it; errors are not cached."""
        # Lock order: a key's lock, then the cache's. Only the key's is held while a value is computed, so that threads
        # that need the same value wait for it, and those that need another do not.
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            stored_at, cached = self._entries.get(key, (-self._seconds, None))
            if time.monotonic() - stored_at < self._seconds:
                return cast("Value", cached)
            try:
                value = compute()
            except BaseException:
                # Otherwise the locks of keys that cannot be computed, which anybody can request, would accumulate.
                with self._lock:
                    self._locks.pop(key, None)
                raise
            with self._lock:
                self._entries.pop(key, None)  # so that it becomes the newest: a dict keeps the order of insertion
                self._entries[key] = time.monotonic(), value
                self._evict()
            return value

    def clear(self) -> None:
        """Remove all entries."""
        with self._lock:
            self._entries.clear()

    def _evict(self) -> None:
        while len(self._entries) > MAX_ENTRIES:
            oldest = next(iter(self._entries))
            del self._entries[oldest]
            self._locks.pop(oldest, None)
