"""What the machine gives this process, or the container that it is in: CPUs and memory."""

from __future__ import annotations

import os
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")
"""Where a container's limits stand, by the version of control groups in one of two ways."""


def cpus(cgroup_root: Path = CGROUP_ROOT) -> int:
    """The CPUs that this process may use: a container's share of them where it has one, rounded up."""
    found = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Microseconds of CPU time that all its processes may take, in each period of so many.
    limits = _numbers(cgroup_root / "cpu.max") or [
        *_numbers(cgroup_root / "cpu" / "cpu.cfs_quota_us"),
        *_numbers(cgroup_root / "cpu" / "cpu.cfs_period_us"),
    ]
    return min(found, -(-limits[0] // limits[1])) if len(limits) == 2 else found


def memory_bytes(cgroup_root: Path = CGROUP_ROOT) -> int:
    """Bytes of memory: the machine's, or the container's where these are fewer."""
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(
        [
            machine_bytes,
            *_numbers(cgroup_root / "memory.max"),
            *_numbers(cgroup_root / "memory" / "memory.limit_in_bytes"),
        ]
    )


def _numbers(file: Path) -> list[int]:
    """The positive numbers in a file; none where there is no such file, and for the "max" or -1 of no limit."""
    try:
        return [int(field) for field in file.read_text(encoding="ascii").split() if field.isdecimal()]
    except OSError:
        return []
