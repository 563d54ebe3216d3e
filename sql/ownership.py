"""The owner of a run: the one process that is working on it and renews its heartbeat every few seconds.

Importing this loads no SQLAlchemy: the command line asks it before it reads a store.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from camlode.config.errors import StoreError

STALE_SECONDS = 120.0
"""A run whose heartbeat is older than this may be taken over by a process on another machine."""


def current_owner_id() -> str:
    """Return a name that no other process has or will have: host, process id and start time."""
    return f"{socket.gethostname()}:{os.getpid()}:{_process_start_time(os.getpid())}"


def has_ended(owner: str) -> bool:
    """Whether a process has certainly ended; False for a process on another machine, of which nothing is known."""
    host, number, start = owner.rsplit(":", 2)
    return host == socket.gethostname() and _process_start_time(int(number)) != start


def is_running_here(owner: str) -> bool:
    """Whether the owner is another process on this machine that is running."""
    return owner.startswith(f"{socket.gethostname()}:") and owner != current_owner_id() and not has_ended(owner)


def run_in_use_error(run: int, owner: str) -> StoreError:
    """Return the error for a run that another process is working on."""
    host, process, _ = owner.rsplit(":", 2)
    return StoreError(
        f"run {run} is in use by process {process} on {host}: wait for it or stop it; a process on another machine "
        f"is considered dead after {STALE_SECONDS:g} seconds without a heartbeat"
    )


def _process_start_time(process: int) -> str:
    """Return the start time of a process in ticks since boot; empty if it has ended.

    Process ids are reused, so an id alone does not identify a process.
    """
    try:
        # The process name, in brackets, may contain spaces and brackets.
        state, *values = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # A zombie has ended: only its parent has not read its exit code yet.
    return "" if state in "ZX" else values[18]
