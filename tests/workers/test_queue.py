from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from camlode.pipeline.records import CorpusFile, Shard
from camlode.workers.queue import Attempt, ShardQueue

if TYPE_CHECKING:
    from collections.abc import Sequence


def make_queue_shards(count: int) -> list[Shard]:
    return [
        Shard(f"{number:016x}", number, CorpusFile("corpus", 1), "rows", number, number + 1) for number in range(count)
    ]


def start_all(queue: ShardQueue, ready: Sequence[int] = (0, 1)) -> list[tuple[int, int, int]]:
    found = []
    while (attempt := queue.next_attempt(ready)) is not None:
        found.append((attempt.shard.number, attempt.number, attempt.worker))
    return found


def test_two_a_worker_and_two_more_are_in_flight() -> None:
    assert start_all(ShardQueue(make_queue_shards(20))) == [
        (0, 1, 0),
        (1, 1, 1),
        (2, 1, 0),
        (3, 1, 1),
        (4, 1, 0),
        (5, 1, 1),
    ]


def test_a_shard_is_tried_again_alone_and_elsewhere() -> None:
    first, second = make_queue_shards(2)
    queue = ShardQueue([first, second])
    assert start_all(queue) == [(0, 1, 0), (1, 1, 1)]
    queue.finish(Attempt(first, 1, 0), will_retry=True)
    # The other worker has something to do, so the same one is asked again.
    assert start_all(queue) == [(0, 2, 0)]
    queue.finish(Attempt(second, 1, 1), will_retry=False)
    queue.finish(Attempt(first, 2, 0), will_retry=True)
    assert start_all(queue) == [(0, 3, 1)]
    queue.finish(Attempt(first, 3, 1), will_retry=False)
    assert queue.is_done


def test_nothing_new_starts_while_a_shard_waits_to_be_tried_again() -> None:
    queue = ShardQueue(make_queue_shards(9))
    in_flight = start_all(queue, [0])
    assert len(in_flight) == 4
    queue.finish(Attempt(make_queue_shards(9)[0], 1, 0), will_retry=True)
    assert queue.next_attempt([0]) is None


def test_only_attributors_that_are_ready_are_given_work() -> None:
    assert start_all(ShardQueue(make_queue_shards(9)), ready=[2]) == [(0, 1, 2), (1, 1, 2), (2, 1, 2), (3, 1, 2)]
    assert start_all(ShardQueue(make_queue_shards(9)), ready=[]) == []


def test_a_shard_that_is_tried_again_waits_for_an_attributor_that_is_ready() -> None:
    first, *_ = make_queue_shards(1)
    queue = ShardQueue([first])
    assert start_all(queue) == [(0, 1, 0)]
    queue.finish(Attempt(first, 1, 0), will_retry=True)
    assert start_all(queue, ready=[]) == []
    assert not queue.is_done
    assert start_all(queue, ready=[0]) == [(0, 2, 0)]


def test_the_leading_attempt_is_the_first_of_each_attributor() -> None:
    queue = ShardQueue(make_queue_shards(20))
    start_all(queue)
    queue.finish(Attempt(make_queue_shards(1)[0], 1, 0), will_retry=False)
    assert [(each.worker, each.shard.number) for each in queue.current_attempts()] == [(1, 1), (0, 2)]


@given(st.integers(0, 12), st.integers(1, 4), st.data())
def test_every_shard_ends_and_a_retry_never_shares_its_worker(count: int, workers: int, data: st.DataObject) -> None:
    queue = ShardQueue(make_queue_shards(count))
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
