from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from camlode.config.errors import StoreError
from camlode.sql import PatternFilter, PatternStore

ON_BOTH_DATABASES = True


def test_patterns_of_a_published_run_come_by_label_and_rank(store, publish_run, measures):
    run = publish_run({"房产": ["均价"], "财经": ["基金", "期货"]})
    assert store.rows("patterns") == [
        {
            "run": run,
            "label": label,
            "rank": rank,
            "fragment": fragment,
            "importance": 12.0 / rank,
            "mean": 3.0 / rank,
            "share": 0.5 / rank,
            "documents": 4,
            "occurrences": 5,
            **measures,
            "review": None,
        }
        for label, rank, fragment in [("财经", 1, "基金"), ("财经", 2, "期货"), ("房产", 1, "均价")]
    ]


def test_examples_come_with_their_pattern(store, publish_run):
    run = publish_run({"财经": ["基金"]})
    assert store.examples().to_dict("records") == [
        {
            "run": run,
            "label": "财经",
            "fragment": "基金",
            "kind": "supporting",
            "position": 1,
            "document": "d1",
            "place": "corpus.jsonl:1",
            "left": "今天",
            "hit": "基金",
            "right": "上涨",
            "importance": 1.5,
        }
    ]


def test_labels_keep_the_order_of_the_model_and_zeros_where_nothing_came(store, publish_run):
    run = publish_run({"房产": ["均价"]})
    assert store.rows("labels") == [
        {"run": run, "label": name, "documents": documents, "importance": importance, "patterns": patterns}
        | {"gold_documents": None, "agreed_documents": None}
        for name, documents, importance, patterns in [("财经", 0, 0.0, 0), ("房产", 40, 24.0, 1)]
    ]


def test_rejects_come_by_reason_the_most_frequent_first(store, publish_run):
    run = publish_run({})
    assert store.rejects().to_dict("records") == [
        {"run": run, "reason": "blank text", "documents": 2},
        {"run": run, "reason": "not UTF-8", "documents": 1},
    ]


def test_a_complete_run_says_how_it_went(store, publish_run):
    run = publish_run({"财经": ["基金"]})
    (row,) = store.rows("runs")
    started, ended = row.pop("started"), row.pop("ended")
    assert timedelta(0) <= ended - started <= datetime.now(UTC) - started < timedelta(minutes=1)
    assert row == {
        "run": run,
        "status": "complete",
        "current": True,
        "fingerprint": "0f",
        "parts": '{"model": "0a", "corpus": "05"}',
        "method": "gradcam",
        "unit": "word",
        "model": "cnn",
        "model_version": "2",
        "model_digest": "d0",
        "task": "multiclass",
        "thresholds": "[0.0, 0.0]",
        "layers": '["conv_2", "conv_3"]',
        "corpus": "news",
        "corpus_digest": "c0",
        "corpus_files": 2,
        "corpus_bytes": 900,
        "settings": '{"store": {"url": "patterns.db"}}',
        "versions": '{"camlode": "0.1.0"}',
        "folder": "work/0f",
        "owner": None,
        "documents_read": 100,
        "documents_explained": 97,
        "documents_rejected": 3,
        "documents_truncated": 5,
        "duplicate_ids": 1,
        "gold_documents": 90,
        "matched_documents": 97,
        "padding_share": 0.125,
        "empty_maps": 2,
        "residual": 0.5,
        "shards": 4,
        "done_shards": None,
        "failed_shards": 0,
    }


def test_an_empty_ranking_is_a_result(store, publish_run):
    publish_run({})
    assert store.patterns().empty
    assert store.runs()["status"].tolist() == ["complete"]


def test_a_running_run_is_listed_but_not_read(store, publish_run, start):
    first = publish_run({"财经": ["基金"]})
    second = store.start_run(start)
    assert store.runs()[["run", "status", "current"]].to_dict("records") == [
        {"run": first, "status": "complete", "current": True},
        {"run": second, "status": "running", "current": False},
    ]
    assert store.patterns()["run"].tolist() == [first]


def test_the_run_published_last_is_the_current_one(store, publish_run):
    first = publish_run({"财经": ["基金"]})
    second = publish_run({"财经": ["期货", "基金"]})
    assert store.runs()["current"].tolist() == [False, True]
    assert store.patterns()[["run", "fragment"]].to_dict("records") == [
        {"run": second, "fragment": "期货"},
        {"run": second, "fragment": "基金"},
    ]
    assert store.patterns(run=first)["fragment"].tolist() == ["基金"]


def test_runs_and_labels_share_fragments(publish_run, query):
    publish_run({"财经": ["基金"], "房产": ["基金", "Aa"]})
    publish_run({"财经": ["Aa"]})
    found = query("SELECT text, normalised, characters FROM fragments ORDER BY text DESC")
    assert found == [("基金", "基金", 2), ("Aa", "aa", 2)]


def test_runs_of_the_same_model_and_corpus_share_them(store, publish_run, start, query):
    publish_run({})
    publish_run({})
    store.start_run(replace(start, model=replace(start.model, thresholds=(0.5, 0.5))))
    assert query("SELECT name, thresholds FROM models ORDER BY id") == [("cnn", "[0.0, 0.0]"), ("cnn", "[0.5, 0.5]")]
    assert query("SELECT name, digest, files, bytes, documents FROM corpora") == [("news", "c0", 2, 900, 100)]


def test_a_corpus_of_an_unfinished_run_has_no_number_of_documents(store, start, query):
    store.start_run(start)
    assert query("SELECT documents FROM corpora") == [(None,)]


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_an_unfinished_run_leaves_the_current_one(store, publish_run, start, status):
    first = publish_run({"财经": ["基金"]})
    store.finish_run(store.start_run(start), status)
    assert store.runs()["status"].tolist() == ["complete", status]
    assert store.patterns()["run"].tolist() == [first]


def test_a_complete_run_cannot_be_published_again(store, publish_run, result):
    run = publish_run({"财经": ["基金"]})
    with pytest.raises(
        StoreError, match=f"^run {run} cannot be changed: expected an unfinished run, but it is complete$"
    ):
        store.publish(run, result({"财经": ["期货"]}))
    assert store.patterns()["fragment"].tolist() == ["基金"]


def test_a_complete_run_cannot_fail(store, publish_run):
    run = publish_run({})
    with pytest.raises(StoreError, match="this process does not own it"):
        store.finish_run(run, "failed")
    assert store.runs()["status"].tolist() == ["complete"]


def test_a_run_that_was_never_started_cannot_be_published(store, result):
    with pytest.raises(StoreError, match=r"^run 7 cannot be changed: .* there is no such run$"):
        store.publish(7, result({}))


def test_opening_for_writing_again_keeps_what_is_there(address, store, publish_run):
    publish_run({"财经": ["基金"]})
    assert PatternStore(address, create=True).patterns()["fragment"].tolist() == ["基金"]


def test_reading_cannot_write(store, publish_run):
    publish_run({"财经": ["基金"]})
    with pytest.raises(StoreError, match=r"file is read-only|read-only transaction"), store._snapshot() as reader:
        reader.rows("DELETE FROM examples", {})
    assert len(store.rows("examples")) == 1


def test_a_closed_store_is_one_file(sqlite_address, start, result, tmp_path):
    store = PatternStore(sqlite_address, create=True)
    store.publish(store.start_run(start), result({"财经": ["基金"]}))
    store.patterns()
    assert [path.name for path in tmp_path.iterdir()] == ["patterns.db"]


def test_what_is_not_a_number_is_nothing_in_both_databases(store, start, result, query):
    whole = result({"财经": ["基金"]})
    place = whole.patterns.schema.get_field_index("lift")
    patterns = whole.patterns.set_column(place, whole.patterns.schema.field("lift"), [[float("nan")]])
    store.publish(store.start_run(start), replace(whole, patterns=patterns))
    assert query("SELECT lift FROM patterns") == [(None,)]


@pytest.mark.parametrize("rows", [1, 2, 3, 10])
def test_an_answer_comes_in_tables_of_so_many_rows(store, publish_run, rows):
    publish_run({"财经": ["基金", "期货"], "房产": ["均价"]})
    tables = list(store.iter_frames("patterns", rows=rows))
    assert [len(each) for each in tables] == {1: [1, 1, 1], 2: [2, 1], 3: [3], 10: [3]}[rows]
    assert [text for each in tables for text in each["fragment"]] == ["基金", "期货", "均价"]
    assert tables[0].dtypes.to_dict() == store.patterns().dtypes.to_dict()


def test_rows_come_one_after_the_other(store, publish_run):
    publish_run({"财经": ["基金", "期货"]})
    answer = store.stream("patterns")
    assert next(answer)["fragment"] == "基金"
    publish_run({"财经": ["旧"]})  # a reader that has begun keeps its snapshot
    assert next(answer)["fragment"] == "期货"
    assert list(answer) == []


def test_one_run_is_looked_up_by_its_number(store, publish_run):
    publish_run({"财经": ["基金"]})
    assert store.run(publish_run({"财经": ["期货"]})) == store.rows("runs")[1]


@pytest.mark.parametrize("run", [0, 9, 2**40])
def test_a_run_that_does_not_exist_is_refused(store, run):
    with pytest.raises(StoreError, match=f"^there is no run {run}: camlode runs lists them$"):
        store.run(run)


def test_a_filter_is_given_as_a_value_or_by_its_fields(store, publish_run):
    publish_run({"财经": ["基金", "期货"]})
    fields = {"label": "财经", "top": 1, "offset": 1}
    assert store.rows("patterns", filters=PatternFilter(**fields)) == store.rows("patterns", **fields)
    assert store.patterns(**fields)["fragment"].tolist() == ["期货"]
    with pytest.raises(TypeError, match="tops"):
        store.patterns(tops=1)
