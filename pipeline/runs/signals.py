"""Ctrl-C and SIGTERM: the first one interrupts the job, later ones are ignored while it stops."""

from __future__ import annotations

import signal
import threading
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class InterruptHandler:
    """A context in which, once installed, the first of SIGNALS raises KeyboardInterrupt and later ones do nothing.

    After SIGTERM the process continues to ignore it when the context has ended: it is about to exit, and cluster
    managers repeat the signal. Outside the main thread this changes nothing: Python runs handlers only there.
    """

    def __init__(self) -> None:
        self._previous_handlers: dict[signal.Signals, Any] = {}
        self._terminated = False

    def __enter__(self) -> Self:
        return self

    def install(self) -> None:
        """Install the handlers. Call it after Ray has started: `ray.init` sets its own handler of SIGTERM."""
        if threading.current_thread() is threading.main_thread():
            self._previous_handlers = {number: signal.signal(number, self._interrupt) for number in SIGNALS}

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous_handlers.items():
            if not (self._terminated and number == signal.SIGTERM):
                signal.signal(number, handler)

    def _interrupt(self, number: int, _: object) -> None:
        self._terminated = number == signal.SIGTERM
        for each in SIGNALS:
            signal.signal(each, _ignore_signal)
        raise KeyboardInterrupt


def _ignore_signal(*_: object) -> None:
    """Do nothing: the job is stopping, and what it writes last must not be cut short."""
