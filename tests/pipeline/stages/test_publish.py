from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from config import Patterns
from pipeline.records import IMPORTANCE_UNIT, PARTIAL, Counts, LabelTotals
from pipeline.stages.folding import best_of
from pipeline.stages.publish import run_result
from sql import PatternStore, RunCounts, RunStart

if TYPE_CHECKING:
    from pathlib import Path

    from sql import RunResult

LABELS = ("数码", "天气", "其他")
TOP_TWO = Patterns(top=2)
LOGIT = round(1 / IMPORTANCE_UNIT)
COUNTS = Counts(
    read=10,
    explained=7,
    rejected=Counter(empty_text=2, no_tokens=1),
    truncated=4,
    with_gold=5,
    pairs=8,
    empty_maps=3,
    complete=4,
    residual=LOGIT,
    padding=2 * LOGIT,
)


def example(logits: float, number: int) -> dict[str, Any]:
    return {
        "importance": round(logits * LOGIT),
        "document": f"id{number}",
        "place": f"p{number}",
        "left": "左",
        "right": "",
    }


def row(label: int, fragment: str, logits: float, documents: int, examples: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "label": label,
        "fragment": fragment,
        "importance": round(logits * LOGIT),
        "documents": documents,
        "occurrences": documents + 2,
        "examples": examples,
    }


BUCKETS = [
    [row(0, "手机", 6, 4, [example(3, 1), example(2, 2)]), row(1, "手机", 0.5, 2, [])],
    [],
    [row(0, "电脑", 8, 2, [example(5, 3)]), row(0, "好", 1, 2, [example(1, 4)])],
]


def published(buckets: list[list[dict[str, Any]]], counts: Counts = COUNTS, patterns: Patterns = TOP_TWO) -> RunResult:
    totals = LabelTotals(*(np.array(each) for each in ([5, 2, 0], [4, 1, 0], [3, 1, 0], [16 * LOGIT, 2 * LOGIT, 0])))
    tables = [pa.Table.from_pylist(rows, schema=PARTIAL) for rows in buckets]
    best = best_of(tables, patterns)
    return run_result(best, LABELS, totals, counts, shards=4, failed_shards=1, duplicate_ids=2)


def test_patterns_in_logits() -> None:
    columns = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
    assert [tuple(each[name] for name in columns) for each in published(BUCKETS).patterns.to_pylist()] == [
        ("数码", 1, "电脑", 8.0, 4.0, 0.5, 2, 4),
        ("数码", 2, "手机", 6.0, 1.5, 0.375, 4, 6),
        ("天气", 1, "手机", 0.5, 0.25, 0.25, 2, 4),
    ]


def test_examples_of_the_patterns_that_are_published() -> None:
    columns = ("label", "fragment", "position", "document", "place", "left", "hit", "right", "importance")
    assert [tuple(each[name] for name in columns) for each in published(BUCKETS).examples.to_pylist()] == [
        ("数码", "电脑", 1, "id3", "p3", "左", "电脑", "", 5.0),
        ("数码", "手机", 1, "id1", "p1", "左", "手机", "", 3.0),
        ("数码", "手机", 2, "id2", "p2", "左", "手机", "", 2.0),
    ]


def test_labels_with_and_without_anything() -> None:
    assert published(BUCKETS).labels.to_pylist() == [
        {"name": "数码", "documents": 5, "gold_documents": 4, "agreed_documents": 3, "importance": 16.0},
        {"name": "天气", "documents": 2, "gold_documents": 1, "agreed_documents": 1, "importance": 2.0},
        {"name": "其他", "documents": 0, "gold_documents": 0, "agreed_documents": 0, "importance": 0.0},
    ]


def test_a_corpus_without_gold_labels_agrees_with_nothing() -> None:
    labels = published(BUCKETS, Counts(read=7, explained=7)).labels
    assert labels["gold_documents"].to_pylist() == labels["agreed_documents"].to_pylist() == [None, None, None]


def test_counts() -> None:
    result = published(BUCKETS)
    assert result.rejects == {"empty_text": 2, "no_tokens": 1}
    assert result.counts == RunCounts(
        documents_read=10,
        documents_explained=7,
        documents_rejected=3,
        documents_truncated=4,
        duplicate_ids=2,
        padding_share=0.1,
        empty_maps=3,
        residual=0.25,
        shards=4,
        failed_shards=1,
    )


def test_no_importance_at_all_is_no_share_of_padding() -> None:
    nothing = LabelTotals(*(np.zeros(3, dtype=np.int64) for _ in range(4)))
    empty = PARTIAL.empty_table()
    result = run_result(empty, LABELS, nothing, Counts(), shards=1, failed_shards=0, duplicate_ids=0)
    assert result.counts.padding_share == 0.0
    assert result.counts.residual is None


@pytest.mark.parametrize(("buckets", "patterns"), [([[]], Patterns()), (BUCKETS, Patterns(min_documents=9))])
def test_an_empty_ranking_is_a_result(buckets: Any, patterns: Patterns) -> None:
    result = published(buckets, patterns=patterns)
    assert (result.patterns.num_rows, result.examples.num_rows, result.labels.num_rows) == (0, 0, 3)
    assert result.patterns.column_names == published(BUCKETS).patterns.column_names
    assert result.examples.column_names == published(BUCKETS).examples.column_names


@pytest.mark.parametrize("buckets", [BUCKETS, [[]]])
def test_the_store_takes_it(tmp_path: Path, buckets: Any) -> None:
    store = PatternStore(str(tmp_path / "patterns.db"), create=True)
    start = RunStart("key", {}, "work", "grad-cam", "model", "multilabel", ("conv",), {}, {}, LABELS)
    result = published(buckets)
    store.publish(store.start_run(start), result)
    assert [each["fragment"] for each in store.rows("patterns")] == result.patterns["fragment"].to_pylist()
    assert len(store.rows("examples")) == result.examples.num_rows
