from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import (
    Corpus,
    Model,
    StoreError,
    combine_fingerprint_parts,
    compute_digests,
    compute_fingerprint_parts,
    load_job,
    parse_job,
)
from camlode.pipeline.models.classifier import ModelInfo
from camlode.pipeline.records import CorpusFile
from camlode.pipeline.runs import start
from camlode.pipeline.runs.resume import load_run_job, resume_run
from camlode.pipeline.runs.start import (
    ActiveRun,
    build_corpus_entry,
    build_model_entry,
    check_method,
    corpus_name,
    model_name,
    package_versions,
    save_job_model,
    start_run,
)
from camlode.pipeline.stages.partials import FILE_KINDS
from camlode.pipeline.stages.plan import find_files
from camlode.sql import CorpusEntry, ModelEntry
from camlode.workers import Failure, Update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.config import Job
    from camlode.pipeline.records import Shard
    from camlode.sql import PatternStore

VALUES = {
    "corpus": {"paths": "c.jsonl"},
    "model": {"path": "m.keras", "labels": ["a"], "task": "multiclass"},
    "tokenizer": {"vocabulary": "v.txt"},
}
MODEL_INFO = ModelInfo(("食物", "数码"), ("conv",), "softmax", 8, None, "batches are trimmed", "logits")


@pytest.fixture
def active_run(store: PatternStore, job: Job, shards: Sequence[Shard]) -> ActiveRun:
    """A run of the job that has just started."""
    return begin_run(store, job, shards)


def begin_run(store: PatternStore, job: Job, shards: Sequence[Shard]) -> ActiveRun:
    files = find_files(job.corpus.paths)
    content = compute_digests(job, [(file.path, file.size) for file in files])
    return start_run(store, job, content, package_versions(job), files, shards, MODEL_INFO)


def test_each_run_has_its_own_folder(store: PatternStore, active_run: ActiveRun, job: Job, shards: Any) -> None:
    other = begin_run(store, job, shards)
    folders = [Path(each.context.folder.address) for each in (active_run, other)]
    assert folders[0] != folders[1]
    assert [folder.parent for folder in folders] == [Path(job.run.work_folder)] * 2
    assert sorted(path.name for path in folders[0].iterdir()) == sorted(FILE_KINDS)
    assert [row["folder"] for row in store.rows("runs")] == [*map(str, folders)]


def test_the_store_has_the_job(store: PatternStore, active_run: ActiveRun, job: Job, shards: list[Shard]) -> None:
    (row,) = store.rows("runs")
    assert (row["status"], row["shards"], row["done_shards"]) == ("running", 3, 0)
    assert (row["model"], row["corpus"], row["method"], row["unit"]) == ("model", "corpus", "grad-cam", "word")
    assert row["model_digest"] == hashlib.sha256(b"a model").hexdigest()
    assert active_run.context.key == row["fingerprint"]
    assert active_run.ledger.pending() == shards
    loaded = load_run_job(row, "elsewhere.db")
    assert loaded.store.url.endswith("elsewhere.db")
    assert loaded.model_copy(update={"store": job.store}) == job


def test_a_job_loaded_from_the_store_has_the_same_fingerprint(store: PatternStore, active_run: ActiveRun) -> None:
    (row,) = store.rows("runs")
    job = load_run_job(row, "patterns.db")
    parts = compute_fingerprint_parts(job, [(file.path, file.size) for file in find_files(job.corpus.paths)])
    assert combine_fingerprint_parts(parts) == row["fingerprint"]


def test_the_password_of_a_store_is_not_stored(store: PatternStore, job: Job, shards: list[Shard]) -> None:
    url = "postgresql+psycopg://me:secret@host/db"
    begin_run(store, job.model_copy(update={"store": job.store.model_copy(update={"url": url})}), shards)
    (row,) = store.rows("runs")
    assert "secret" not in row["settings"]


def test_a_resumed_run_keeps_finished_shards_and_retries_failed_ones(
    store: PatternStore, active_run: ActiveRun, job: Job, shards: list[Shard], done: Any
) -> None:
    active_run.ledger.record(Update([done(shards[0]), Failure(shards[1], "bad", attempts=2)], []))
    store.finish_run(active_run.run, "interrupted")
    (row,) = store.rows("runs")
    again = resume_run(store, row, job, MODEL_INFO)
    assert (again.run, again.context.folder) == (active_run.run, active_run.context.folder)
    assert again.ledger.pending() == shards[1:]
    assert [partial.name for partial in again.ledger.done_partials()] == ["0.parquet"]
    assert again.ledger.failures() == ()


def test_a_deleted_folder_is_created_again_on_resume(store: PatternStore, active_run: ActiveRun, job: Job) -> None:
    import shutil

    shutil.rmtree(active_run.context.folder.address)
    resume_run(store, store.rows("runs")[0], job, MODEL_INFO)
    assert (Path(active_run.context.folder.address) / "partials").is_dir()


def test_the_number_of_buckets_follows_the_planned_shards(
    store: PatternStore, active_run: ActiveRun, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert active_run.context.buckets == 1
    asked = []
    monkeypatch.setattr(start, "choose_bucket_count", lambda documents: asked.append(documents) or 7)
    assert resume_run(store, store.rows("runs")[0], job, MODEL_INFO).context.buckets == 7
    assert asked == [3 * job.run.shard_documents]


def test_a_complete_run_is_not_resumed(store: PatternStore, active_run: ActiveRun, job: Job) -> None:
    import sqlite3

    with sqlite3.connect(job.folder / "patterns.db") as connection:
        connection.execute("UPDATE runs SET status = 'complete'")
    connection.close()
    with pytest.raises(StoreError, match="run 1 is complete and cannot be changed"):
        resume_run(store, store.rows("runs")[0], job, MODEL_INFO)


class FakeModel:
    """What saving needs of a model in memory."""

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
    model: Any = FakeModel(1.0)
    first, second = save_job_model(job, model), save_job_model(job, model)
    assert first == second
    assert model.saved == {".keras": 1}
    folder = Path(job.run.work_folder)
    assert [*folder.iterdir()] == [Path(first.model.path)]
    assert first.model_copy(update={"model": job.model}) == job


def test_other_weights_are_another_file(job: Job) -> None:
    one: Any = FakeModel(1.0)
    other: Any = FakeModel(2.0)
    assert save_job_model(job, one).model.path != save_job_model(job, other).model.path


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        ("corpus/news.jsonl", "news"),
        ("/data/news.2024.csv", "news.2024"),
        ("news.jsonl.gz", "news"),
        ("news.csv.zst", "news"),
        ("/data/news/*.jsonl", "news"),
        ("/data/news/", "news"),
        ("/data/news.v2/*.parquet", "news.v2"),
        ("/data/news/*/part-?.csv", "news"),
        (["/data/news/a.csv", "/data/news/b.csv"], "news"),
        (["/data/train/*.csv", "/data/test/*.csv"], "data"),
        (["/data/a.csv", "/data"], "data"),
        (["/a.csv", "/b.csv"], "corpus"),
        (["a.csv", "b.csv"], "corpus"),
        ("*.csv", "corpus"),
        ("s3://bucket/news/2024-*.parquet", "news"),
        ("s3://bucket/news.parquet", "news"),
        (["s3://bucket/a.parquet", "s3://bucket/b.parquet"], "bucket"),
    ],
)
def test_a_corpus_is_named_after_its_file_or_the_common_folder(paths: Any, name: str) -> None:
    assert corpus_name(Corpus(paths=paths)) == name


def test_a_folder_with_a_dot_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "news.v2").mkdir()
    assert corpus_name(Corpus(paths=tmp_path / "news.v2")) == "news.v2"


@pytest.mark.parametrize(
    ("path", "name"),
    [("topics.v2.keras", "topics.v2"), ("saved.v1", "saved.v1"), ("model.ckpt-5", "model.ckpt-5")],
)
def test_a_model_is_named_after_its_file(tmp_path: Path, path: str, name: str) -> None:
    (tmp_path / "topics.v2.keras").write_bytes(b"")
    (tmp_path / "saved.v1").mkdir()
    (tmp_path / "model.ckpt-5.meta").write_bytes(b"")
    assert model_name(Model(path=str(tmp_path / path), labels=["a"])) == name


def test_a_job_may_set_names(job: Job) -> None:
    named = load_job(job.folder / "job.yaml", ["corpus.name=headlines", "model.name=topics", "model.version='3'"])
    entry = build_model_entry(named, "abc", MODEL_INFO)
    assert (entry.name, entry.version) == ("topics", "3")
    assert corpus_name(named.corpus) == "headlines"


def test_entries_of_model_and_corpus(job: Job) -> None:
    with_threshold = load_job(job.folder / "job.yaml", ["model.threshold={数码: 0.25}"])
    assert build_model_entry(with_threshold, "abc", MODEL_INFO) == ModelEntry(
        name="model",
        version=None,
        digest="abc",
        task="multiclass",
        labels=("食物", "数码"),
        thresholds=(0.0, 0.25),
        layers=("conv",),
    )
    files = [CorpusFile("a.jsonl", 10), CorpusFile("b.jsonl", 0)]
    assert build_corpus_entry(job, {"corpus": "def"}, files) == CorpusEntry("corpus", "def", files=2, bytes=10)


def test_versions_are_of_everything_that_affects_a_result() -> None:
    others = {"camlode", "keras", "ray", "numpy", "pyarrow"}
    assert package_versions(parse_job(VALUES)).keys() == {*others, "tensorflow"}
    with_jax = VALUES | {"model": VALUES["model"] | {"backend": "jax"}}
    assert package_versions(parse_job(with_jax)).keys() == {*others, "jax"}


def test_methods_with_a_common_scale_are_accepted() -> None:
    check_method(parse_job(VALUES))


def test_a_dry_run_loads_ray_and_tensorflow_only_when_needed() -> None:
    code = (
        "import camlode.pipeline.dry_run.dry_run, sys\nprint(sorted({'ray', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
