"""Jobs with an earlier run: found, resumed, or retried in part."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from camlode import mine
from camlode.config import JobError, StoreError, load_job
from camlode.pipeline.mining import retry
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.config import Job
    from camlode.pipeline.runs.summary import MineReport

RECORDS: list[dict[str, Any]] = [
    {"id": "a", "text": "我买了水果"},
    {"id": "b", "text": "水果和电脑"},
    {"id": "c", "text": "电脑很快"},
    {"id": "d", "text": "不好"},
]


@pytest.fixture
def incomplete_run(fake_worker: None, write_job: Callable[..., Path]) -> tuple[Job, Path, MineReport]:
    """A mined job of two files, of which one has failed; that file; and the report."""
    path = write_job(RECORDS)
    lost = path.parent / "lost.jsonl"
    lost.write_text('{"id": "e", "text": "坏 水果"}\n', encoding="utf-8")
    job = load_job(path, ["corpus.paths='*.jsonl'"])
    return job, lost, mine(job)


def test_an_incomplete_run_is_published_and_stays_so_until_a_retry_succeeds(incomplete_run: Any) -> None:
    job, lost, report = incomplete_run
    assert [(failure.shard.file.path, failure.attempts) for failure in report.failures] == [(str(lost), 2)]
    assert (report.counts.read, report.counts.explained) == (4, 4)
    store = PatternStore(job.store.url)
    assert store.runs()[["status", "shards", "done_shards", "failed_shards"]].to_numpy().tolist() == [
        ["incomplete", 2, 1, 1]
    ]
    assert store.patterns(label="食物")["documents"].tolist() == [2]
    again = mine(job)  # it is published: only `retry` and `fresh` mine again
    assert (again.already_complete, again.run, len(again.failures)) == (True, report.run, 1)

    retried = retry(job.store.url, report.run)
    assert [failure.attempts for failure in retried.failures] == [2]
    assert store.runs()["status"].tolist() == ["incomplete"]
    assert store.patterns(label="食物")["documents"].tolist() == [2]

    lost.write_text("{}\n", encoding="utf-8")
    with pytest.raises(JobError, match="run 1 cannot be resumed: corpus: its files have changed; mine the corpus"):
        retry(job.store.url, report.run)


def test_failed_shards_are_retried_and_the_run_is_completed(
    incomplete_run: Any, fake_worker_class: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _, before = incomplete_run

    class RepairedWorker(fake_worker_class):  # type: ignore[valid-type, misc]
        def _simulate_failure(self, text: str) -> None:
            pass

    monkeypatch.setattr("camlode.workers.scheduler.AttributionActor", RepairedWorker)
    report = retry(job.store.url, before.run)
    assert (report.run, report.failures, report.documents, report.counts.read) == (before.run, (), 1, 5)
    store = PatternStore(job.store.url)
    assert store.runs()[["status", "current", "failed_shards"]].to_numpy().tolist() == [["complete", True, 0]]
    assert store.patterns(label="食物")[["fragment", "documents"]].to_numpy().tolist() == [["水果", 3]]
    assert not (Path(report.folder) / "partials").exists()
    with pytest.raises(StoreError, match=r"none of run 1's shards has failed \(it is complete\)$"):
        retry(job.store.url, before.run)


def test_a_run_that_does_not_exist_is_not_retried(tmp_path: Path) -> None:
    PatternStore(tmp_path / "patterns.db", create=True)
    with pytest.raises(StoreError, match="there is no run 9: camlode runs lists them"):
        retry(str(tmp_path / "patterns.db"), 9)


@pytest.mark.usefixtures("fake_worker")
def test_a_complete_run_is_found_and_not_mined_again(
    write_job: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = load_job(write_job([*RECORDS, {"id": "a", "text": None}]))
    first = mine(job)
    monkeypatch.setattr("camlode.pipeline.mining.WorkerPool", lambda *_: 1 / 0)
    second = mine(job)
    assert (second.already_complete, second.run, second.documents, second.seconds) == (True, first.run, 0, 0.0)
    for name in ("patterns", "duplicate_ids", "padding_share", "residual", "method", "failures", "folder", "store"):
        assert getattr(second, name) == getattr(first, name)
    counted = ("read", "explained", "rejected", "truncated", "empty_maps")
    assert [getattr(second.counts, name) for name in counted] == [getattr(first.counts, name) for name in counted]
    assert len(PatternStore(job.store.url).rows("runs")) == 1


@pytest.mark.usefixtures("fake_worker")
def test_an_interrupted_run_is_resumed_without_its_finished_shards(
    write_job: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_job(RECORDS * 8)
    job = load_job(path, ["corpus.id=null"])
    ended = []

    class InterruptingProgress(SilentProgress):
        def on_shard(self, outcome: Any) -> None:
            ended.append(outcome)
            if len(ended) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mine(job, progress=InterruptingProgress())
    store = PatternStore(job.store.url)
    (row,) = store.rows("runs")
    assert (row["status"], row["owner"]) == ("interrupted", None)
    before = sum(shard["documents"] for shard in store.rows("shards", state="done"))
    assert row["done_shards"] >= 2
    changed = load_job(path, ["corpus.id=null", "run.batch_size=5"])
    with pytest.raises(JobError, match=r"the job has changed since: run\.batch_size was 4 and is 5; undo the change"):
        mine(changed)
    report = mine(job)
    assert report.run == row["run"]
    assert report.documents == 32 - before
    assert report.counts.read == 32
    fresh = mine(changed, fresh=True)
    assert (fresh.run, fresh.documents) == (row["run"] + 1, 32)
    one, other = ([store.patterns(run=run), store.examples(run=run)] for run in (report.run, fresh.run))
    for left, right in zip(one, other, strict=True):
        pd.testing.assert_frame_equal(left.drop(columns="run"), right.drop(columns="run"), check_exact=True)
    lines = [json.loads(line) for line in (Path(report.folder) / "run.log").read_text(encoding="utf-8").splitlines()]
    assert sorted(line["shard"] for line in lines if line["state"] == "done") == [0, 1, 2, 3, 4]


class SilentProgress:
    """A progress display that shows nothing."""

    def on_start(self, model_info: Any, shards: int, done: int) -> None:
        pass

    def on_shard(self, outcome: Any) -> None:
        pass

    def on_merge(self) -> None:
        pass

    def on_match(self) -> None:
        pass


@pytest.mark.usefixtures("fake_worker")
def test_missing_partials_are_mined_again(write_job: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    job = load_job(write_job(RECORDS * 4), ["corpus.id=null"])

    class FailingProgress(SilentProgress):
        lost = 0

        def on_shard(self, outcome: Any) -> None:
            if not self.lost:
                self.lost = outcome.done.counts.read
                (next(Path(job.run.work_folder).iterdir()) / "partials" / outcome.done.partial.name).unlink()

    progress = FailingProgress()
    report = mine(job, progress=progress)
    assert (report.counts.read, report.failures) == (16, ())
    assert report.documents == 16 + progress.lost > 16
