"""The machine: CPUs, memory, and the shared memory that Ray keeps shards in."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.doctor.finding import CheckResult
from pipeline.machine import cpus, memory_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

GIB = 2**30
MIN_MEMORY = 4 * GIB
MIN_SHARED_MEMORY = GIB


def check_machine() -> Iterator[CheckResult]:
    """CPUs, memory and, where Ray uses it, shared memory."""
    yield CheckResult("CPUs", "ok", f"{cpus()} of {os.cpu_count()}")
    yield check_memory(memory_bytes())
    if sys.platform == "linux":
        yield check_shared_memory(Path("/dev/shm"))  # noqa: S108 (Ray's own place)


def check_memory(size: int) -> CheckResult:
    """Whether memory of so many bytes is enough for a driver and an attributor."""
    if size >= MIN_MEMORY:
        return CheckResult("memory", "ok", _format_gib(size))
    return CheckResult(
        "memory",
        "problem",
        _format_gib(size),
        f"give it {_format_gib(MIN_MEMORY)} or more, or set run.workers: 1 and a smaller run.batch_size",
    )


def check_shared_memory(folder: Path) -> CheckResult:
    """Whether the file system in memory is large enough for the shards that are under way."""
    size = shutil.disk_usage(folder).total if folder.is_dir() else 0
    if size >= MIN_SHARED_MEMORY:
        return CheckResult("shared memory", "ok", f"{_format_gib(size)} in {folder}")
    return CheckResult(
        "shared memory",
        "problem",
        f"{_format_gib(size)} in {folder}, so Ray keeps its objects on the disk, which is slow",
        "start the container with --shm-size=4g, or mount a larger tmpfs there",
    )


def _format_gib(size: int) -> str:
    return f"{size / GIB:,.1f} GiB"
