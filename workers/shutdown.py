"""Leaving a local Ray without losing what the process does on SIGTERM."""

from __future__ import annotations

import signal
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import ray

HANDLER_INTERVAL_SECONDS = 0.01


def shut_down() -> None:
    """Stops the Ray that this process has started, and keeps the process's handler of SIGTERM.

    Ray's native code resets that to the default before it waits for its processes, for a second or more in which a
    second SIGTERM would kill the driver; so Ray is stopped in a thread, and the handler is set again and again here.
    Only the main thread may set one: elsewhere Ray is simply stopped.
    """
    handler = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or handler is None:
        ray.shutdown()
        return
    with ThreadPoolExecutor(1) as threads:
        stopping = threads.submit(ray.shutdown)
        while not stopping.done():
            wait([stopping], HANDLER_INTERVAL_SECONDS)
            signal.signal(signal.SIGTERM, handler)
    stopping.result()
