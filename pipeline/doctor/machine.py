"""The CPUs, memory and shared memory that this process may use, within a container's limits."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from camlode.pipeline.doctor.checks import CheckResult

if TYPE_CHECKING:
    from collections.abc import Iterator

CGROUP_ROOT = Path("/sys/fs/cgroup")
"""The limits of a container's control groups, in the files of version 2 or version 1."""

GIB = 2**30
MIN_MEMORY = 4 * GIB
"""Bytes that a driver and a worker need."""
MIN_SHARED_MEMORY = GIB
"""Bytes that the shards in flight need in Ray's object store."""


def cpus(cgroup_root: Path = CGROUP_ROOT) -> int:
    """Return the number of CPUs that this process may use, rounded up to whole ones."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Microseconds of CPU time in each period, and the period's microseconds.
    limits = _read_numbers(cgroup_root / "cpu.max") or [
        *_read_numbers(cgroup_root / "cpu" / "cpu.cfs_quota_us"),
        *_read_numbers(cgroup_root / "cpu" / "cpu.cfs_period_us"),
    ]
    return min(available, -(-limits[0] // limits[1])) if len(limits) == 2 else available


def memory_bytes(cgroup_root: Path = CGROUP_ROOT) -> int:
    """Return the bytes of memory of the machine, or of the container if that has less."""
    limits = [
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        *_read_numbers(cgroup_root / "memory.max"),
        *_read_numbers(cgroup_root / "memory" / "memory.limit_in_bytes"),
    ]
    return min(limits)


def check_machine() -> Iterator[CheckResult]:
    """Check CPUs, memory and, on Linux, where Ray uses it, shared memory."""
    yield CheckResult("CPUs", "ok", f"{cpus()} of {os.cpu_count()}")
    yield check_memory(memory_bytes())
    if sys.platform == "linux":
        yield check_shared_memory(Path("/dev/shm"))  # noqa: S108 (where Ray keeps its object store)


def check_memory(size: int) -> CheckResult:
    """Check whether `size` bytes of memory are enough for a driver and a worker."""
    if size >= MIN_MEMORY:
        return CheckResult("memory", "ok", _format_gib(size))
    remedy = f"use {_format_gib(MIN_MEMORY)} or more, or set run.workers: 1 and a smaller run.batch_size"
    return CheckResult("memory", "problem", _format_gib(size), remedy)


def check_shared_memory(folder: Path) -> CheckResult:
    """Check whether the file system in memory is large enough for the shards in flight."""
    size = shutil.disk_usage(folder).total if folder.is_dir() else 0
    if size >= MIN_SHARED_MEMORY:
        return CheckResult("shared memory", "ok", f"{_format_gib(size)} in {folder}")
    return CheckResult(
        "shared memory",
        "problem",
        f"{_format_gib(size)} in {folder}, so Ray keeps its objects on disk, which is slow",
        "start the container with --shm-size=4g, or mount a larger tmpfs there",
    )


def _read_numbers(file: Path) -> list[int]:
    """Read the whole numbers in a file; none if it does not exist, or for "max" or -1 (no limit)."""
    try:
        return [int(field) for field in file.read_text(encoding="ascii").split() if field.isdecimal()]
    except OSError:
        return []


def _format_gib(size: int) -> str:
    return f"{size / GIB:,.1f} GiB"
