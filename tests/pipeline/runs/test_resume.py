from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import JobError, combine_fingerprint_parts, compute_fingerprint_parts, load_job
from camlode.pipeline.runs.ledger import new_entries
from camlode.pipeline.runs.resume import find_earlier_run, is_finished
from camlode.pipeline.runs.start import package_versions
from camlode.pipeline.stages.plan import find_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from camlode.config import Job
    from camlode.pipeline.records import Shard
    from camlode.sql import PatternStore, Row


def find_run(store: PatternStore, job: Job, versions: dict[str, str] | None = None) -> Row | None:
    """The run that `job` would go on with, by its files as they are now."""
    parts = compute_fingerprint_parts(job, [(file.path, file.size) for file in find_files(job.corpus.paths)])
    return find_earlier_run(store, job, combine_fingerprint_parts(parts), parts, versions or package_versions(job))


@pytest.fixture
def start_interrupted_run(
    store: PatternStore, make_run_start: Any, job: Job, shards: Sequence[Shard]
) -> Callable[..., int]:
    """Begins a run of three shards, does one of them or `done`, and stops."""

    def begin(status: Any = "interrupted", done: int = 1, **changes: Any) -> int:
        entries = new_entries(shards)
        run = store.start_run(make_run_start(job, **changes), entries)
        store.record(run, [replace(entry, state="done", partial="0") for entry in entries[:done]])
        if status is not None:
            store.finish_run(run, status)
        return run

    return begin


def changed_job(job: Job, *overrides: str) -> Job:
    return load_job(job.folder / "job.yaml", overrides)


def test_a_store_without_runs_has_none_to_resume(store: PatternStore, job: Job) -> None:
    assert find_run(store, job) is None


@pytest.mark.parametrize("status", ["interrupted", "failed", None])
def test_the_last_run_of_the_same_job_is_resumed(
    store: PatternStore, job: Job, start_interrupted_run: Any, status: Any
) -> None:
    start_interrupted_run()
    last = start_interrupted_run(status)
    row = find_run(store, job)
    assert row is not None
    assert (row["run"], is_finished(row)) == (last, False)


@pytest.mark.parametrize(
    "override",
    [
        "run.workers=2",
        "run.attempts=9",
        "run.shard_seconds=9",
        "run.work_folder=other",
        "store.url=other.db",
        "model.name=topics",
        "model.version='3'",
        "corpus.name=news",
    ],
)
def test_workers_and_other_run_settings_may_change(
    store: PatternStore, job: Job, start_interrupted_run: Any, override: str
) -> None:
    run = start_interrupted_run()
    row = find_run(store, changed_job(job, override))
    assert row is not None
    assert row["run"] == run


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["run.batch_size=8"], "run.batch_size was 256 and is 8"),
        (["run.shard_documents=9", "run.seed=4"], "run.shard_documents was 5000 and is 9; run.seed was 0 and is 4"),
        (["fragments.share=0.5"], "fragments.share was 0.2 and is 0.5"),
        (["attribution.method=saliency"], 'attribution.method was "grad-cam" and is "saliency"'),
        (["patterns.top=5", "fragments.unit=char"], 'fragments.unit was "word" and is "char"; patterns.top was 1000'),
        (["model.labels=[水果, 数码]"], 'model.labels was ["食物", "数码"] and is ["水果", "数码"]'),
        (["corpus.text=body"], 'corpus.text was "text" and is "body"'),
        (["corpus.text=body", "corpus.name=news"], 'has changed since: corpus.text was "text" and is "body"; undo'),
    ],
)
def test_a_changed_setting_is_named_and_refused(
    store: PatternStore, job: Job, start_interrupted_run: Any, overrides: list[str], words: str
) -> None:
    start_interrupted_run()
    with pytest.raises(JobError) as raised:
        find_run(store, changed_job(job, *overrides))
    message = str(raised.value)
    assert message.startswith(
        f"run 1 in {job.store.url} is unfinished (1 of 3 shards are done), and the job has changed"
    )
    assert words in message
    assert message.endswith("; undo the change to resume that run, or start a new one with --fresh")


@pytest.mark.parametrize(
    ("name", "section"), [("model.keras", "model"), ("corpus.jsonl", "corpus"), ("vocabulary.txt", "tokenizer")]
)
def test_a_changed_file_is_named_and_refused(
    store: PatternStore, job: Job, start_interrupted_run: Any, name: str, section: str, tmp_path: Path
) -> None:
    start_interrupted_run()
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(JobError, match=f"changed since: {section}: its files have changed; undo"):
        find_run(store, job)


def test_the_same_model_elsewhere_is_the_same_job(
    store: PatternStore, job: Job, start_interrupted_run: Any, tmp_path: Path
) -> None:
    run = start_interrupted_run()
    (tmp_path / "model.keras").rename(tmp_path / "moved.keras")
    row = find_run(store, changed_job(job, "model.path=moved.keras"))
    assert row is not None
    assert row["run"] == run


def test_a_changed_model_path_is_named(
    store: PatternStore, job: Job, start_interrupted_run: Any, tmp_path: Path
) -> None:
    start_interrupted_run()
    (tmp_path / "new.keras").write_bytes(b"another")
    with pytest.raises(JobError, match=r'model\.path was ".*model\.keras" and is ".*new\.keras"'):
        find_run(store, changed_job(job, "model.path=new.keras"))


def test_a_changed_library_version_is_named_and_refused(
    store: PatternStore, job: Job, start_interrupted_run: Any
) -> None:
    start_interrupted_run()
    now = package_versions(job)
    with pytest.raises(JobError, match=rf"changed since: keras was {now['keras']} and is 99\.0; undo the change"):
        find_run(store, job, now | {"keras": "99.0"})


def test_a_version_missing_in_the_store_is_named(store: PatternStore, job: Job, start_interrupted_run: Any) -> None:
    start_interrupted_run(versions={name: version for name, version in package_versions(job).items() if name != "ray"})
    with pytest.raises(JobError, match="ray was None and is "):
        find_run(store, job)


@pytest.mark.parametrize("done", [0, 3])
def test_a_run_that_has_done_nothing_or_everything(
    store: PatternStore, job: Job, start_interrupted_run: Any, done: int
) -> None:
    start_interrupted_run(done=done)
    other = changed_job(job, "fragments.share=0.5")
    if done:  # it is not published yet, so it would be lost
        with pytest.raises(JobError, match=r"\(3 of 3 shards are done\)"):
            find_run(store, other)
    else:
        assert find_run(store, other) is None


def test_a_run_in_use_does_not_block_another_job(store: PatternStore, job: Job, start_interrupted_run: Any) -> None:
    start_interrupted_run(status=None)
    assert find_run(store, changed_job(job, "fragments.share=0.5")) is None


def test_only_the_last_run_is_checked_for_changes(store: PatternStore, job: Job, start_interrupted_run: Any) -> None:
    start_interrupted_run()
    start_interrupted_run(fingerprint="other", done=0)
    assert find_run(store, changed_job(job, "fragments.share=0.5")) is None


def published(store: PatternStore, run: int, status: str, job: Job) -> None:
    """Marks a run as published with an empty result."""
    import sqlite3

    with sqlite3.connect(job.folder / "patterns.db") as connection:
        connection.execute("UPDATE runs SET status = ?, owner = NULL WHERE id = ?", (status, run))
    connection.close()


def test_a_complete_run_is_found_despite_changed_run_settings(
    store: PatternStore, job: Job, start_interrupted_run: Any
) -> None:
    run = start_interrupted_run(done=3)
    published(store, run, "complete", job)
    row = find_run(store, changed_job(job, "run.batch_size=8"), {"keras": "99.0"})
    assert row is not None
    assert (row["run"], is_finished(row)) == (run, True)


def test_another_job_starts_a_new_run_beside_a_complete_one(
    store: PatternStore, job: Job, start_interrupted_run: Any
) -> None:
    published(store, start_interrupted_run(done=3), "complete", job)
    assert find_run(store, changed_job(job, "fragments.share=0.5")) is None


@pytest.mark.parametrize(("others", "finished"), [("failed", True), ("pending", False), ("running", False)])
def test_an_incomplete_run_is_finished_if_no_shard_is_pending(
    store: PatternStore, job: Job, start_interrupted_run: Any, shards: Sequence[Shard], others: Any, finished: bool
) -> None:
    run = start_interrupted_run(status=None)
    store.record(run, [replace(entry, state=others) for entry in new_entries(shards)[1:]])
    published(store, run, "incomplete", job)
    row = find_run(store, job)
    assert row is not None
    assert is_finished(row) is finished


def test_a_long_setting_is_shortened_in_the_message(store: PatternStore, job: Job, start_interrupted_run: Any) -> None:
    start_interrupted_run()
    labels = json.dumps([f"label{number}" for number in range(50)])
    with pytest.raises(JobError) as raised:
        find_run(store, changed_job(job, f"model.labels={labels}"))
    message = str(raised.value)
    assert "…; undo the change" in message
    assert '"label9"' in message
    assert "label40" not in message
