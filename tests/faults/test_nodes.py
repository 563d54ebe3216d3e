from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("fault", ["workers-of-a-node-killed", "node-removed"])
def test_shards_of_a_lost_node_are_retried_on_the_others(scenario: Any, fault: str) -> None:
    scenario.hold(0, 1)  # one on each node: an attributor starts on each, and they take turns at the first shards
    driver = scenario.start_driver(fault, joined=False)
    _, stderr = driver.communicate(timeout=150)
    assert (scenario.orders / "struck").exists(), stderr
    assert driver.returncode == 0, stderr
    assert sorted([len(scenario.attempts(0)), len(scenario.attempts(1))]) == [1, 2]
    scenario.check()
