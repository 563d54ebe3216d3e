"""The machine: CPUs, memory, and the shared memory that Ray keeps shards in."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.doctor.finding import Finding
from pipeline.machine import cpus, memory

if TYPE_CHECKING:
    from collections.abc import Iterator

GIB = 2**30
LEAST_MEMORY = 4 * GIB
LEAST_SHARED = GIB


def machine_findings() -> Iterator[Finding]:
    """CPUs, memory and, where Ray uses it, shared memory."""
    yield Finding("CPUs", "ok", f"{cpus()} of {os.cpu_count()}")
    yield memory_finding(memory())
    if sys.platform == "linux":
        yield shared_finding(Path("/dev/shm"))  # noqa: S108 (Ray's own place)


def memory_finding(size: int) -> Finding:
    """Whether memory of so many bytes is enough for a driver and an attributor."""
    if size >= LEAST_MEMORY:
        return Finding("memory", "ok", _gib(size))
    return Finding(
        "memory",
        "problem",
        _gib(size),
        f"give it {_gib(LEAST_MEMORY)} or more, or set run.workers: 1 and a smaller run.batch_size",
    )


def shared_finding(folder: Path) -> Finding:
    """Whether the file system in memory is large enough for the shards that are under way."""
    size = shutil.disk_usage(folder).total if folder.is_dir() else 0
    if size >= LEAST_SHARED:
        return Finding("shared memory", "ok", f"{_gib(size)} in {folder}")
    return Finding(
        "shared memory",
        "problem",
        f"{_gib(size)} in {folder}, so Ray keeps its objects on the disk, which is slow",
        "start the container with --shm-size=4g, or mount a larger tmpfs there",
    )


def _gib(size: int) -> str:
    return f"{size / GIB:,.1f} GiB"
