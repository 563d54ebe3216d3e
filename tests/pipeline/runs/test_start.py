from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import StoreError, combine_fingerprint_parts, compute_digests, compute_fingerprint_parts
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.runs import start
from camlode.pipeline.runs.resume import load_run_job, resume_run
from camlode.pipeline.runs.start import ActiveRun, package_versions, save_job_model, start_run
from camlode.pipeline.stages.partials import FILE_KINDS
from camlode.pipeline.stages.plan import find_files
from camlode.workers import Failure, Update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Job
    from camlode.pipeline.records import Shard
    from camlode.sql import PatternStore

FACTS = ModelInfo(("食物", "数码"), ("conv",), "softmax", 8, None, "batches are cut", "logits")


@pytest.fixture
def active_run(store: PatternStore, job: Job, shards: Sequence[Shard]) -> ActiveRun:
    """A run of the job that has just begun."""
    return active_run_by(store, job, shards)


def active_run_by(store: PatternStore, job: Job, shards: Sequence[Shard]) -> ActiveRun:
    files = find_files(job.corpus.paths)
    content = compute_digests(job, [(file.path, file.size) for file in files])
    return start_run(store, job, content, package_versions(job), files, shards, FACTS)


def test_a_run_begins_in_a_folder_of_its_own(store: PatternStore, active_run: ActiveRun, job: Job, shards: Any) -> None:
    other = active_run_by(store, job, shards)
    folders = [Path(each.context.folder.address) for each in (active_run, other)]
    assert folders[0] != folders[1]
    assert [folder.parent for folder in folders] == [Path(job.run.work_folder)] * 2
    assert sorted(path.name for path in folders[0].iterdir()) == sorted(FILE_KINDS)
    assert [row["folder"] for row in store.rows("runs")] == [*map(str, folders)]


def test_the_store_knows_the_job(store: PatternStore, active_run: ActiveRun, job: Job, shards: list[Shard]) -> None:
    (row,) = store.rows("runs")
    assert (row["status"], row["shards"], row["done_shards"]) == ("running", 3, 0)
    assert (row["model"], row["corpus"], row["method"], row["unit"]) == ("model", "corpus", "grad-cam", "word")
    assert row["model_digest"] == hashlib.sha256(b"a model").hexdigest()
    assert active_run.context.key == row["fingerprint"]
    assert active_run.ledger.pending() == shards
    settled = load_run_job(row, "elsewhere.db")
    assert settled.store.url.endswith("elsewhere.db")
    assert settled.model_copy(update={"store": job.store}) == job


def test_a_settled_job_has_the_fingerprint_that_it_had(store: PatternStore, active_run: ActiveRun) -> None:
    (row,) = store.rows("runs")
    job = load_run_job(row, "patterns.db")
    parts = compute_fingerprint_parts(job, [(file.path, file.size) for file in find_files(job.corpus.paths)])
    assert combine_fingerprint_parts(parts) == row["fingerprint"]


def test_the_password_of_a_store_is_not_kept(store: PatternStore, job: Job, shards: list[Shard]) -> None:
    url = "postgresql+psycopg://me:secret@host/db"
    active_run_by(store, job.model_copy(update={"store": job.store.model_copy(update={"url": url})}), shards)
    (row,) = store.rows("runs")
    assert "secret" not in row["settings"]


def test_what_is_done_is_kept_and_what_failed_is_tried_again(
    store: PatternStore, active_run: ActiveRun, job: Job, shards: list[Shard], done: Any
) -> None:
    active_run.ledger.record(Update([done(shards[0]), Failure(shards[1], "bad", attempts=2)], []))
    store.finish_run(active_run.run, "interrupted")
    (row,) = store.rows("runs")
    again = resume_run(store, row, job, FACTS)
    assert (again.run, again.context.folder) == (active_run.run, active_run.context.folder)
    assert again.ledger.pending() == shards[1:]
    assert [partial.name for partial in again.ledger.done_partials()] == ["0.parquet"]
    assert again.ledger.failures() == ()


def test_a_folder_that_was_removed_meanwhile_is_made_again(
    store: PatternStore, active_run: ActiveRun, job: Job
) -> None:
    import shutil

    shutil.rmtree(active_run.context.folder.address)
    resume_run(store, store.rows("runs")[0], job, FACTS)
    assert (Path(active_run.context.folder.address) / "partials").is_dir()


def test_buckets_follow_what_was_planned(
    store: PatternStore, active_run: ActiveRun, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert active_run.context.buckets == 1
    asked = []
    monkeypatch.setattr(start, "choose_bucket_count", lambda documents: asked.append(documents) or 7)
    assert resume_run(store, store.rows("runs")[0], job, FACTS).context.buckets == 7
    assert asked == [3 * job.run.shard_documents]


def test_a_complete_run_is_not_resumed(store: PatternStore, active_run: ActiveRun, job: Job) -> None:
    import sqlite3

    with sqlite3.connect(job.folder / "patterns.db") as connection:
        connection.execute("UPDATE runs SET status = 'complete'")
    connection.close()
    with pytest.raises(StoreError, match="run 1 is complete and cannot be changed"):
        resume_run(store, store.rows("runs")[0], job, FACTS)


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
    first, second = save_job_model(job, model), save_job_model(job, model)
    assert first == second
    assert model.saved == {".keras": 1}
    folder = Path(job.run.work_folder)
    assert [*folder.iterdir()] == [Path(first.model.path)]
    assert first.model_copy(update={"model": job.model}) == job


def test_other_weights_are_another_model(job: Job) -> None:
    one: Any = Model(1.0)
    other: Any = Model(2.0)
    assert save_job_model(job, one).model.path != save_job_model(job, other).model.path
