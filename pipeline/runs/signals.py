"""Ctrl-C and SIGTERM: the first stops the job in good order, those after it wait until it has."""

from __future__ import annotations

import signal
import threading
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class InterruptHandler:
    """A context in which, once armed, the first of SIGNALS raises KeyboardInterrupt and the others do nothing.

    A process that was told to end by SIGTERM goes on ignoring it afterwards, however late the next one comes: it is
    ending. Only the main thread hears signals: elsewhere this changes nothing.
    """

    def __init__(self) -> None:
        self._previous_handlers: dict[signal.Signals, Any] = {}
        self._terminated = False

    def __enter__(self) -> Self:
        return self

    def install(self) -> None:
        """From here on; Ray takes SIGTERM for itself when it starts, so this comes after that."""
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
    """The job is stopping already: what it writes last must not be cut short."""
