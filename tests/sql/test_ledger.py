from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from camlode.config.errors import StoreError
from camlode.sql import LedgerEntry, PatternStore, engine
from camlode.sql.ownership import STALE_SECONDS, current_owner_id
from camlode.sql.schema import RunRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ON_BOTH_DATABASES = True

ROOT = Path(__file__).parents[2]

START_AND_WAIT = """
import pickle, sys
from camlode.sql import PatternStore

address, start, shards = pickle.load(sys.stdin.buffer)
store = PatternStore(address)
run = store.start_run(start, shards)
print(run, flush=True)
sys.stdin.buffer.read()
"""


def entries(count: int) -> list[LedgerEntry]:
    return [
        LedgerEntry(number, f"{number:x}", "corpus.jsonl", 90, "bytes", number, number + 1) for number in range(count)
    ]


def mark_done(entry: LedgerEntry) -> LedgerEntry:
    progress = {
        "worker": "here:1",
        "seconds": 1.5,
        "documents": 7,
        "rejects": 2,
        "partial": "0.parquet",
        "partial_bytes": 9,
    }
    return replace(entry, state="done", attempts=2, error="it died", **progress)


def shard_states(store: PatternStore, run: int) -> list[str]:
    return [entry.state for entry in store.ledger(run)]


@pytest.fixture
def run(store: PatternStore, start: Any) -> int:
    """A run of this process's over three shards."""
    return store.start_run(start, entries(3))


@pytest.fixture
def set_owner(address: str) -> Callable[..., None]:
    """Makes another process, one that needn't be there, the owner of a run; it was last heard of `seconds` ago."""

    def own(run: int, owner: str, seconds: float) -> None:
        heard = datetime.now(UTC) - timedelta(seconds=seconds)
        with engine.transaction(address) as connection:
            connection.execute(update(RunRow).where(RunRow.id == run).values(owner=owner, heartbeat=heard))

    return own


@pytest.fixture
def other(address: str, store: PatternStore, start: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which has begun run 1 over three shards and works at it."""
    import pickle

    command = [sys.executable, "-c", START_AND_WAIT]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        pickle.dump((address, start, entries(3)), process.stdin)
        process.stdin.flush()
        assert process.stdout.readline() == b"1\n"
        yield process
        process.kill()


def test_all_shards_wait_when_a_run_begins(store: PatternStore, run: int) -> None:
    assert store.ledger(run) == entries(3)


def test_what_becomes_of_a_shard_is_kept(store: PatternStore, run: int) -> None:
    first, second, third = entries(3)
    changed = [mark_done(first), replace(third, state="failed", attempts=3, error="broken")]
    store.record(run, changed)
    assert store.ledger(run) == [changed[0], second, changed[1]]


def test_the_ledger_of_one_run_is_not_that_of_another(store: PatternStore, start: Any, run: int) -> None:
    other = store.start_run(start, entries(1))
    store.record(other, [mark_done(entries(1)[0])])
    assert shard_states(store, run) == ["pending"] * 3
    assert shard_states(store, other) == ["done"]


def test_the_list_of_runs_counts_shards_by_their_state(store: PatternStore, run: int) -> None:
    first, second, _ = entries(3)
    store.record(run, [mark_done(first), replace(second, state="failed")])
    (row,) = store.rows("runs")
    assert (row["shards"], row["done_shards"], row["failed_shards"]) == (3, 1, 1)


def test_shards_can_be_asked_for_by_state(store: PatternStore, run: int) -> None:
    store.record(run, [replace(entries(3)[1], state="failed", error="broken")])
    assert [(row["number"], row["error"]) for row in store.rows("shards", state="failed")] == [(1, "broken")]
    assert store.shards(run)["state"].tolist() == ["pending", "failed", "pending"]


def test_a_shard_without_a_partial_cannot_be_done(store: PatternStore, run: int) -> None:
    first, second, _ = entries(3)
    with pytest.raises(StoreError, match="done_partial"):
        store.record(run, [replace(second, state="running"), replace(first, state="done")])
    assert shard_states(store, run) == ["pending"] * 3


def test_a_run_that_another_process_works_at_is_refused(store: PatternStore, other: subprocess.Popen[bytes]) -> None:
    with pytest.raises(StoreError, match=rf"^run 1 is in use by process {other.pid} on .*: wait for it or stop"):
        store.resume_run(1)


def test_a_run_whose_process_was_killed_is_taken(store: PatternStore, other: subprocess.Popen[bytes]) -> None:
    other.kill()
    other.wait()
    store.resume_run(1)
    assert [row["owner"] for row in store.rows("runs")] == [current_owner_id()]


def test_what_a_killed_process_was_running_waits_again(
    store: PatternStore, run: int, set_owner: Callable[..., None]
) -> None:
    first, second, _ = entries(3)
    store.record(run, [mark_done(first), replace(second, state="running", attempts=1)])
    set_owner(run, current_owner_id() + "0", 0)
    store.resume_run(run)
    assert store.ledger(run) == [mark_done(first), replace(second, attempts=1), entries(3)[2]]


@pytest.mark.parametrize(("seconds", "taken"), [(STALE_SECONDS - 30, False), (STALE_SECONDS + 30, True)])
def test_a_process_of_another_machine_is_waited_for(
    store: PatternStore, run: int, set_owner: Callable[..., None], seconds: float, taken: bool
) -> None:
    set_owner(run, "elsewhere:17:4", seconds)
    if taken:
        store.resume_run(run)
    else:
        with pytest.raises(
            StoreError, match=r"in use by process 17 on elsewhere: .* is considered dead after 120 seconds"
        ):
            store.resume_run(run)
    assert (store.rows("runs")[0]["owner"] == current_owner_id()) is taken


@pytest.mark.parametrize("written", [[], [mark_done(entries(1)[0])]])
def test_nothing_is_written_once_another_process_has_taken_over(
    store: PatternStore, run: int, set_owner: Callable[..., None], written: Sequence[LedgerEntry]
) -> None:
    set_owner(run, "elsewhere:17:4", 0)
    with pytest.raises(StoreError, match=rf"^run {run} cannot be changed: .* another has taken it over$"):
        store.record(run, written)
    assert shard_states(store, run) == ["pending"] * 3


def test_a_process_that_was_taken_for_dead_publishes_nothing(
    store: PatternStore, run: int, set_owner: Callable[..., None], result: Any
) -> None:
    set_owner(run, "elsewhere:17:4", 0)
    with pytest.raises(StoreError, match="another has taken it over"):
        store.publish(run, result({"财经": ["基金"]}))
    with pytest.raises(StoreError, match="another has taken it over"):
        store.finish_run(run, "interrupted")
    assert store.rows("runs")[0]["status"] == "running"


def test_telling_nothing_says_that_the_process_is_there(
    store: PatternStore, run: int, set_owner: Callable[..., None], address: str
) -> None:
    set_owner(run, current_owner_id(), STALE_SECONDS + 30)
    store.record(run, [])
    owner = store.rows("runs")[0]["owner"]
    with engine.transaction(address) as connection:
        heard = connection.execute(RunRow.__table__.select()).one().heartbeat.replace(tzinfo=UTC)
    assert owner == current_owner_id()
    assert datetime.now(UTC) - heard < timedelta(seconds=20)


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_a_run_that_stopped_can_be_gone_on_with(store: PatternStore, run: int, status: Any) -> None:
    store.record(run, [replace(entries(3)[1], state="running")])
    store.finish_run(run, status)
    (row,) = store.rows("runs")
    assert (row["status"], row["owner"]) == (status, None)
    assert shard_states(store, run) == ["pending"] * 3
    store.resume_run(run)
    (row,) = store.rows("runs")
    assert (row["status"], row["owner"], row["ended"]) == ("running", current_owner_id(), None)


def test_a_complete_run_is_never_opened_again(store: PatternStore, run: int, result: Any) -> None:
    store.publish(run, result({"财经": ["基金"]}))
    with pytest.raises(StoreError, match=f"^run {run} is complete and cannot be changed$"):
        store.resume_run(run)
    with pytest.raises(StoreError, match=f"^run {run} cannot be changed"):
        store.record(run, [mark_done(entries(1)[0])])


def test_a_published_run_belongs_to_nobody(store: PatternStore, run: int, result: Any) -> None:
    store.publish(run, result({}))
    assert store.rows("runs")[0]["owner"] is None
