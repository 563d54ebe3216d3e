"""Whole jobs: the match pass, which counts where patterns occur."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from camlode import mine
from camlode.config import CorpusError, load_job
from camlode.pipeline.runs.summary import report_lines
from camlode.sql import PatternStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from camlode.config import Job

pytestmark = pytest.mark.usefixtures("fake_worker")

# The model reads eight characters, so it does not see 电脑 in e; f has no gold labels.
RECORDS: list[dict[str, Any]] = [
    {"id": "a", "text": "我买了水果", "labels": ["食物"]},
    {"id": "b", "text": "水果和电脑", "labels": ["数码"]},
    {"id": "c", "text": "电脑很快", "labels": ["数码"]},
    {"id": "d", "text": "不好", "labels": []},
    {"id": "e", "text": "我买了和我买了和电脑，电脑", "labels": ["数码"]},
    {"id": "f", "text": "水果"},
]
COUNTED = ["matched_documents", "matched_occurrences", "predicted_documents", "labelled_documents", "gold_documents"]
ESTIMATED = ["precision", "gold_precision", "coverage", "lift"]
LOWER = ["precision_lower", "gold_precision_lower", "log_odds_z"]


def rows(frame: pd.DataFrame, *names: str) -> list[list[Any]]:
    return frame[[*names]].to_numpy().tolist()


def tables(job: Job) -> list[pd.DataFrame]:
    store = PatternStore(job.store.url)
    run = store.runs()["run"].max()
    frames = [store.labels(run), store.patterns(run=run), store.examples(run=run)]
    return [frame.drop(columns="run") for frame in frames]


class RecordingProgress:
    """Records the phases of a job, and acts when its patterns are about to be matched."""

    def __init__(self, act: Callable[[], object] = lambda: None) -> None:
        self.phases: list[str] = []
        self._act = act

    def on_start(self, *_: Any) -> None:
        self.phases.append("started")

    def on_shard(self, *_: Any) -> None:
        pass

    def on_merge(self) -> None:
        self.phases.append("merging")

    def on_match(self) -> None:
        self.phases.append("matching")
        self._act()


def test_matches_are_counted_as_derived_by_hand(write_job: Callable[..., Path]) -> None:
    job = load_job(write_job(RECORDS))
    progress = RecordingProgress()
    report = mine(job, progress=progress)
    store = PatternStore(job.store.url)
    patterns = store.patterns()
    assert rows(patterns, "label", "fragment", "documents", *COUNTED) == [
        ["食物", "水果", 3, 3, 3, 3, 2, 1],
        ["数码", "电脑", 2, 3, 4, 2, 3, 3],
        ["数码", "电脑很快", 1, 1, 1, 1, 1, 1],
        ["数码", "很快", 1, 1, 1, 1, 1, 1],
    ]
    # The model predicts 食物 for three of the six documents, and 数码 for two.
    assert rows(patterns, *ESTIMATED) == [
        [4 / 5, 2 / 4, 1.0, 2.0],
        [3 / 5, 4 / 5, 1.0, pytest.approx(2.0)],
        [2 / 3, 2 / 3, 0.5, 3.0],
        [2 / 3, 2 / 3, 0.5, 3.0],
    ]
    # 电脑 and 很快 are within 电脑很快, of two units: 1·(3 - 1), log2(3)·1, 1·(1 - 1).
    assert patterns["c_value"].tolist() == pytest.approx([3.0, 2.0, 1.584962500721156, 0.0])
    assert patterns["maximal"].tolist() == [True, True, True, False]
    examples = store.examples(label="数码", fragment="电脑")
    assert rows(examples[examples["kind"] == "counter"], "position", "document", "left", "hit", "right") == [
        [1, "e", "我买了和我买了和", "电脑", "，电脑"]
    ]
    assert examples["importance"].isna().tolist() == [False, False, True]
    assert rows(store.runs(), "gold_documents", "matched_documents") == [[5, 6]]
    assert progress.phases == ["started", "merging", "matching"]
    assert report.stages["match"] > 0
    assert report.matched_documents == 6
    assert "matched the patterns in 6 documents" in [*report_lines(report)]
    found = mine(job)
    assert (found.already_complete, found.matched_documents) == (True, 6)


def test_without_matching_the_columns_of_the_match_pass_are_null(write_job: Callable[..., Path]) -> None:
    job = load_job(write_job(RECORDS), ["patterns.match=false"])
    progress = RecordingProgress()
    report = mine(job, progress=progress)
    store = PatternStore(job.store.url)
    patterns = store.patterns()
    assert patterns[[*COUNTED, *ESTIMATED, *LOWER]].isna().all(axis=None)
    # By the documents in which they were important, 电脑 being so in b and c.
    assert patterns["c_value"].tolist() == pytest.approx([3.0, 1.0, 1.584962500721156, 0.0])
    assert patterns["maximal"].tolist() == [True, True, True, False]
    assert set(store.examples()["kind"]) == {"supporting"}
    assert rows(store.runs(), "gold_documents") == [[5]]
    assert store.runs()["matched_documents"].isna().tolist() == [True]
    assert progress.phases == ["started", "merging"]
    assert (report.matched_documents, "match" in report.stages) == (None, False)
    assert not any("matched the" in line for line in report_lines(report))


def test_matching_does_not_depend_on_how_the_job_is_run(write_job: Callable[..., Path]) -> None:
    path = write_job(RECORDS * 20)
    first, other = (
        load_job(path, ["corpus.id=null", f"store.url={number}.db", "run.gpus_per_worker=0", *overrides])
        for number, overrides in enumerate(
            (["run.shard_documents=50"], ["run.shard_documents=7", "run.workers=2", "run.work_folder=elsewhere"])
        )
    )
    mine(first)
    mine(other)
    for one, two in zip(tables(first), tables(other), strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    _, patterns, examples = tables(other)
    assert rows(patterns, *COUNTED)[1] == [60, 80, 40, 60, 60]
    assert (examples["kind"] == "counter").sum() == 3


def test_documents_of_failed_shards_are_left_out(write_job: Callable[..., Path]) -> None:
    path = write_job(RECORDS)
    (path.parent / "lost.jsonl").write_text('{"id": "g", "text": "坏 水果"}\n', encoding="utf-8")
    job = load_job(path, ["corpus.paths='*.jsonl'"])
    report = mine(job)
    assert (len(report.failures), report.matched_documents) == (1, 6)
    assert rows(PatternStore(job.store.url).patterns(label="食物"), *COUNTED) == [[3, 3, 3, 2, 1]]


def test_rejected_documents_are_left_out(write_job: Callable[..., Path]) -> None:
    job = load_job(write_job([RECORDS[0], b"broken", {"id": "x", "text": " "}, *RECORDS[1:]]))
    report = mine(job)
    assert (report.counts.rejected.total(), report.matched_documents) == (2, 6)


def test_a_document_that_changed_meanwhile_fails_the_run(write_job: Callable[..., Path]) -> None:
    path = write_job(RECORDS)
    job = load_job(path)
    corpus = path.parent / "corpus.jsonl"

    def change() -> None:
        corpus.write_text(corpus.read_text(encoding="utf-8").replace('"id": "b"', '"id": "z"'), encoding="utf-8")

    with pytest.raises(
        CorpusError, match=r"the corpus has changed .*corpus\.jsonl:2 no longer holds document b; .* --fresh$"
    ):
        mine(job, progress=RecordingProgress(change))
    store = PatternStore(job.store.url)
    assert rows(store.runs(), "status", "current") == [["failed", False]]
    assert mine(job, fresh=True).matched_documents == 6
    assert rows(store.runs(), "status", "current") == [["failed", False], ["complete", True]]


def test_a_run_interrupted_while_matching_resumes_with_matching(write_job: Callable[..., Path]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    job = load_job(write_job(RECORDS))
    with pytest.raises(KeyboardInterrupt):
        mine(job, progress=RecordingProgress(interrupt))
    report = mine(job)
    assert (report.run, report.documents, report.matched_documents) == (1, 0, 6)
    lines = (Path(report.folder) / "run.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["state"] for line in lines] == ["done"]


def test_without_patterns_nothing_is_matched(write_job: Callable[..., Path]) -> None:
    progress = RecordingProgress()
    report = mine(load_job(write_job([{"id": "1", "text": "不好"}])), progress=progress)
    assert (report.matched_documents, progress.phases) == (None, ["started", "merging"])
