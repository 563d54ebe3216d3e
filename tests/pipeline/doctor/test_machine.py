from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from camlode.pipeline.doctor.checks import GIB, check_machine, check_memory, check_shared_memory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("size", "state"), [(4 * GIB, "ok"), (4 * GIB - 1, "problem")])
def test_memory(size: int, state: str) -> None:
    found = check_memory(size)
    assert (found.state, found.found) == (state, "4.0 GiB")
    assert found.remedy.startswith("" if state == "ok" else "give it 4.0 GiB or more, or set run.workers: 1")
    assert bool(found.remedy) == (state == "problem")


def test_no_shared_memory_is_told(tmp_path: Path) -> None:
    found = check_shared_memory(tmp_path / "shm")
    assert (found.state, found.found.partition(",")[0]) == ("problem", f"0.0 GiB in {tmp_path}/shm")
    assert "--shm-size" in found.remedy


def test_this_machine() -> None:
    assert [each.check for each in check_machine()] == ["CPUs", "memory", "shared memory"]
