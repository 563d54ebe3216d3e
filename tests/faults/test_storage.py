from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCK_SECONDS = 3.0
"""How long the database is locked; a statement waits up to a minute."""

LOCK = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


def assert_nothing_was_published(scenario: Any) -> None:
    assert (scenario.run["status"], scenario.run["current"]) == ("interrupted", False)


def test_a_deleted_work_folder_stops_the_job_which_can_be_resumed(scenario: Any) -> None:
    (held,) = scenario.hold(4)

    def remove() -> None:
        scenario.wait_for_work(4)
        shutil.rmtree(scenario.work_folder)
        held.unlink()

    with (
        scenario.run_concurrently(remove),
        pytest.raises(WorkerError, match=r"the work folder .* no longer exists"),
    ):
        scenario.mine()
    assert_nothing_was_published(scenario)
    scenario.mine()
    scenario.check()


@pytest.fixture
def small_disk(scenario: Any) -> Iterator[Callable[[str], None]]:
    """Mounts a small disk as the work folder; calling it changes its size."""
    scenario.work_folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(scenario.work_folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    yield lambda size: subprocess.run(
        ["mount", "-o", f"remount,size={size}", str(scenario.work_folder)], capture_output=True, check=True
    )
    subprocess.run(["umount", "--lazy", str(scenario.work_folder)], check=True)


def test_a_full_disk_stops_the_job_which_resumes_when_there_is_room(
    scenario: Any, small_disk: Callable[[str], None]
) -> None:
    with pytest.raises(WorkerError, match=r"cannot write to the work folder .*No space left on device.* free space"):
        scenario.mine()
    assert_nothing_was_published(scenario)
    done = {row["number"] for row in scenario.shards("done")}
    assert done
    small_disk("10m")
    scenario.mine()
    assert all(len(scenario.attempts(shard)) == 1 for shard in done)
    scenario.check()


def test_a_locked_database_is_waited_for(scenario: Any) -> None:
    (held,) = scenario.hold(4)

    def lock() -> None:
        scenario.wait_for_work(4)
        command = [sys.executable, "-c", LOCK, str(scenario.store_path), str(LOCK_SECONDS)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            held.unlink()

    with scenario.run_concurrently(lock):
        report = scenario.mine()
    assert report.seconds > LOCK_SECONDS
    scenario.check()


def test_more_in_flight_than_the_object_store_holds_is_spilled_to_disk(
    make_scenario: Callable[[Any], Any], make_corpus: Callable[..., Any]
) -> None:
    # Six shards of 1.7 MB in flight, in a store with room for 8 MB.
    long = "水果很好吃" + "和" * 36_000
    made = make_corpus([json.dumps({"id": str(i), "text": long}, ensure_ascii=False) for i in range(96)], 16)
    calm, scenario = make_scenario(made), make_scenario(made)
    held = scenario.hold(*range(len(made.ids)))
    driver = scenario.start_driver("small-object-store", joined=False)
    scenario.wait_until(
        lambda: driver.poll() is not None or any(map(Path.is_file, (scenario.orders / "spilled").rglob("*")))
    )
    for order in held:
        order.unlink()
    _, stderr = driver.communicate(timeout=120)
    assert driver.returncode == 0, stderr
    calm.mine()
    scenario.expected_tables = calm.published()
    scenario.check()
