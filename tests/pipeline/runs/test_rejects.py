from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from camlode.config import StoreError
from camlode.pipeline.records import REJECTS_SCHEMA
from camlode.pipeline.runs.ledger import RunLedger, new_entries
from camlode.pipeline.runs.rejects import read_rejects
from camlode.workers import Failure, Update

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from camlode.config import Job
    from camlode.pipeline.records import Shard
    from camlode.sql import PatternStore

RECORDS = {
    0: [("a", "corpus.jsonl:1", "null_text", ""), (None, "corpus.jsonl:2", "broken_json", "坏")],
    1: [],
    2: [("b", "corpus.jsonl:9", "null_text", "")],
}


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    """The folder of a run's rejects, with those of shards 0 and 2."""
    folder = tmp_path / "work" / "rejects"
    folder.mkdir(parents=True)
    for number in (0, 2):
        rows = [dict(zip(REJECTS_SCHEMA.names, record, strict=True)) for record in RECORDS[number]]
        pq.write_table(pa.Table.from_pylist(rows, schema=REJECTS_SCHEMA), folder / f"{number}.parquet")
    return folder


@pytest.fixture
def run(store: PatternStore, make_run_start: Any, job: Job, shards: Sequence[Shard], done: Any, rejects: Path) -> int:
    """A run all of whose shards are done."""
    number = store.start_run(make_run_start(job, folder=str(rejects.parent)), new_entries(shards))
    outcomes = [done(shard, rejected=Counter(row[2] for row in RECORDS[shard.number])) for shard in shards]
    RunLedger(store, number).record(Update(outcomes, []))
    return number


def found(store: PatternStore, run: int, reason: str | None = None) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in read_rejects(store, run, reason)]


def test_rejects_are_in_corpus_order(store: PatternStore, run: int) -> None:
    assert found(store, run) == [(shard, *record) for shard in (0, 2) for record in RECORDS[shard]]


def test_rejects_with_one_reason(store: PatternStore, run: int) -> None:
    assert [row[:2] for row in found(store, run, "null_text")] == [(0, "a"), (2, "b")]
    assert found(store, run, "no such reason") == []


def test_an_unfinished_run_has_the_rejects_of_its_finished_shards(
    store: PatternStore, make_run_start: Any, job: Job, shards: Sequence[Shard], done: Any, rejects: Path
) -> None:
    number = store.start_run(make_run_start(job, folder=str(rejects.parent)), new_entries(shards))
    outcomes = [done(shards[0], rejected=Counter(null_text=2)), Failure(shards[2], "bad")]
    RunLedger(store, number).record(Update(outcomes, []))
    assert [row[0] for row in found(store, number)] == [0, 0]


def test_missing_files_are_one_clear_error(store: PatternStore, run: int, rejects: Path) -> None:
    (rejects / "2.parquet").unlink()
    with pytest.raises(StoreError, match=r"^the rejects of shard 2 are no longer in .*work/rejects; the store"):
        found(store, run)


def test_a_run_that_does_not_exist_is_an_error(store: PatternStore, run: int) -> None:
    with pytest.raises(StoreError, match=r"^there is no run 9: camlode runs lists them$"):
        found(store, 9)
