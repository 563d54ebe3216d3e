"""Who works at a run: one process at a time, which says every few seconds that it is still there."""

from __future__ import annotations

import os
import socket
from pathlib import Path

STALE_SECONDS = 120.0
"""A run whose owner has not been heard of for so long may be taken over by a process of another machine."""


def this_process() -> str:
    """The name of this process, which no other process has or will have: host, number and start."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Whether a process of this machine is known to be over; of another machine's nothing is known."""
    host, number, start = owner.rsplit(":", 2)
    return host == socket.gethostname() and _start_of(int(number)) != start


def _start_of(process: int) -> str:
    """When the process began, in ticks since the machine did; empty where there is no such process."""
    try:
        # The name, in brackets, may hold spaces and brackets itself.
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""
