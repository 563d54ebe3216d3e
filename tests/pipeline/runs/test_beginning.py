from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from config import StoreError, digests, fingerprint_of, fingerprint_parts
from pipeline.models.facts import ModelFacts
from pipeline.runs import beginning
from pipeline.runs.beginning import Begun, begin, resume, saved_job, settled_job
from pipeline.runs.conditions import versions_of
from pipeline.stages.partials import KINDS
from pipeline.stages.plan import find_files
from workers import Failure, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config import Job
    from pipeline.records import Shard
    from sql import PatternStore

FACTS = ModelFacts(("食物", "数码"), ("conv",), "softmax", 8, None, "batches are cut", "logits")


@pytest.fixture
def begun(store: PatternStore, job: Job, shards: Sequence[Shard]) -> Begun:
    """A run of the job that has just begun."""
    return begun_by(store, job, shards)


def begun_by(store: PatternStore, job: Job, shards: Sequence[Shard]) -> Begun:
    files = find_files(job.corpus.paths)
    content = digests(job, [(file.path, file.size) for file in files])
    return begin(store, job, content, versions_of(job), files, shards, FACTS)


def test_a_run_begins_in_a_folder_of_its_own(store: PatternStore, begun: Begun, job: Job, shards: Any) -> None:
    other = begun_by(store, job, shards)
    folders = [Path(each.context.folder.address) for each in (begun, other)]
    assert folders[0] != folders[1]
    assert [folder.parent for folder in folders] == [Path(job.run.work_folder)] * 2
    assert sorted(path.name for path in folders[0].iterdir()) == sorted(KINDS)
    assert [row["folder"] for row in store.rows("runs")] == [*map(str, folders)]


def test_the_store_knows_the_job(store: PatternStore, begun: Begun, job: Job, shards: list[Shard]) -> None:
    (row,) = store.rows("runs")
    assert (row["status"], row["shards"], row["done_shards"]) == ("running", 3, 0)
    assert (row["model"], row["corpus"], row["method"], row["unit"]) == ("model", "corpus", "grad-cam", "word")
    assert row["model_digest"] == hashlib.sha256(b"a model").hexdigest()
    assert begun.context.key == row["fingerprint"]
    assert begun.ledger.waiting() == shards
    settled = settled_job(row, "elsewhere.db")
    assert settled.store.url.endswith("elsewhere.db")
    assert settled.model_copy(update={"store": job.store}) == job


def test_a_settled_job_has_the_fingerprint_that_it_had(store: PatternStore, begun: Begun) -> None:
    (row,) = store.rows("runs")
    job = settled_job(row, "patterns.db")
    parts = fingerprint_parts(job, [(file.path, file.size) for file in find_files(job.corpus.paths)])
    assert fingerprint_of(parts) == row["fingerprint"]


def test_the_password_of_a_store_is_not_kept(store: PatternStore, job: Job, shards: list[Shard]) -> None:
    url = "postgresql+psycopg://me:secret@host/db"
    begun_by(store, job.model_copy(update={"store": job.store.model_copy(update={"url": url})}), shards)
    (row,) = store.rows("runs")
    assert "secret" not in row["settings"]


def test_what_is_done_is_kept_and_what_failed_is_tried_again(
    store: PatternStore, begun: Begun, job: Job, shards: list[Shard], done: Any
) -> None:
    begun.ledger.note(Turn([done(shards[0]), Failure(shards[1], "bad", attempts=2)], []))
    store.finish_run(begun.run, "interrupted")
    (row,) = store.rows("runs")
    again = resume(store, row, job, FACTS)
    assert (again.run, again.context.folder) == (begun.run, begun.context.folder)
    assert again.ledger.waiting() == shards[1:]
    assert [partial.name for partial in again.ledger.done()] == ["0.parquet"]
    assert again.ledger.failures() == ()


def test_a_folder_that_was_removed_meanwhile_is_made_again(store: PatternStore, begun: Begun, job: Job) -> None:
    import shutil

    shutil.rmtree(begun.context.folder.address)
    resume(store, store.rows("runs")[0], job, FACTS)
    assert (Path(begun.context.folder.address) / "partials").is_dir()


def test_buckets_follow_what_was_planned(
    store: PatternStore, begun: Begun, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert begun.context.buckets == 1
    asked = []
    monkeypatch.setattr(beginning, "bucket_count", lambda documents: asked.append(documents) or 7)
    assert resume(store, store.rows("runs")[0], job, FACTS).context.buckets == 7
    assert asked == [3 * job.run.shard_documents]


def test_a_complete_run_is_not_resumed(store: PatternStore, begun: Begun, job: Job) -> None:
    import sqlite3

    with sqlite3.connect(job.folder / "patterns.db") as connection:
        connection.execute("UPDATE runs SET status = 'complete'")
    connection.close()
    with pytest.raises(StoreError, match="run 1 is complete, and never changed"):
        resume(store, store.rows("runs")[0], job, FACTS)


class Model:
    """A model in memory, as far as saving it goes."""

    def __init__(self, weight: float) -> None:
        self.saved: Counter[str] = Counter()
        self._weight = weight

    def to_json(self) -> str:
        return "{}"

    def get_weights(self) -> list[Any]:
        import numpy as np

        return [np.array([self._weight])]

    def save(self, path: Path) -> None:
        self.saved[path.suffix] += 1
        path.write_bytes(b"saved")


def test_a_model_in_memory_is_saved_once(job: Job) -> None:
    model: Any = Model(1.0)
    first, second = saved_job(job, model), saved_job(job, model)
    assert first == second
    assert model.saved == {".keras": 1}
    folder = Path(job.run.work_folder)
    assert [*folder.iterdir()] == [Path(first.model.path)]
    assert first.model_copy(update={"model": job.model}) == job


def test_other_weights_are_another_model(job: Job) -> None:
    one: Any = Model(1.0)
    other: Any = Model(2.0)
    assert saved_job(job, one).model.path != saved_job(job, other).model.path
