from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

STOPPED_SECONDS = 10.0


@pytest.mark.parametrize(
    ("plight", "known"),
    [("between-partial-and-ledger", "some"), ("between-ledger-and-publish", "all"), ("during-publish", "all")],
)
def test_a_killed_driver_leaves_what_the_next_one_goes_on_with(scene: Any, plight: str, known: str) -> None:
    driver = scene.drive(plight)
    assert driver.wait(60) == -signal.SIGKILL, driver.stderr.read()
    assert (scene.run["status"], scene.run["current"]) == ("running", False)
    done = {row["number"] for row in scene.shards("done")}
    assert (len(done) == len(scene.corpus.ids)) == (known == "all")
    assert len(done) >= 3
    partials = {path.name for path in scene.work_folder.glob("*/partials/*.parquet")}
    assert (partials > {row["partial"] for row in scene.shards("done")}) == (known == "some")
    scene.mine()
    assert all(len(scene.attempts(shard)) == 1 for shard in done)
    scene.check()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_driver_asked_twice_to_stop_does_so_in_good_order(scene: Any, number: signal.Signals) -> None:
    scene.order("sleep", "0.2")
    (held,) = scene.hold_up(6)
    driver = scene.drive("none", joined=False)
    scene.at_work(6)
    # A terminal sends Ctrl-C to all processes of the group, Ray's too.
    send = os.killpg if number == signal.SIGINT else os.kill
    began = time.monotonic()
    send(driver.pid, number)
    time.sleep(0.1)
    send(driver.pid, number)
    _, said = driver.communicate(timeout=60)
    assert time.monotonic() - began < STOPPED_SECONDS
    assert driver.returncode == 130, said
    assert "camlode: interrupted; the same command goes on from what is done" in said
    assert (scene.run["status"], scene.run["owner"]) == ("interrupted", None)
    done = {row["number"] for row in scene.shards("done")}
    assert done
    assert {row["state"] for row in scene.shards()} == {"done", "pending"}
    held.unlink()
    (scene.orders / "sleep").unlink()
    scene.mine()
    assert all(len(scene.attempts(shard)) == 1 for shard in done)
    scene.check()
