from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import CorpusFile, Shard
from workers.queue import Attempt, ShardQueue


def shards(count: int) -> list[Shard]:
    return [
        Shard(f"{number:016x}", number, CorpusFile("corpus", 1), "rows", number, number + 1) for number in range(count)
    ]


def started(queue: ShardQueue) -> list[tuple[int, int, int]]:
    found = []
    while (attempt := queue.next()) is not None:
        found.append((attempt.shard.number, attempt.number, attempt.worker))
    return found


def test_two_a_worker_and_two_more_are_in_flight() -> None:
    assert started(ShardQueue(shards(20), 2)) == [(0, 1, 0), (1, 1, 1), (2, 1, 0), (3, 1, 1), (4, 1, 0), (5, 1, 1)]


def test_a_shard_is_tried_again_alone_and_elsewhere() -> None:
    first, second = shards(2)
    queue = ShardQueue([first, second], 2)
    assert started(queue) == [(0, 1, 0), (1, 1, 1)]
    queue.ended(Attempt(first, 1, 0), again=True)
    # The other worker has something to do, so the same one is asked again.
    assert started(queue) == [(0, 2, 0)]
    queue.ended(Attempt(second, 1, 1), again=False)
    queue.ended(Attempt(first, 2, 0), again=True)
    assert started(queue) == [(0, 3, 1)]
    queue.ended(Attempt(first, 3, 1), again=False)
    assert queue.is_done


def test_nothing_new_starts_while_a_shard_waits_to_be_tried_again() -> None:
    queue = ShardQueue(shards(9), 1)
    flight = started(queue)
    assert len(flight) == 4
    queue.ended(Attempt(shards(9)[0], 1, 0), again=True)
    assert queue.next() is None


@given(st.integers(0, 12), st.integers(1, 4), st.data())
def test_every_shard_ends_and_a_retry_never_shares_its_worker(count: int, workers: int, data: st.DataObject) -> None:
    queue = ShardQueue(shards(count), workers)
    flight: list[Attempt] = []
    ended: list[int] = []
    while not queue.is_done:
        while (attempt := queue.next()) is not None:
            flight.append(attempt)
            beside = [each for each in flight if each.worker == attempt.worker]
            assert len(beside) == 1 or all(each.number == 1 for each in beside)
        attempt = flight.pop(data.draw(st.integers(0, len(flight) - 1)))
        again = attempt.number < 3 and data.draw(st.booleans())
        queue.ended(attempt, again=again)
        if not again:
            ended.append(attempt.shard.number)
    assert sorted(ended) == list(range(count))
