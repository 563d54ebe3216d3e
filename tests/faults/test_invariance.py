from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable


class Kill(NamedTuple):
    """Kill a worker once `after` shards have started: the `worker`-th of those alive."""

    after: int
    worker: int


KILLS = st.lists(st.builds(Kill, st.integers(1, 8), st.integers(0, 3)), max_size=2)


@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.integers(8, 40), st.integers(1, 4), st.permutations(range(10)), KILLS)
def test_published_tables_do_not_depend_on_shard_size_workers_order_or_kills(
    make_scenario: Callable[[Any], Any],
    corpus: Any,
    expected_tables: dict[str, Any],
    shard_documents: int,
    workers: int,
    order: list[int],
    kills: list[Kill],
) -> None:
    scenario = make_scenario(corpus)
    for place, delay in enumerate(order):
        scenario.order(f"sleep.{place}", str(delay * 0.03))

    def inject_fault() -> None:
        for after, worker in sorted(kills):
            scenario.wait_until(lambda after=after: len(scenario.started_processes()) >= min(after, 4))
            alive = sorted(set(scenario.started_processes()[-workers:]))
            scenario.kill(alive[worker % len(alive)])
            time.sleep(0.05)

    with scenario.run_concurrently(inject_fault):
        scenario.mine(workers=workers, shard_documents=shard_documents)
    assert without_shards(scenario.published()) == without_shards(expected_tables)


def without_shards(published: dict[str, Any]) -> dict[str, Any]:
    return published | {"counts": published["counts"] | {"shards": None}}
