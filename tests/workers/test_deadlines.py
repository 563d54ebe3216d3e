from __future__ import annotations

import pytest

from pipeline.records import CorpusFile, Shard
from workers import deadlines
from workers.deadlines import Deadlines
from workers.queue import Attempt


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(deadlines, "time", found)
    return found


def attempt(number: int, times: int = 1) -> Attempt:
    return Attempt(Shard(f"{number:016x}", number, CorpusFile("corpus", 1), "rows", 0, 1), times, 0)


def test_an_attempt_may_take_its_time(clock: Clock) -> None:
    watched = Deadlines(10)
    assert watched.overdue([attempt(0)]) == []
    clock.now += 10
    assert watched.overdue([attempt(0)]) == []
    assert not watched.has_passed(attempt(0))


def test_an_attempt_that_takes_longer_is_told_once(clock: Clock) -> None:
    watched = Deadlines(10)
    watched.overdue([attempt(0), attempt(1)])
    clock.now += 5
    watched.overdue([attempt(0), attempt(2)])
    clock.now += 6
    assert watched.overdue([attempt(0), attempt(2)]) == [attempt(0)]
    assert watched.overdue([attempt(0), attempt(2)]) == []
    assert [watched.has_passed(attempt(number)) for number in range(3)] == [True, False, False]


def test_waiting_behind_another_shard_does_not_count(clock: Clock) -> None:
    watched = Deadlines(10)
    watched.overdue([attempt(0)])
    clock.now += 9
    watched.overdue([attempt(1)])
    clock.now += 9
    assert watched.overdue([attempt(1)]) == []


def test_a_second_attempt_has_a_time_of_its_own(clock: Clock) -> None:
    watched = Deadlines(10)
    watched.overdue([attempt(0)])
    clock.now += 11
    assert watched.overdue([attempt(0)]) == [attempt(0)]
    assert watched.overdue([attempt(0, times=2)]) == []
    assert not watched.has_passed(attempt(0, times=2))
