from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from camlode.config.errors import StoreError
from camlode.sql import CorpusEntry, PatternStore, RuleMeasure
from camlode.sql.migration import upgrade

SPURIOUS = 'it\'s "so" `said`; DROP TABLE patterns; --'
TURNED = "\u202eabc\u200f 100%_\\"
FAMILY = "👩‍👩‍👧"


def select_columns(store, question, columns, **filters):
    return [tuple(row[name] for name in columns) for row in store.rows(question, **filters)]


def test_runs_keep_their_numbers_and_what_was_known_of_them(upgraded):
    columns = ("run", "status", "current", "method", "unit", "model", "model_version", "task", "layers")
    assert select_columns(upgraded, "runs", columns) == [
        (1, "complete", False, "grad-cam", "char", "topics.v2", None, "multiclass", '["conv_2", "conv_3"]'),
        (2, "incomplete", True, "layercam", "word", "reviews.v1", None, "multilabel", '["conv1d"]'),
        (3, "interrupted", False, "grad-cam", "word", "topics.v2", None, "multiclass", '["conv_2", "conv_3"]'),
    ]
    counts = ("documents_read", "documents_explained", "documents_rejected", "documents_truncated", "duplicate_ids")
    assert select_columns(upgraded, "runs", counts) == [(100, 97, 3, 5, 1), (65, 65, 0, 0, 0), (None,) * 5]
    measures = ("padding_share", "empty_maps", "residual", "shards", "done_shards", "failed_shards")
    assert select_columns(upgraded, "runs", measures) == [
        (0.125, 2, 0.5, 2, 2, 0),
        (0.0, 0, None, 3, 2, 1),
        (None, None, None, 2, 1, 0),
    ]


def test_moments_stay_the_same(upgraded):
    (first, *_) = select_columns(upgraded, "runs", ("started", "ended"))
    assert first == (datetime(2025, 3, 1, 8, tzinfo=UTC), datetime(2025, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC))


def test_what_was_not_counted_then_is_not_known(upgraded):
    assert {*select_columns(upgraded, "runs", ("gold_documents", "matched_documents"))} == {(None, None)}


def test_models_have_the_digest_of_their_part_of_the_job_and_the_thresholds_of_the_settings(upgraded, query):
    assert query("SELECT name, digest, labels, thresholds FROM models ORDER BY id") == [
        ("topics.v2", "a" * 64, '["财经", "房产", "it\'s"]', "[0.0, 0.0, 0.0]"),
        ("reviews.v1", "b" * 64, '["好", "坏"]', "[0.75, 0.5]"),
    ]


def test_corpora_have_the_files_of_the_ledger_and_the_documents_of_a_complete_run(upgraded, query):
    assert query("SELECT name, digest, files, bytes, documents FROM corpora ORDER BY id") == [
        ("headlines", "c" * 64, 1, 900, 100),
        ("srv", "d" * 64, 2, 1000, None),
    ]


def test_labels_and_rejects_are_those_that_were_there(upgraded):
    columns = ("label", "documents", "gold_documents", "agreed_documents", "importance", "patterns")
    assert select_columns(upgraded, "labels", columns, run=1) == [
        ("财经", 50, 48, 45, 25.0, 3),
        ("房产", 30, 35, 29, 20.0, 2),
        ("it's", 17, 14, 14, 5.0, 2),
    ]
    assert select_columns(upgraded, "labels", columns) == [
        ("好", 40, None, None, 15.0, 3),
        ("坏", 28, None, None, 8.0, 2),
    ]
    assert select_columns(upgraded, "rejects", ("reason", "documents"), run=1) == [("blank text", 2), ("not UTF-8", 1)]


def test_patterns_keep_their_statistics(upgraded):
    columns = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
    assert select_columns(upgraded, "patterns", columns, run=1) == [
        ("财经", 1, "基金", 12.5, 3.125, 0.5, 4, 5),
        ("财经", 2, "A 股", 6.25, 3.125, 0.25, 2, 2),
        ("财经", 3, "基\0金", 3.0, 3.0, 0.12, 1, 1),
        ("房产", 1, "楼盘", 8.0, 2.0, 0.4, 4, 4),
        ("房产", 2, "基金", 1.0, 1.0, 0.05, 1, 1),
        ("it's", 1, SPURIOUS, 2.5, 1.25, 0.5, 2, 3),
        ("it's", 2, TURNED, 1.25, 1.25, 0.25, 1, 1),
    ]


def test_units_are_characters_that_are_no_spaces_or_pieces_between_spaces(upgraded):
    columns = ("fragment", "units", "c_value")
    # log₂(2 + 1) · 4 documents, log₂(3) · 2, log₂(4) · 1, ...; 41 characters less 6 spaces, 12 less 1.
    assert select_columns(upgraded, "patterns", columns, run=1) == [
        ("基金", 2, pytest.approx(math.log2(3) * 4)),
        ("A 股", 2, pytest.approx(math.log2(3) * 2)),
        ("基\0金", 3, 2.0),
        ("楼盘", 2, pytest.approx(math.log2(3) * 4)),
        ("基金", 2, pytest.approx(math.log2(3))),
        (SPURIOUS, 35, pytest.approx(math.log2(36) * 2)),
        (TURNED, 11, pytest.approx(math.log2(12))),
    ]
    assert select_columns(upgraded, "patterns", columns) == [
        ("Straße İstanbul ΣΑΣ", 3, 4.0),
        ("基金", 1, 2.0),
        (FAMILY, 1, 1.0),
        ("楼盘", 1, 4.0),
        ("good  old\ttimes", 3, 2.0),
    ]


def test_nothing_was_matched(upgraded):
    matched = ("matched_documents", "matched_occurrences", "predicted_documents", "labelled_documents", "precision")
    others = ("gold_documents", "precision_lower", "gold_precision", "gold_precision_lower", "coverage", "lift")
    rows = [*upgraded.rows("patterns"), *upgraded.rows("patterns", run=1)]
    assert {tuple(row[name] for name in (*matched, *others, "log_odds_z")) for row in rows} == {(None,) * 12}
    assert {(row["maximal"], row["review"]) for row in rows} == {(True, None)}
    with pytest.raises(StoreError, match="run 2 was mined with"):
        upgraded.rows("patterns", order="precision")


def test_examples_are_supporting_ones(upgraded):
    columns = ("label", "fragment", "kind", "position", "document", "place", "left", "hit", "right", "importance")
    place = "/srv/corpus/headlines.jsonl.gz"
    assert select_columns(upgraded, "examples", columns, run=1) == [
        ("财经", "基金", "supporting", 1, "d1", f"{place}:1", "今天", "基金", "上涨", 4.5),
        ("财经", "基金", "supporting", 2, "d7", f"{place}:7", "", "基金", "", 3.5),
        ("财经", "基\0金", "supporting", 1, "d\x009", f"{place}:9", "左\0", "基\0金", FAMILY, 3.0),
        ("it's", SPURIOUS, "supporting", 1, "d'12", f"{place}:12", "he said: '", SPURIOUS, "'\n", 1.25),
    ]


def test_the_ledger_is_whole(upgraded):
    columns = ("run", "number", "file", "start", "stop", "state", "attempts", "error", "partial", "partial_bytes")
    assert select_columns(upgraded, "shards", columns)[1:5] == [
        (1, 1, "/srv/corpus/headlines.jsonl.gz", 500, 900, "done", 2, None, "000001.parquet", 2049),
        (2, 0, "/srv/test/1.csv", 0, 300, "done", 1, None, "000000.parquet", 2048),
        (2, 1, "/srv/train/1.csv", 0, 350, "done", 1, None, "000001.parquet", 2049),
        (2, 2, "/srv/train/1.csv", 350, 700, "failed", 3, "ValueError: it's [bad]", None, None),
    ]
    assert [entry.state for entry in upgraded.ledger(3)] == ["done", "pending"]


def test_fragments_are_normalised_as_matching_reads_them(upgraded, query):
    found = dict(query("SELECT id, normalised FROM fragments"))
    # ß and İ fold to two characters each, so they stay.
    assert [found[number] for number in (1, 2, 7, 9)] == ["基金", "a 股", "straße İstanbul σασ", "good  old\ttimes"]
    assert query("SELECT id, characters FROM fragments WHERE id IN (3, 8) ORDER BY id") == [(3, 3), (8, 5)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("基金", ["基金", "基金"]),
        ("基\0", ["基\0金"]),
        ("100%_", [TURNED]),
        ("TABLE p", [SPURIOUS]),
        ("股", ["A 股"]),
        ("a 股", []),
    ],
)
def test_texts_are_found(upgraded, text, found):
    assert [row["fragment"] for row in upgraded.rows("patterns", run=1, contains=text)] == found


def test_a_fragment_of_several_runs_is_one(upgraded):
    columns = ("run", "label", "rank", "model", "corpus", "current")
    assert select_columns(upgraded, "places", columns, fragment="基金") == [
        (1, "财经", 1, "topics.v2", "headlines", False),
        (1, "房产", 2, "topics.v2", "headlines", False),
        (2, "好", 2, "reviews.v1", "srv", True),
    ]


def test_runs_are_compared(upgraded):
    columns = ("label", "before", "after", "kept", "gained", "lost")
    assert select_columns(upgraded, "difference_counts", columns, before=1, after=2) == [
        ("好", 0, 3, 0, 3, 0),
        ("坏", 0, 2, 0, 2, 0),
        ("财经", 3, 0, 0, 0, 3),
        ("房产", 2, 0, 0, 0, 2),
        ("it's", 2, 0, 0, 0, 2),
    ]


def test_a_review_can_be_given(upgraded):
    upgraded.review("基金", "好", "spurious", note="n", author="a")
    assert select_columns(upgraded, "patterns", ("fragment",), status="spurious") == [("基金",)]


def test_a_new_run_is_published_under_the_next_number(upgraded, start, result):
    run = upgraded.start_run(start)
    upgraded.publish(run, result({"财经": ["基金", "新的"]}))
    assert (run, select_columns(upgraded, "patterns", ("fragment",))) == (4, [("基金",), ("新的",)])
    assert select_columns(upgraded, "patterns", ("fragment",), contains="新的") == [("新的",)]


def test_a_run_of_the_same_corpus_shares_its_row(upgraded, start, query):
    upgraded.start_run(replace(start, corpus=CorpusEntry("headlines", "c" * 64, 1, 900)))
    assert query("SELECT corpus_id FROM runs ORDER BY id") == [(1,), (2,), (1,), (1,)]


def test_the_interrupted_run_is_gone_on_with(upgraded, result):
    upgraded.resume_run(3)
    upgraded.publish(3, result({"it's": ["x"]}))
    assert select_columns(upgraded, "patterns", ("run", "label", "fragment")) == [(3, "it's", "x")]


def test_an_old_run_is_deleted_with_the_fragments_that_only_it_had(upgraded, query):
    upgraded.delete_run(1)
    assert query("SELECT id FROM fragments ORDER BY id") == [(1,), (4,), (7,), (8,), (9,)]
    assert select_columns(upgraded, "patterns", ("fragment",), contains="基金") == [("基金",)]


def test_the_views_answer(upgraded, query):
    assert query("SELECT label, fragment, units FROM top_patterns WHERE rank = 1 ORDER BY label") == [
        ("坏", "楼盘", 1),
        ("好", "Straße İstanbul ΣΑΣ", 3),
    ]
    assert query("SELECT run, model, corpus, patterns FROM run_summary ORDER BY run") == [
        (1, "topics.v2", "headlines", 7),
        (2, "reviews.v1", "srv", 5),
        (3, "topics.v2", "headlines", 0),
    ]


def test_a_store_without_runs_is_upgraded(old, query):
    for table in ("examples", "patterns", "rejects", "shards", "labels", "runs", "fragments"):
        query(f"DELETE FROM {table}")
    assert upgrade(old) == ["0002"]
    assert PatternStore(old).rows("runs") == []


def test_a_rule_set_is_kept_and_outlives_its_run(upgraded):
    content = '{"task": "multilabel", "labels": ["财经"], "rules": []}'
    measures = [RuleMeasure("headlines", "gold", "accuracy", 0.5)]
    assert [upgraded.save_rules("news", content, 1, measures) for _ in range(2)] == [1, 2]
    upgraded.delete_run(1)
    assert select_columns(upgraded, "rule_sets", ("name", "version", "run")) == [("news", 1, 1), ("news", 2, 1)]
    assert upgraded.rules("news") == content
