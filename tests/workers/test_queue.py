from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camlode.pipeline.records import CorpusFile, Shard
from camlode.workers.queue import Attempt, Deadlines, ShardQueue

if TYPE_CHECKING:
    from collections.abc import Sequence


def make_shards(count: int) -> list[Shard]:
    return [
        Shard(f"{number:016x}", number, CorpusFile("corpus", 1), "rows", number, number + 1) for number in range(count)
    ]


def start_all(queue: ShardQueue, ready: Sequence[int] = (0, 1)) -> list[tuple[int, int, int]]:
    found = []
    while (attempt := queue.next_attempt(ready)) is not None:
        found.append((attempt.shard.number, attempt.number, attempt.worker))
    return found


def test_two_attempts_per_worker_and_two_more_are_in_flight() -> None:
    assert start_all(ShardQueue(make_shards(20))) == [
        (0, 1, 0),
        (1, 1, 1),
        (2, 1, 0),
        (3, 1, 1),
        (4, 1, 0),
        (5, 1, 1),
    ]


def test_a_retry_runs_alone_and_on_another_worker() -> None:
    first, second = make_shards(2)
    queue = ShardQueue([first, second])
    assert start_all(queue) == [(0, 1, 0), (1, 1, 1)]
    queue.finish(Attempt(first, 1, 0), will_retry=True)
    # The other worker is busy, so the same one retries.
    assert start_all(queue) == [(0, 2, 0)]
    queue.finish(Attempt(second, 1, 1), will_retry=False)
    queue.finish(Attempt(first, 2, 0), will_retry=True)
    assert start_all(queue) == [(0, 3, 1)]
    queue.finish(Attempt(first, 3, 1), will_retry=False)
    assert queue.is_done


def test_no_new_shard_starts_while_a_retry_waits() -> None:
    queue = ShardQueue(make_shards(9))
    in_flight = start_all(queue, [0])
    assert len(in_flight) == 4
    queue.finish(Attempt(make_shards(9)[0], 1, 0), will_retry=True)
    assert queue.next_attempt([0]) is None


def test_only_ready_workers_get_shards() -> None:
    assert start_all(ShardQueue(make_shards(9)), ready=[2]) == [(0, 1, 2), (1, 1, 2), (2, 1, 2), (3, 1, 2)]
    assert start_all(ShardQueue(make_shards(9)), ready=[]) == []


def test_a_retry_waits_for_a_ready_worker() -> None:
    first, *_ = make_shards(1)
    queue = ShardQueue([first])
    assert start_all(queue) == [(0, 1, 0)]
    queue.finish(Attempt(first, 1, 0), will_retry=True)
    assert start_all(queue, ready=[]) == []
    assert not queue.is_done
    assert start_all(queue, ready=[0]) == [(0, 2, 0)]


def test_the_current_attempt_is_the_first_of_each_worker() -> None:
    queue = ShardQueue(make_shards(20))
    start_all(queue)
    queue.finish(Attempt(make_shards(1)[0], 1, 0), will_retry=False)
    assert [(each.worker, each.shard.number) for each in queue.current_attempts()] == [(1, 1), (0, 2)]


@given(st.integers(0, 12), st.integers(1, 4), st.data())
def test_every_shard_ends_and_a_retry_never_shares_its_worker(count: int, workers: int, data: st.DataObject) -> None:
    queue = ShardQueue(make_shards(count))
    in_flight: list[Attempt] = []
    ended: list[int] = []
    while not queue.is_done:
        ready = data.draw(st.sets(st.integers(0, workers - 1), min_size=0 if in_flight else 1))
        while (attempt := queue.next_attempt(ready)) is not None:
            assert attempt.worker in ready
            in_flight.append(attempt)
            beside = [each for each in in_flight if each.worker == attempt.worker]
            assert len(beside) == 1 or all(each.number == 1 for each in beside)
        attempt = in_flight.pop(data.draw(st.integers(0, len(in_flight) - 1)))
        will_retry = attempt.number < 3 and data.draw(st.booleans())
        queue.finish(attempt, will_retry=will_retry)
        if not will_retry:
            ended.append(attempt.shard.number)
    assert sorted(ended) == list(range(count))


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr("camlode.workers.queue.time", fake)
    return fake


def make_attempt(number: int, times: int = 1) -> Attempt:
    return Attempt(make_shards(number + 1)[number], times, 0)


def test_an_attempt_within_the_limit_is_not_overdue(clock: Clock) -> None:
    deadlines = Deadlines(10)
    assert deadlines.find_overdue([make_attempt(0)]) == []
    clock.now += 10
    assert deadlines.find_overdue([make_attempt(0)]) == []
    assert not deadlines.has_timed_out(make_attempt(0))


def test_an_overdue_attempt_is_returned_once(clock: Clock) -> None:
    deadlines = Deadlines(10)
    deadlines.find_overdue([make_attempt(0), make_attempt(1)])
    clock.now += 5
    deadlines.find_overdue([make_attempt(0), make_attempt(2)])
    clock.now += 6
    assert deadlines.find_overdue([make_attempt(0), make_attempt(2)]) == [make_attempt(0)]
    assert deadlines.find_overdue([make_attempt(0), make_attempt(2)]) == []
    assert [deadlines.has_timed_out(make_attempt(number)) for number in range(3)] == [True, False, False]


def test_waiting_behind_another_shard_does_not_count(clock: Clock) -> None:
    deadlines = Deadlines(10)
    deadlines.find_overdue([make_attempt(0)])
    clock.now += 9
    deadlines.find_overdue([make_attempt(1)])
    clock.now += 9
    assert deadlines.find_overdue([make_attempt(1)]) == []


def test_a_second_attempt_has_its_own_deadline(clock: Clock) -> None:
    deadlines = Deadlines(10)
    deadlines.find_overdue([make_attempt(0)])
    clock.now += 11
    assert deadlines.find_overdue([make_attempt(0)]) == [make_attempt(0)]
    assert deadlines.find_overdue([make_attempt(0, times=2)]) == []
    assert not deadlines.has_timed_out(make_attempt(0, times=2))
