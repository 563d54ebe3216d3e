from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

STOPPED_SECONDS = 10.0


def partials(scenario: Any) -> set[str]:
    return {path.name for path in scenario.work_folder.glob("*/partials/*.parquet")}


def run_and_kill(scenario: Any, fault: str) -> set[str]:
    """The partials that the ledger knows of once a driver has killed itself in this plight."""
    driver = scenario.start_driver(fault)
    assert driver.wait(60) == -signal.SIGKILL, driver.stderr.read()
    assert (scenario.run["status"], scenario.run["current"]) == ("running", False)
    return {row["partial"] for row in scenario.shards("done")}


def test_a_driver_killed_three_times_leaves_what_the_next_goes_on_with(scenario: Any) -> None:
    some = run_and_kill(scenario, "between-partial-and-ledger")
    assert 3 <= len(some) < len(scenario.corpus.ids)
    assert partials(scenario) > some
    every = run_and_kill(scenario, "between-ledger-and-publish")
    assert partials(scenario) == every
    assert len(every) == len(scenario.corpus.ids)
    assert run_and_kill(scenario, "during-publish") == every
    scenario.mine()
    # What was done before the first death was done once; only what its ledger didn't know of was done again.
    assert [len(scenario.attempts(shard)) for shard in range(len(every))].count(1) >= len(some)
    scenario.check()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_driver_asked_twice_to_stop_does_so_in_good_order(scenario: Any, number: signal.Signals) -> None:
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
    _, said = driver.communicate(timeout=60)
    assert time.monotonic() - began < STOPPED_SECONDS
    assert driver.returncode == 130, said
    assert "camlode: interrupted; run the same command again to resume" in said
    assert (scenario.run["status"], scenario.run["owner"]) == ("interrupted", None)
    done = {row["number"] for row in scenario.shards("done")}
    assert done
    assert {row["state"] for row in scenario.shards()} == {"done", "pending"}
    held.unlink()
    (scenario.orders / "sleep").unlink()
    scenario.mine()
    assert all(len(scenario.attempts(shard)) == 1 for shard in done)
    scenario.check()
