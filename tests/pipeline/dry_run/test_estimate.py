from __future__ import annotations

import pytest

from camlode.config.sections import Run
from camlode.pipeline.dry_run.dry_run import Estimate, Machine, estimate_run

# Milliseconds a record.
STAGES = {"read": 0.001, "encode": 0.002, "attribute": 0.010, "extract": 0.003}


@pytest.mark.parametrize(
    ("machine", "workers", "match", "seconds", "attribution"),
    [
        # Without GPUs one after the other: 1,000 × 6 ms on the CPUs, 1,000 × 10 ms of attribution.
        (Machine(1, 0), None, False, 16.0, 10 / 16),
        (Machine(2, 0), None, False, 13.0, 10 / 13),
        # Matching reads once more: 7 ms.
        (Machine(2, 0), None, True, 13.5, 10 / 13.5),
        # Beside GPUs the CPUs work for themselves: the slower of the two.
        (Machine(2, 1), None, False, 10.0, 1.0),
        (Machine(2, 4), None, False, 3.0, 2.5 / 3.0),
        (Machine(6, 4), 2, False, 5.0, 1.0),
        (Machine(2, 1), 8, False, 10.0, 1.0),
        # Attributors on CPUs have all of them, however many they are.
        (Machine(2, 0), 2, False, 13.0, 10 / 13),
    ],
)
def test_seconds_by_hand(
    machine: Machine, workers: int | None, match: bool, seconds: float, attribution: float
) -> None:
    found = estimate_run(STAGES, 1000, Run(workers=workers), machine, match=match)
    assert found == Estimate(pytest.approx(seconds), pytest.approx(attribution), machine)


def test_nothing_takes_no_time() -> None:
    found = estimate_run(dict.fromkeys(STAGES, 0.0), 1000, Run(), Machine(1, 0), match=True)
    assert (found.seconds, found.attribution) == (0.0, 0.0)
