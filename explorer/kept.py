"""Answers that many ask for and that take a while: each is made once and kept for some seconds."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    Answer = TypeVar("Answer")

MOST = 256
"""How many answers are kept at once; the oldest goes first."""


class Kept:
    """Answers by what was asked, which threads share: who asks for one that another is making waits for it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._answers: dict[Hashable, tuple[float, object]] = {}
        self._making: dict[Hashable, Lock] = {}

    def get(self, asked: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer that is kept, or what `make` gives; what it raises is not kept."""
        with self._lock:
            making = self._making.setdefault(asked, Lock())
        with making:
            made, answer = self._answers.get(asked, (-self._seconds, None))
            if time.monotonic() - made < self._seconds:
                return cast("Answer", answer)
            try:
                found = make()
            except BaseException:
                # Nothing is kept of what can't be answered, whatever is asked for.
                with self._lock:
                    self._making.pop(asked, None)
                raise
            with self._lock:
                self._answers.pop(asked, None)
                self._answers[asked] = time.monotonic(), found
                self._forget()
            return found

    def clear(self) -> None:
        """Forgets all answers."""
        with self._lock:
            self._answers.clear()

    def _forget(self) -> None:
        while len(self._answers) > MOST:
            oldest = next(iter(self._answers))
            del self._answers[oldest]
            self._making.pop(oldest, None)
