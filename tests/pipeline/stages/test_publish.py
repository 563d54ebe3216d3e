from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from camlode.config import Patterns
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.records import PARTIAL_SCHEMA, Counts, LabelTotals
from camlode.pipeline.stages.match_counts import COUNTER_EXAMPLES_SCHEMA, CorpusCounts, MatchCounts, Matches
from camlode.pipeline.stages.publish import build_run_result
from camlode.pipeline.stages.reduce import select_best
from camlode.sql import CorpusEntry, ModelEntry, PatternStore, RunCounts, RunStart

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from camlode.sql import RunResult

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
    pairs_with_residual=4,
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


def row(
    label: int, fragment: str, logits: float, documents: int, examples: Sequence[dict[str, Any]] = (), units: int = 1
) -> dict[str, Any]:
    return {
        "label": label,
        "fragment": fragment,
        "units": units,
        "importance": round(logits * LOGIT),
        "documents": documents,
        "occurrences": documents + 2,
        "examples": [*examples],
    }


BUCKETS = [
    [row(0, "手机", 6, 4, [example(3, 1), example(2, 2)]), row(1, "手机", 0.5, 2, [])],
    [],
    [row(0, "电脑", 8, 2, [example(5, 3)]), row(0, "好", 1, 2, [example(1, 4)])],
]


def published(
    buckets: list[list[dict[str, Any]]],
    counts: Counts = COUNTS,
    patterns: Patterns = TOP_TWO,
    matches: Matches | None = None,
    boundaries: bool = True,
) -> RunResult:
    totals = LabelTotals(*(np.array(each) for each in ([5, 2, 0], [4, 1, 0], [3, 1, 0], [16 * LOGIT, 2 * LOGIT, 0])))
    best = select_best([pa.Table.from_pylist(rows, schema=PARTIAL_SCHEMA) for rows in buckets], patterns)
    return build_run_result(
        best, LABELS, totals, counts, matches, boundaries=boundaries, shards=4, failed_shards=1, duplicate_ids=2
    )


def numbers(*values: int) -> npt.NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


# Of ten documents five are 数码 by the model, two 天气; five have gold labels.
CORPUS = CorpusCounts(documents=10, with_gold=5, predicted=numbers(5, 2, 0), gold=numbers(4, 1, 0))


def matches(documents: list[int], counters: Sequence[tuple[int, int]] = (), **counts: list[int]) -> Matches:
    """Matches in as many documents, and counter-examples by pattern and number of the document."""
    names = ("occurrences", "predicted", "with_gold", "gold")
    given = {name: numbers(*counts.get(name, [0] * len(documents))) for name in names}
    places = {"shard": 0, "row": 0, "left": "前", "hit": "中", "right": "后"}
    examples = [{"pattern": each, "document": f"id{n}", "place": f"p{n}", **places} for each, n in counters]
    return Matches(
        MatchCounts(documents=numbers(*documents), **given, corpus=CORPUS),
        pa.Table.from_pylist(examples, schema=COUNTER_EXAMPLES_SCHEMA),
    )


# The patterns of BUCKETS are 电脑 and 手机 of 数码, 手机 of 天气.
MATCHES = matches(
    [4, 8, 8],
    [(0, 5), (2, 6), (2, 7)],
    occurrences=[4, 9, 9],
    predicted=[3, 4, 2],
    with_gold=[2, 0, 0],
    gold=[1, 0, 0],
)
MATCHED = ("matched_documents", "matched_occurrences", "predicted_documents", "labelled_documents", "gold_documents")
ESTIMATED = ("precision", "gold_precision", "coverage", "lift")


def columns(table: pa.Table, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


def test_patterns_have_importances_in_logits() -> None:
    names = ("label", "rank", "fragment", "importance", "mean", "share", "documents", "occurrences")
    assert columns(published(BUCKETS).patterns, *names) == [
        ("数码", 1, "电脑", 8.0, 4.0, 0.5, 2, 4),
        ("数码", 2, "手机", 6.0, 1.5, 0.375, 4, 6),
        ("天气", 1, "手机", 0.5, 0.25, 0.25, 2, 4),
    ]


def test_fragments_have_a_normalised_form_and_a_length() -> None:
    found = published([[row(0, "The Größe", 2, 1, units=2), row(0, "ABC", 1, 1)]], patterns=Patterns(min_documents=1))
    assert columns(found.patterns, "fragment", "normalised", "units") == [
        ("The Größe", "the größe", 2),
        ("ABC", "abc", 1),
    ]


def test_statistics_from_matching() -> None:
    result = published(BUCKETS, matches=MATCHES)
    assert columns(result.patterns, *MATCHED) == [(4, 4, 3, 2, 1), (8, 9, 4, 0, 0), (8, 9, 2, 0, 0)]
    # (predicted + 1) / (matched + 2), the same of gold, predicted / 5 or 2, and predicted / matched over 0.5 or 0.2.
    assert columns(result.patterns, *ESTIMATED) == [
        (4 / 6, 0.5, 0.6, 1.5),
        (0.5, None, 0.8, 1.0),
        (0.3, None, 1.0, 1.25),
    ]
    lower = columns(result.patterns, "precision_lower", "gold_precision_lower")
    assert lower[0] == pytest.approx((0.3006, 0.0945), abs=1e-4)  # of 3 in 4 documents, and of 1 in 2
    assert [each[1] for each in lower] == [lower[0][1], None, None]
    first, independent, last = result.patterns["log_odds_z"].to_pylist()
    assert independent == 0.0
    assert first > 0 < last
    assert result.counts.matched_documents == 10


def test_statistics_are_null_without_matching() -> None:
    result = published(BUCKETS)
    unknown = ("precision_lower", "gold_precision_lower", "log_odds_z")
    for name in (*MATCHED, *ESTIMATED, *unknown):
        assert result.patterns[name].to_pylist() == [None, None, None]
        assert result.patterns.schema.field(name).type == published(BUCKETS, matches=MATCHES).patterns.field(name).type
    assert result.counts.matched_documents is None


NESTED = [[row(0, "手机", 9, 4), row(0, "苹果 手机", 8, 4, units=2), row(1, "手机", 7, 4), row(0, "机", 1, 4)]]


@pytest.mark.parametrize(
    ("documents", "c_values", "maximal"),
    [
        # 手机 is in 苹果 手机 of two units, 机 in both: 1·(8 - 6), log2(3)·6, 1·(9 - (8 + 6) / 2); of 天气 1·8.
        ([8, 6, 9, 8], [2.0, 6 * np.log2(3), 2.0, 8.0], [True, True, True, True]),
        ([8, 8, 9, 8], [0.0, 8 * np.log2(3), 1.0, 8.0], [False, True, True, True]),
        # Where nothing was matched, by the four documents in which each was important.
        (None, [0.0, 4 * np.log2(3), 0.0, 4.0], [False, True, False, True]),
    ],
)
def test_longer_fragments_of_the_label_account_for_shorter_ones(
    documents: list[int] | None, c_values: list[float], maximal: list[bool]
) -> None:
    told = None if documents is None else matches(documents, predicted=[5, 5, 5, 2])
    found = published(NESTED, patterns=Patterns(), matches=told).patterns
    assert columns(found, "label", "fragment") == [
        ("数码", "手机"),
        ("数码", "苹果 手机"),
        ("数码", "机"),
        ("天气", "手机"),
    ]
    assert found["c_value"].to_pylist() == pytest.approx(c_values)
    assert found["maximal"].to_pylist() == maximal


@pytest.mark.parametrize(("boundaries", "maximal"), [(True, [True, True]), (False, [False, True])])
def test_a_fragment_that_cuts_a_word_is_nested_only_without_boundaries(boundaries: bool, maximal: list[bool]) -> None:
    found = published([[row(0, "art", 2, 3), row(0, "party", 1, 3)]], boundaries=boundaries).patterns
    assert found["maximal"].to_pylist() == maximal


def test_examples_of_the_patterns_that_are_published() -> None:
    names = ("label", "fragment", "position", "kind", "document", "place", "left", "hit", "right", "importance")
    supporting = [
        ("数码", "电脑", 1, "supporting", "id3", "p3", "左", "电脑", "", 5.0),
        ("数码", "手机", 1, "supporting", "id1", "p1", "左", "手机", "", 3.0),
        ("数码", "手机", 2, "supporting", "id2", "p2", "左", "手机", "", 2.0),
    ]
    assert columns(published(BUCKETS).examples, *names) == supporting
    assert columns(published(BUCKETS, matches=MATCHES).examples, *names) == [
        *supporting,
        ("数码", "电脑", 1, "counter", "id5", "p5", "前", "中", "后", None),
        ("天气", "手机", 1, "counter", "id6", "p6", "前", "中", "后", None),
        ("天气", "手机", 2, "counter", "id7", "p7", "前", "中", "后", None),
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
        gold_documents=5,
        matched_documents=None,
    )


def test_no_importance_at_all_is_no_share_of_padding() -> None:
    nothing = LabelTotals(*(np.zeros(3, dtype=np.int64) for _ in range(4)))
    empty = PARTIAL_SCHEMA.empty_table()
    result = build_run_result(
        empty, LABELS, nothing, Counts(), boundaries=True, shards=1, failed_shards=0, duplicate_ids=0
    )
    assert result.counts.padding_share == 0.0
    assert result.counts.residual is None


@pytest.mark.parametrize(("buckets", "patterns"), [([[]], Patterns()), (BUCKETS, Patterns(min_documents=9))])
def test_an_empty_ranking_is_a_result(buckets: Any, patterns: Patterns) -> None:
    result = published(buckets, patterns=patterns)
    assert (result.patterns.num_rows, result.examples.num_rows, result.labels.num_rows) == (0, 0, 3)
    assert result.patterns.column_names == published(BUCKETS).patterns.column_names
    assert result.examples.column_names == published(BUCKETS).examples.column_names


@pytest.mark.parametrize(("buckets", "matches"), [(BUCKETS, None), (BUCKETS, MATCHES), ([[]], matches([]))])
def test_the_store_accepts_the_result(tmp_path: Path, buckets: Any, matches: Matches | None) -> None:
    store = PatternStore(str(tmp_path / "patterns.db"), create=True)
    model = ModelEntry("model", None, "abc", "multilabel", LABELS, (0.5, 0.5, 0.5), ("conv",))
    corpus = CorpusEntry("corpus", "def", 1, 100)
    start = RunStart("key", {}, "work", "grad-cam", "word", model, corpus, {}, {})
    result = published(buckets, matches=matches)
    store.publish(store.start_run(start), result)
    assert [each["fragment"] for each in store.rows("patterns")] == result.patterns["fragment"].to_pylist()
    assert len(store.rows("examples")) == result.examples.num_rows
