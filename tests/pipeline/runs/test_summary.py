from __future__ import annotations

import pytest

from camlode.pipeline.runs.summary import Bottleneck, find_bottleneck
from camlode.workers import Resources


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ({"attribute": 16.0, "read": 1.0, "encode": 3.0, "extract": 3.0, "write": 1.0}, Bottleneck(0.8, 0.4)),
        ({"attribute": 4.0, "read": 16.0}, Bottleneck(0.2, 0.8)),
        ({}, Bottleneck(0.0, 0.0)),
    ],
)
def test_busy_shares_of_workers_and_tasks(stages: dict[str, float], expected: Bottleneck) -> None:
    assert find_bottleneck(stages, 10.0, Resources(2, 0.0, 1, 2)) == expected


def test_a_job_of_zero_seconds_divides_by_no_zero() -> None:
    assert find_bottleneck({}, 0.0, Resources(1, 0.0, 1, 1)) == Bottleneck(0.0, 0.0)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Bottleneck(0.8, 0.4), "attribution, 80% busy; reading and extracting were 40%"),
        (Bottleneck(0.2, 0.8), "reading and extracting, 80% busy; the workers were 20%"),
    ],
)
def test_the_bottleneck_is_named_first(found: Bottleneck, words: str) -> None:
    assert str(found) == words
