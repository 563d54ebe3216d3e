from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("fault", ["workers-of-a-node-killed", "node-removed"])
def test_shards_of_a_lost_node_are_retried_on_the_others(scenario: Any, fault: str) -> None:
    # All that can be in flight at once: one of them is being attributed on each node, however late its worker started.
    scenario.hold(*range(6))
    driver = scenario.start_driver(fault, joined=False)
    _, stderr = driver.communicate(timeout=150)
    assert (scenario.orders / "struck").exists(), stderr
    assert driver.returncode == 0, stderr
    assert sorted(len(scenario.attempts(shard)) for shard in range(6)) == [1, 1, 1, 1, 1, 2]
    scenario.check()
