"""Who works at a run: one process at a time, which says every few seconds that it is still there."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from config.errors import StoreError

STALE_SECONDS = 120.0
"""A run whose owner has not been heard of for so long may be taken over by a process of another machine."""


def current_process_id() -> str:
    """The name of this process, which no other process has or will have: host, number and start."""
    return f"{socket.gethostname()}:{os.getpid()}:{_process_start_time(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Whether a process of this machine is known to be over; of another machine's nothing is known."""
    host, number, start = owner.rsplit(":", 2)
    return host == socket.gethostname() and _process_start_time(int(number)) != start


def is_running_here(owner: str) -> bool:
    """Whether the owner is another process of this machine, and at work."""
    return owner.startswith(f"{socket.gethostname()}:") and owner != current_process_id() and not has_ended(owner)


def run_in_use_error(run: int, owner: str) -> StoreError:
    """What to raise where another process works at a run."""
    host, process, _ = owner.rsplit(":", 2)
    return StoreError(
        f"run {run} is being worked at by process {process} on {host}: wait for it or stop it; one of another machine "
        f"that is gone is known to be so after {STALE_SECONDS:g} seconds"
    )


def _process_start_time(process: int) -> str:
    """When the process began, in ticks since the machine did; empty where there is no such process any more."""
    try:
        # The name, in brackets, may hold spaces and brackets itself.
        state, *values = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # A zombie is over: whoever started it has only not asked for its exit code yet.
    return "" if state in "ZX" else values[18]
