from __future__ import annotations

import json
import os
import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.config import combine_fingerprint_parts, compute_digests, load_job
from camlode.config.errors import JobError, StoreError
from camlode.pipeline.dry_run.target import RunTarget, check_work_folder, find_target
from camlode.pipeline.dry_run.view import describe_target
from camlode.pipeline.runs.start import package_versions
from camlode.pipeline.stages.plan import find_files
from camlode.sql import CorpusEntry, LedgerEntry, ModelEntry, PatternStore, RunStart
from camlode.sql.ownership import _process_start_time

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from camlode.config import Job


@pytest.fixture
def job(unloaded_job: Path) -> Job:
    return load_job(unloaded_job)


START = RunStart(
    fingerprint="",
    parts={},
    folder="work/1",
    method="grad-cam",
    unit="word",
    model=ModelEntry("toy", "1", "d", "multilabel", ("食物", "数码"), (0.0, 0.0), ("conv",)),
    corpus=CorpusEntry("corpus.jsonl", "c", files=1, bytes=9),
    settings={},
    versions={},
)


@pytest.fixture
def start() -> Callable[[Job], tuple[PatternStore, int]]:
    """Begins a run of a job over two shards, the first of which is done."""

    def begin(job: Job) -> tuple[PatternStore, int]:
        parts = compute_digests(job, [(file.path, file.size) for file in find_files(job.corpus.paths)]).parts
        settings = json.loads(job.model_dump_json())
        facts: Any = {"fingerprint": combine_fingerprint_parts(parts), "parts": parts, "settings": settings}
        store = PatternStore(job.store.url, create=True)
        shards = [LedgerEntry(number, f"s{number}", "c.jsonl", 9, "bytes", 0, 9) for number in range(2)]
        run = store.start_run(replace(START, versions=package_versions(job), **facts), shards)
        store.record(run, [replace(shards[0], state="done", partial="p", documents=1)])
        return store, run

    return begin


def test_where_nothing_is_a_store_would_be_made(job: Job, tmp_path: Path) -> None:
    found = find_target(job, find_files(job.corpus.paths), fresh=False)
    assert found == RunTarget(f"{tmp_path}/patterns.db", False, f"{tmp_path}/.camlode", "new")
    assert not (tmp_path / "patterns.db").exists()


def test_a_store_without_this_job_gets_a_new_run(job: Job) -> None:
    PatternStore(job.store.url, create=True)
    found = find_target(job, find_files(job.corpus.paths), fresh=False)
    assert (found.has_store, found.kind) == (True, "new")
    assert describe_target(found) == f"a new run in {job.store.url}, and its files in {job.run.work_folder}"


def test_a_run_that_stopped_is_gone_on_with(job: Job, start: Any) -> None:
    store, run = start(job)
    store.finish_run(run, "interrupted")
    files = find_files(job.corpus.paths)
    found = find_target(job, files, fresh=False)
    assert (found.kind, found.run, found.done, found.shards) == ("resumed", 1, 1, 2)
    assert find_target(job, files, fresh=True).kind == "new"


def test_a_job_that_has_changed_since_is_refused(job: Job, start: Any) -> None:
    store, run = start(job)
    store.finish_run(run, "interrupted")
    changed = job.model_copy(update={"run": job.run.model_copy(update={"batch_size": 9})})
    with pytest.raises(JobError, match="batch_size"):
        find_target(changed, find_files(job.corpus.paths), fresh=False)


def test_a_run_that_is_under_way_is_told(job: Job, start: Any) -> None:
    start(job)
    other = os.getppid()
    owner = f"{socket.gethostname()}:{other}:{_process_start_time(other)}"
    with closing(sqlite3.connect(job.store.url)) as connection, connection:
        connection.execute("UPDATE runs SET owner = ?", [owner])
    with pytest.raises(StoreError, match=f"run 1 .*{other}"):
        find_target(job, find_files(job.corpus.paths), fresh=False)


@pytest.mark.parametrize(
    ("target", "line"),
    [
        (
            RunTarget("p.db", True, "w", "found", run=3),
            "nothing: run 3 in p.db already holds the result of this job; --fresh mines it again",
        ),
        (
            RunTarget("p.db", True, "w", "resumed", run=3, done=1200, shards=2000),
            "the rest of run 3 in p.db, of which 1,200 of 2,000 shards are done, with its files in w",
        ),
        (RunTarget("p.db", False, "w", "new"), "a new run in p.db, which would be created, and its files in w"),
    ],
)
def test_what_would_be_written_is_told(target: RunTarget, line: str) -> None:
    assert describe_target(target) == line


def test_the_work_folder_may_still_have_to_be_made(tmp_path: Path) -> None:
    check_work_folder(str(tmp_path / "new" / "work"))
    check_work_folder("memory://work")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(JobError, match="cannot open nosuch://work"):
        check_work_folder("nosuch://work")


def test_something_else_than_a_store_is_refused(job: Job, tmp_path: Path) -> None:
    (tmp_path / "patterns.db").write_text("mine")
    with pytest.raises(StoreError):
        find_target(job, find_files(job.corpus.paths), fresh=False)
    assert (tmp_path / "patterns.db").read_text() == "mine"
