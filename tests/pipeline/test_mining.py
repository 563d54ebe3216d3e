"""Whole jobs: from a corpus to ranked patterns in the store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import yaml

from camlode import mine
from camlode.config import Attribution, CorpusError, Job, JobError, WorkerError, load_job
from camlode.config.attribution import NON_ADDITIVE_METHODS
from camlode.sql import PatternStore
from camlode.workers.actor import AttributionActor

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("ray_with_gpus")

# With 8 positions, a label's channel weighs 4 / 8 of a logit at each of its characters: 水 果 吃, 电 脑 快.
RECORDS: list[dict[str, Any]] = [
    {"id": "a", "text": "我买了水果", "labels": ["食物"]},
    {"id": "b", "text": "水果和电脑", "labels": ["数码"]},
    {"id": "c", "text": "电脑很快", "labels": ["数码"]},
    {"id": "d", "text": "不好", "labels": []},
]


def tables(job: Job) -> list[pd.DataFrame]:
    store = PatternStore(job.store.url)
    run = store.runs()["run"].max()
    frames = [store.labels(run), store.patterns(run=run), store.examples(run=run), store.rejects(run)]
    return [frame.drop(columns="run") for frame in frames]


def test_patterns_are_ranked_by_the_importance_worked_out_by_hand(write_job: Callable[..., Path]) -> None:
    job = load_job(write_job(RECORDS))
    report = mine(job)
    store = PatternStore(job.store.url)
    columns = ["label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences"]
    assert store.patterns()[columns].to_numpy().tolist() == [
        ["食物", 1, "水果", 2.0, 1.0, 1.0, 2, 2],
        ["数码", 1, "电脑", 2.0, 1.0, 0.8, 2, 2],
        ["数码", 2, "电脑很快", 1.5, 1.5, 0.6, 1, 1],
        ["数码", 3, "很快", 0.5, 0.5, 0.2, 1, 1],
    ]
    assert store.labels()[["label", "documents", "gold_documents", "agreed_documents"]].to_numpy().tolist() == [
        ["食物", 2, 1, 1],
        ["数码", 2, 2, 2],
    ]
    examples = store.examples(label="食物")[["document", "left", "hit", "right", "importance"]]
    assert examples.to_numpy().tolist() == [["a", "我买了", "水果", "", 1.0], ["b", "", "水果", "和电脑", 1.0]]
    assert (report.counts.read, report.counts.explained, report.counts.pairs) == (4, 4, 4)
    assert not (load_work_folder(job) / "partials").exists()


def load_work_folder(job: Job) -> Path:
    return next(Path(job.run.work_folder).iterdir())


def test_the_store_does_not_depend_on_how_the_job_is_run(
    write_job: Callable[..., Path], fake_worker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_job(RECORDS * 20)
    elsewhere = ["run.gpus_per_worker=0", "run.workers=2", "run.work_folder=elsewhere"]
    faked, other, real = (
        load_job(path, ["corpus.id=null", f"store.url={number}.db", *overrides])
        for number, overrides in enumerate(([], elsewhere, []))
    )
    mine(faked)
    mine(other)
    # The fake answers as the model does, so the tests that use it hold for the model.
    monkeypatch.setattr("camlode.workers.scheduler.AttributionActor", AttributionActor)
    mine(real)
    for one, two, three in zip(tables(faked), tables(other), tables(real), strict=True):
        pd.testing.assert_frame_equal(one, two, check_exact=True)
        pd.testing.assert_frame_equal(one, three, check_exact=True)


@pytest.mark.usefixtures("fake_worker")
def test_every_bad_record_is_a_reject_and_counts_add_up(write_job: Callable[..., Path]) -> None:
    huge = "买" * 10_000_000 + "水果"
    records = [
        {"id": "1", "text": "水果😂👨‍👩‍👧e\u0301好吃"},
        b'{"id": "2", "text": "broken',
        {"id": "3", "text": None},
        {"id": "4", "text": ""},
        {"id": "5", "text": " \u3000\t"},
        b'{"id": "6", "text": "\xff\xfe"}',
        {"id": "7", "text": huge},
        {"id": "8", "text": 8},
        {"id": "9"},
        b"[1, 2]",
        b'{"id": "11", "text": "\\ud800"}',
        {"id": "1", "text": "水果"},
    ]
    job = load_job(write_job(records))
    report = mine(job)
    counts = report.counts
    assert counts.read == len(records) == counts.explained + counts.rejected.total()
    assert dict(counts.rejected) == {
        "broken_json": 1,
        "null_text": 1,
        "empty_text": 1,
        "blank_text": 1,
        "invalid_utf8": 1,
        "text_is_not_a_string": 1,
        "missing_text": 1,
        "not_an_object": 1,
        "lone_surrogate": 1,
    }
    assert (counts.truncated, report.duplicate_ids) == (2, 1)
    rejects = pd.concat(map(pd.read_parquet, sorted((load_work_folder(job) / "rejects").iterdir())))
    assert rejects.set_index("reason")["place"]["broken_json"].endswith("corpus.jsonl:2")
    assert PatternStore(job.store.url).patterns(label="食物")["fragment"].tolist() == ["水果"]


@pytest.mark.usefixtures("fake_worker")
def test_labels_without_documents_have_an_empty_ranking(
    write_job: Callable[..., Path],
) -> None:
    from camlode.pipeline.runs.summary import report_lines

    job = load_job(write_job([{"id": "1", "text": "不好"}]))
    report = mine(job)
    assert report.patterns == 0
    assert PatternStore(job.store.url).patterns().empty
    assert "without a pattern: no document reached a label's threshold" in [*report_lines(report)][-1]


@pytest.mark.usefixtures("fake_worker")
def test_a_run_of_rejects_only_is_not_published(write_job: Callable[..., Path]) -> None:
    job = load_job(write_job([{"id": "1", "text": " "}, {"id": "2", "text": None}]))
    with pytest.raises(CorpusError, match=r"all 2 were rejected \(1 as .*, 1 as .*\); check corpus\.text"):
        mine(job)
    assert PatternStore(job.store.url).runs()["status"].tolist() == ["failed"]


@pytest.mark.usefixtures("fake_worker")
def test_a_document_without_a_finite_score_is_rejected(write_job: Callable[..., Path]) -> None:
    job = load_job(write_job([RECORDS[0], RECORDS[1] | {"text": "水果和电脑无穷"}, *RECORDS[2:]]))
    report = mine(job)
    assert dict(report.counts.rejected) == {"model_answered_not_a_number": 1}
    assert report.counts.explained == 3
    assert PatternStore(job.store.url).patterns(label="食物")["documents"].tolist() == [1]


@pytest.mark.usefixtures("fake_worker")
def test_readers_see_the_last_complete_run_while_another_fails(
    write_job: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_job(RECORDS)
    job = load_job(path)
    mine(job)
    monkeypatch.setattr("camlode.pipeline.mining.build_run_result", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        mine(job, fresh=True)
    store = PatternStore(job.store.url)
    assert store.runs()["status"].tolist() == ["complete", "interrupted"]
    assert store.patterns()["run"].unique().tolist() == [1]


@pytest.mark.usefixtures("fake_worker")
def test_a_job_whose_shards_all_fail_publishes_nothing(write_job: Callable[..., Path]) -> None:
    job = load_job(write_job([{"id": "a", "text": "坏"}]))
    with pytest.raises(WorkerError, match=r"^all 1 shards failed; the first: ValueError: 坏 is bad$"):
        mine(job)
    assert PatternStore(job.store.url).runs()["status"].tolist() == ["interrupted"]


@pytest.mark.usefixtures("fake_worker")
def test_a_profile_is_a_trace_in_chromes_format(write_job: Callable[..., Path]) -> None:
    report = mine(load_job(write_job(RECORDS)), profile=True)
    events = json.loads((Path(report.folder) / "trace.json").read_text(encoding="utf-8"))
    assert isinstance(events, list)
    assert {"ph", "name"} <= events[0].keys()


@pytest.mark.usefixtures("fake_worker")
def test_a_work_folder_may_be_a_url(write_job: Callable[..., Path], tmp_path: Path) -> None:
    job = load_job(write_job(RECORDS), [f"run.work_folder=file://{tmp_path}/elsewhere"])
    report = mine(job)
    assert report.folder.startswith(f"file://{tmp_path}/elsewhere/")
    assert report.patterns == 4
    assert [each.name for each in (tmp_path / "elsewhere").iterdir()] == [report.folder.rpartition("/")[2]]


def test_a_string_model_in_memory_is_mined_by_its_own_words(write_job: Callable[..., Path], tmp_path: Path) -> None:
    import keras
    import numpy as np

    vectorization = keras.layers.TextVectorization(output_sequence_length=6, vocabulary=["good", "bad", "film"])
    texts = keras.Input((1,), dtype="string")
    embedded = keras.layers.Embedding(5, 5, name="embedding")(vectorization(texts))
    convolved = keras.layers.Conv1D(2, 1, name="conv")(embedded)
    pooled = keras.layers.GlobalMaxPooling1D()(convolved)
    model = keras.Model(texts, keras.layers.Dense(2, activation="softmax", name="labels")(pooled))
    kernel = np.zeros((1, 5, 2))
    kernel[0, 2, 0] = kernel[0, 3, 1] = 1.0
    model.get_layer("embedding").set_weights([np.eye(5)])
    model.get_layer("conv").set_weights([kernel, np.zeros(2)])
    model.get_layer("labels").set_weights([np.eye(2), np.zeros(2)])
    path = write_job([{"id": "1", "text": "A GOOD, good film!"}, {"id": "2", "text": "bad film"}])
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values["model"] = {"path": "unused.keras", "labels": ["praise", "blame"]}
    values["tokenizer"] = {"name": "vectorizer"}
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    mine(load_job(path), model=model)
    found = PatternStore(tmp_path / "patterns.db").patterns()[["label", "fragment", "occurrences"]]
    assert found.to_numpy().tolist() == [
        ["praise", "GOOD, good", 1],
        ["praise", "GOOD", 1],
        ["praise", "good", 1],
        ["blame", "bad", 1],
    ]


@pytest.mark.parametrize("method", NON_ADDITIVE_METHODS)
def test_scores_without_a_common_scale_are_refused_before_anything_runs(method: Any) -> None:
    job = Job.model_construct(attribution=Attribution(method=method))
    with pytest.raises(
        JobError, match=rf"{method} divides each text's scores by their own maximum.*; mine with another"
    ):
        mine(job)
