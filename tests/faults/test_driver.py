from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

STOPPED_SECONDS = 10.0


def partials(scenario: Any) -> set[str]:
    return {path.name for path in scenario.work_folder.glob("*/partials/*.parquet")}


def run_and_kill(scenario: Any, fault: str) -> set[str]:
    """Run a driver that kills itself by this fault; returns the partials that are in the ledger."""
    driver = scenario.start_driver(fault)
    assert driver.wait(120) == -signal.SIGKILL, driver.stderr.read()
    assert (scenario.run["status"], scenario.run["current"]) == ("running", False)
    return {row["partial"] for row in scenario.shards("done")}


def test_a_driver_killed_three_times_leaves_a_run_that_is_resumed(scenario: Any) -> None:
    some = run_and_kill(scenario, "between-partial-and-ledger")
    assert 3 <= len(some) < len(scenario.corpus.ids)
    assert partials(scenario) > some
    every = run_and_kill(scenario, "between-ledger-and-publish")
    assert partials(scenario) == every
    assert len(every) == len(scenario.corpus.ids)
    assert run_and_kill(scenario, "during-publish") == every
    scenario.mine()
    # Shards in the ledger before the first kill were attributed once; only those missing in it were attributed again.
    assert [len(scenario.attempts(shard)) for shard in range(len(every))].count(1) >= len(some)
    scenario.check()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_driver_interrupted_twice_leaves_a_run_that_is_resumed(scenario: Any, number: signal.Signals) -> None:
    scenario.order("sleep", "0.2")
    (held,) = scenario.hold(6)
    # A terminal sends Ctrl-C to all processes of the group, Ray's too.
    driver = scenario.start_driver("none", joined=False)
    scenario.wait_for_work(6)
    send = os.killpg if number == signal.SIGINT else os.kill
    began = time.monotonic()
    send(driver.pid, number)
    time.sleep(0.1)
    send(driver.pid, number)
    _, stderr = driver.communicate(timeout=120)
    assert time.monotonic() - began < STOPPED_SECONDS
    assert driver.returncode == 130, stderr
    assert "camlode: interrupted; run the same command again to resume" in stderr
    assert (scenario.run["status"], scenario.run["owner"]) == ("interrupted", None)
    done = {row["number"] for row in scenario.shards("done")}
    assert done
    assert {row["state"] for row in scenario.shards()} == {"done", "pending"}
    held.unlink()
    (scenario.orders / "sleep").unlink()
    scenario.mine()
    assert all(len(scenario.attempts(shard)) == 1 for shard in done)
    scenario.check()


def test_modules_in_the_drivers_folder_do_not_shadow_ours(scenario: Any, tmp_path: Path) -> None:
    # Ray puts the driver's folder on the path of its workers.
    for module in ("driver", "cluster_faults", "scripted_worker"):
        shutil.copy(Path(__file__).with_name(f"{module}.py"), tmp_path)
    for package in ("config", "explorer", "pipeline", "rules", "sql", "workers"):
        (tmp_path / f"{package}.py").write_text("raise ImportError('a module of the user')\n")
    driver = scenario.start_driver("none", folder=tmp_path)
    _, stderr = driver.communicate(timeout=120)
    assert driver.returncode == 0, stderr
    scenario.check()
