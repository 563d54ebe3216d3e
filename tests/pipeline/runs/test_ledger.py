from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.runs import ledger
from camlode.pipeline.runs.ledger import RunLedger, list_failures, new_entries
from camlode.workers import Failure, Update
from camlode.workers.queue import Attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Job
    from camlode.pipeline.records import Shard
    from camlode.sql import PatternStore


@pytest.fixture
def run(store: PatternStore, make_run_start: Any, job: Job, shards: Sequence[Shard]) -> RunLedger:
    """The ledger of a run that has just begun."""
    return RunLedger(store, store.start_run(make_run_start(job), new_entries(shards)))


def states(store: PatternStore, run: RunLedger) -> list[tuple[str, int]]:
    return [(entry.state, entry.attempts) for entry in store.ledger(run.run)]


def test_all_planned_shards_start_as_pending(run: RunLedger, shards: list[Shard]) -> None:
    assert run.pending() == shards
    assert (len(run), run.done_partials(), run.failures(), run.states) == (3, [], (), {"pending": 3})


def test_an_update_is_written_to_the_store(store: PatternStore, run: RunLedger, shards: list[Shard], done: Any) -> None:
    first, second, third = shards
    run.record(Update([], [Attempt(first, 1, 0), Attempt(second, 1, 0)]))
    assert states(store, run) == [("running", 1), ("running", 1), ("pending", 0)]
    outcome = done(first, rejected=Counter(null_text=2))
    run.record(Update([outcome, Failure(second, "lost", will_retry=True)], [Attempt(third, 1, 0)]))
    assert states(store, run) == [("done", 1), ("pending", 1), ("running", 1)]
    entry = store.ledger(run.run)[0]
    assert (entry.worker, entry.seconds, entry.documents, entry.rejects) == ("here:17", 2.0, 7, 2)
    assert (entry.partial, entry.partial_bytes) == ("0.parquet", 100)
    assert run.done_partials() == [outcome.done.partial]
    assert +run.states == Counter(done=1, pending=1, running=1)


def test_finished_shards_are_in_corpus_order(run: RunLedger, shards: list[Shard], done: Any) -> None:
    first, second, third = shards
    run.record(Update([done(third), Failure(second, "lost")], []))
    run.record(Update([done(first)], []))
    assert run.done_shards() == [first, third]


def test_a_shard_that_ends_and_starts_in_one_update_is_running(
    store: PatternStore, run: RunLedger, shards: list[Shard]
) -> None:
    first, *_ = shards
    run.record(Update([], [Attempt(first, 1, 0)]))
    run.record(Update([Failure(first, "lost", will_retry=True)], [Attempt(first, 2, 1)]))
    entry = store.ledger(run.run)[0]
    assert (entry.state, entry.attempts, entry.error) == ("running", 2, "lost")


def test_a_failed_shard_is_listed_with_its_reason(store: PatternStore, run: RunLedger, shards: list[Shard]) -> None:
    failure = Failure(shards[1], "ValueError: bad", attempts=2)
    run.record(Update([failure], []))
    assert run.failures() == list_failures(store.ledger(run.run)) == (failure,)
    assert run.pending() == [shards[0], shards[2]]


def test_another_process_reads_the_same_ledger(
    store: PatternStore, run: RunLedger, shards: list[Shard], done: Any
) -> None:
    run.record(Update([done(shards[0]), Failure(shards[1], "bad")], []))
    will_retry = RunLedger(store, run.run)
    assert (will_retry.pending(), will_retry.done_partials(), will_retry.failures()) == (
        run.pending(),
        run.done_partials(),
        run.failures(),
    )


def test_failed_shards_are_reset_to_pending(run: RunLedger, shards: list[Shard], done: Any) -> None:
    run.record(Update([done(shards[0]), Failure(shards[1], "bad")], []))
    run.reset_failed()
    assert run.pending() == shards[1:]
    assert run.failures() == ()


def test_shards_with_corrupt_partials_are_reset_to_pending(
    store: PatternStore, run: RunLedger, shards: list[Shard], done: Any
) -> None:
    run.record(Update([done(shard) for shard in shards], []))
    run.reset_corrupt(["1.parquet"])
    assert run.pending() == [shards[1]]
    assert [partial.name for partial in run.done_partials()] == ["0.parquet", "2.parquet"]
    entry = store.ledger(run.run)[1]
    assert (entry.partial, entry.partial_bytes, entry.error) == (None, None, "its partial was missing or corrupt")


@pytest.mark.parametrize(("seconds", "told"), [(1.0, 0), (11.0, 1)])
def test_a_heartbeat_is_written_when_nothing_else_is(
    run: RunLedger, monkeypatch: pytest.MonkeyPatch, seconds: float, told: int
) -> None:
    heard: list[Any] = []
    monkeypatch.setattr(type(run._store), "record", lambda *told: heard.append(told[2]))
    now = ledger.time.monotonic()
    monkeypatch.setattr(ledger.time, "monotonic", lambda: now + seconds)
    run.record(Update([], []))
    assert heard == [[]] * told
