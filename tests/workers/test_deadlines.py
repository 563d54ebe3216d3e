from __future__ import annotations

import pytest

from camlode.pipeline.records import CorpusFile, Shard
from camlode.workers import queue
from camlode.workers.queue import Attempt, Deadlines


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(queue, "time", found)
    return found


def make_attempt(number: int, times: int = 1) -> Attempt:
    return Attempt(Shard(f"{number:016x}", number, CorpusFile("corpus", 1), "rows", 0, 1), times, 0)


def test_an_attempt_may_take_its_time(clock: Clock) -> None:
    monitor = Deadlines(10)
    assert monitor.find_overdue([make_attempt(0)]) == []
    clock.now += 10
    assert monitor.find_overdue([make_attempt(0)]) == []
    assert not monitor.has_timed_out(make_attempt(0))


def test_an_attempt_that_takes_longer_is_told_once(clock: Clock) -> None:
    monitor = Deadlines(10)
    monitor.find_overdue([make_attempt(0), make_attempt(1)])
    clock.now += 5
    monitor.find_overdue([make_attempt(0), make_attempt(2)])
    clock.now += 6
    assert monitor.find_overdue([make_attempt(0), make_attempt(2)]) == [make_attempt(0)]
    assert monitor.find_overdue([make_attempt(0), make_attempt(2)]) == []
    assert [monitor.has_timed_out(make_attempt(number)) for number in range(3)] == [True, False, False]


def test_waiting_behind_another_shard_does_not_count(clock: Clock) -> None:
    monitor = Deadlines(10)
    monitor.find_overdue([make_attempt(0)])
    clock.now += 9
    monitor.find_overdue([make_attempt(1)])
    clock.now += 9
    assert monitor.find_overdue([make_attempt(1)]) == []


def test_a_second_attempt_has_a_time_of_its_own(clock: Clock) -> None:
    monitor = Deadlines(10)
    monitor.find_overdue([make_attempt(0)])
    clock.now += 11
    assert monitor.find_overdue([make_attempt(0)]) == [make_attempt(0)]
    assert monitor.find_overdue([make_attempt(0, times=2)]) == []
    assert not monitor.has_timed_out(make_attempt(0, times=2))
