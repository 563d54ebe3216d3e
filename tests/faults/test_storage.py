from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOCK_SECONDS = 5.0
"""How long the database is locked; a statement waits twelve times as long."""

LOCK = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
"""


def assert_nothing_was_published(scene: Any) -> None:
    assert (scene.run["status"], scene.run["current"]) == ("interrupted", False)


def test_a_work_folder_that_goes_away_stops_the_job_which_can_be_started_again(scene: Any) -> None:
    (held,) = scene.hold_up(4)

    def remove() -> None:
        scene.at_work(4)
        shutil.rmtree(scene.work_folder)
        held.unlink()

    with scene.meanwhile(remove), pytest.raises(WorkerError, match=r"the work folder .* is not there any more"):
        scene.mine()
    assert_nothing_was_published(scene)
    scene.mine()
    scene.check()


@pytest.fixture
def small_disk(scene: Any) -> Iterator[Callable[[str], None]]:
    """Mounts a small disk as the work folder; calling it changes its size."""
    scene.work_folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(scene.work_folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a disk")
    yield lambda size: subprocess.run(
        ["mount", "-o", f"remount,size={size}", str(scene.work_folder)], capture_output=True, check=True
    )
    subprocess.run(["umount", "--lazy", str(scene.work_folder)], check=True)


def test_a_full_disk_stops_the_job_which_goes_on_when_there_is_room(
    scene: Any, small_disk: Callable[[str], None]
) -> None:
    with pytest.raises(WorkerError, match=r"cannot write in the work folder .*No space left on device.* make room"):
        scene.mine()
    assert_nothing_was_published(scene)
    done = {row["number"] for row in scene.shards("done")}
    assert done
    small_disk("10m")
    scene.mine()
    assert all(len(scene.attempts(shard)) == 1 for shard in done)
    scene.check()


def test_a_locked_database_is_waited_for(scene: Any) -> None:
    (held,) = scene.hold_up(4)

    def lock() -> None:
        scene.at_work(4)
        command = [sys.executable, "-c", LOCK, str(scene.store_path), str(LOCK_SECONDS)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            held.unlink()

    with scene.meanwhile(lock):
        report = scene.mine()
    assert report.seconds > LOCK_SECONDS
    scene.check()


@pytest.mark.timeout(600)  # Ray's store cannot be made smaller, so there is much to read, on however busy a machine
def test_more_in_flight_than_the_object_store_holds_is_spilled_to_disk(
    new_scene: Callable[[Any], Any], make_corpus: Callable[..., Any]
) -> None:
    # Six shards of 17 MB in flight, while Ray's store holds 80 MB.
    long = "水果很好吃" + "和" * 350_000
    made = make_corpus([json.dumps({"id": str(i), "text": long}, ensure_ascii=False) for i in range(96)], 16)
    calm, scene = new_scene(made), new_scene(made)
    held = scene.hold_up(*range(len(made.ids)))
    driver = scene.drive("small-object-store", joined=False)
    scene.until(lambda: driver.poll() is not None or any(map(Path.is_file, (scene.orders / "spilled").rglob("*"))))
    for order in held:
        order.unlink()
    _, said = driver.communicate(timeout=300)
    assert driver.returncode == 0, said
    calm.mine()
    scene.undisturbed = calm.published()
    scene.check()
