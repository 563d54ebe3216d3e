from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("plight", ["workers-of-a-node-killed", "node-removed"])
def test_shards_that_a_node_held_are_done_by_the_others(scene: Any, plight: str) -> None:
    scene.hold_up(0, 1)  # one on each node: an attributor starts on each, and they take turns at the first shards
    driver = scene.drive(plight, joined=False)
    _, said = driver.communicate(timeout=150)
    assert (scene.orders / "struck").exists(), said
    assert driver.returncode == 0, said
    assert sorted([len(scene.attempts(0)), len(scene.attempts(1))]) == [1, 2]
    scene.check()
