from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from camlode.pipeline.doctor.machine import (
    GIB,
    check_machine,
    check_memory,
    check_shared_memory,
    cpus,
    memory_bytes,
)

if TYPE_CHECKING:
    from pathlib import Path

MINE = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, MINE),
        ({"cpu.max": "max 100000\n"}, MINE),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "100000000 100000\n"}, MINE),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, MINE),
        ({"cpu/cpu.cfs_quota_us": "100000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
    ],
)
def test_cpus_are_no_more_than_the_container_has(tmp_path: Path, files: dict[str, str], found: int) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    assert cpus(tmp_path) == found


def test_memory_is_no_more_than_the_container_has(tmp_path: Path) -> None:
    whole = memory_bytes(tmp_path)
    assert whole == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_bytes(tmp_path) == whole
    (tmp_path / "memory.max").write_text("1048576\n")
    assert memory_bytes(tmp_path) == 2**20


@pytest.mark.parametrize(("size", "state"), [(4 * GIB, "ok"), (4 * GIB - 1, "problem")])
def test_memory(size: int, state: str) -> None:
    found = check_memory(size)
    assert (found.state, found.found) == (state, "4.0 GiB")
    assert found.remedy.startswith("" if state == "ok" else "use 4.0 GiB or more, or set run.workers: 1")
    assert bool(found.remedy) == (state == "problem")


def test_no_shared_memory_is_told(tmp_path: Path) -> None:
    found = check_shared_memory(tmp_path / "shm")
    assert (found.state, found.found.partition(",")[0]) == ("problem", f"0.0 GiB in {tmp_path}/shm")
    assert "--shm-size" in found.remedy


def test_this_machine() -> None:
    assert [each.check for each in check_machine()] == ["CPUs", "memory", "shared memory"]
