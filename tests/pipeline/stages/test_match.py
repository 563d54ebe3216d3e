from __future__ import annotations

from functools import reduce
from itertools import pairwise, permutations
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from camlode.config import Patterns
from camlode.config.errors import CorpusError
from camlode.pipeline.records import DOCUMENTS_SCHEMA, PREDICTIONS_SCHEMA
from camlode.pipeline.stages.match import MinedShard, PublishedPatterns, compile_patterns, match, match_all
from camlode.pipeline.stages.match_counts import COUNTER_EXAMPLES_SCHEMA, MatchAccumulator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.stages.match_counts import MatchCounts, Matches

NAMES = ("食物", "数码")
Document = tuple[str, list[int] | None, list[str] | None]
"""Text, predicted labels (None: it was rejected), gold labels."""

TEXTS: list[Document] = [
    ("吃苹果，买苹果", [0], ["食物"]),
    ("苹果手机", [1], ["数码"]),
    ("坏苹果", None, ["食物"]),
    ("苹果电脑", [0, 1], ["没听说过"]),
    ("苹果", [], None),
    ("手机", [1], []),
]


def tables(texts: Sequence[Document], prefix: str = "d") -> tuple[pa.Table, pa.Table]:
    records = [
        {"id": f"{prefix}{row}", "place": f"{prefix}.txt:{row}", "text": text, "predicted": predicted, "labels": gold}
        for row, (text, predicted, gold) in enumerate(texts)
    ]
    explained = [record for record in records if record["predicted"] is not None]
    return pa.Table.from_pylist(records, schema=DOCUMENTS_SCHEMA), pa.Table.from_pylist(
        explained, schema=PREDICTIONS_SCHEMA
    )


def published(*patterns: tuple[int, str], boundaries: bool = True) -> PublishedPatterns:
    labels = np.array([label for label, _ in patterns], dtype=np.int32)
    return compile_patterns([fragment for _, fragment in patterns], labels, NAMES, boundaries=boundaries)


def matched(
    texts: Sequence[Document], *patterns: tuple[int, str], shard: int = 0, prefix: str = "d", **settings: int
) -> Matches:
    return match_all([MinedShard(shard, *tables(texts, prefix))], published(*patterns), Patterns(**settings))


def columns(counts: MatchCounts) -> dict[str, Any]:
    names = ("documents", "occurrences", "predicted", "with_gold", "gold")
    return {name: getattr(counts, name).tolist() for name in names}


def test_documents_are_counted_by_predicted_and_gold_labels() -> None:
    counts = matched(TEXTS, (0, "苹果"), (1, "苹果"), (1, "手机"), (0, "没有")).counts
    assert columns(counts) == {
        "documents": [4, 4, 2, 0],
        "occurrences": [5, 5, 2, 0],
        "predicted": [2, 2, 2, 0],
        "with_gold": [3, 3, 2, 0],
        "gold": [1, 1, 1, 0],
    }
    assert counts.documents.dtype == np.int64


def test_the_corpus_is_summed_over_explained_documents() -> None:
    corpus = matched(TEXTS, (0, "苹果")).counts.corpus
    assert (corpus.documents, corpus.with_gold) == (5, 4)
    assert (corpus.predicted.tolist(), corpus.gold.tolist()) == ([2, 3], [1, 1])


def test_counter_examples_are_the_first_documents_with_other_labels() -> None:
    found = matched(TEXTS, (0, "果"), (1, "果"), examples=2, context=1, shard=7).counter_examples
    assert found.schema == COUNTER_EXAMPLES_SCHEMA
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        (0, 7, 1, "d1", "d.txt:1", "苹", "果", "手"),
        (0, 7, 4, "d4", "d.txt:4", "苹", "果", ""),
        (1, 7, 0, "d0", "d.txt:0", "苹", "果", "，"),
        (1, 7, 4, "d4", "d.txt:4", "苹", "果", ""),
    ]


def test_a_hit_has_the_case_of_the_document() -> None:
    found = matched([("All THE art", [1], None)], (0, "the"), context=20).counter_examples
    assert found.select(["left", "hit", "right"]).to_pylist() == [{"left": "All ", "hit": "THE", "right": " art"}]


def test_no_counter_examples_are_kept_if_none_are_requested() -> None:
    assert matched(TEXTS, (0, "果"), examples=0).counter_examples.num_rows == 0


SHARDS: list[list[Document]] = [
    [("苹果", [0], ["食物"]), ("苹果派", [1], None)],
    [("苹果", [1], ["食物"]), ("手机", [1], None), ("买苹果", [], ["数码"])],
    [("苹果皮", [1], None), ("手机壳", [0], None)],
]
PATTERNS = ((0, "苹果"), (1, "手机"))


@pytest.mark.parametrize("order", permutations(range(3)))
def test_shards_add_up_in_any_order_to_what_one_shard_gives(order: tuple[int, ...]) -> None:
    whole = matched([each for shard in SHARDS for each in shard], *PATTERNS).counts
    added = reduce(add, (matched(SHARDS[number], *PATTERNS).counts for number in order))
    assert columns(added) == columns(whole)
    assert (added.corpus.documents, added.corpus.with_gold) == (7, 3)
    assert added.corpus.predicted.tolist() == whole.corpus.predicted.tolist() == [2, 4]
    assert added.corpus.gold.tolist() == whole.corpus.gold.tolist() == [2, 1]


@pytest.mark.parametrize("bounds", [(0, 3), (0, 1, 3), (0, 2, 3), (0, 1, 2, 3)])
@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_counter_examples_do_not_depend_on_the_shards(bounds: tuple[int, ...], count: int) -> None:
    settings = Patterns(examples=count)
    shards = [MinedShard(number, *tables(texts, str(number))) for number, texts in enumerate(SHARDS)]
    sums = MatchAccumulator(len(PATTERNS), count)
    for start, end in pairwise(bounds):
        sums.add(match_all(shards[start:end], published(*PATTERNS), settings))
    found = sums.matches().counter_examples
    assert found.schema == COUNTER_EXAMPLES_SCHEMA
    rows = [tuple(row.values()) for row in found.select(["pattern", "shard", "row", "document"]).to_pylist()]
    # 苹果 stands in four documents that are not 食物 by the model, 手机 in one that is not 数码.
    all_of_first = [(0, 0, 1, "01"), (0, 1, 0, "10"), (0, 1, 2, "12"), (0, 2, 0, "20")]
    assert rows == all_of_first[:count] + [(1, 2, 1, "21")][:count]


def test_no_more_counter_examples_are_made_than_remain() -> None:
    shard = MinedShard(0, *tables(SHARDS[1]))
    found = match(shard, published(*PATTERNS), remaining=np.array([1, 0]), context=5).counter_examples
    assert found.select(["pattern", "row"]).to_pylist() == [{"pattern": 0, "row": 0}]


def test_matching_no_shards_is_an_error() -> None:
    with pytest.raises(ValueError, match="no shard was matched"):
        match_all([], published(*PATTERNS), Patterns())


def test_boundaries_require_whole_words() -> None:
    documents, predictions = tables([("party art", [0], None)])
    counts = [
        match_all([MinedShard(0, documents, predictions)], published((0, "art"), boundaries=each), Patterns()).counts
        for each in (True, False)
    ]
    assert [each.occurrences.tolist() for each in counts] == [[1], [2]]


@pytest.mark.parametrize("texts", [[], [("苹果", None, None)]])
def test_a_shard_without_explained_documents(texts: list[Document]) -> None:
    found = matched(texts, (0, "苹果"))
    assert columns(found.counts) == {
        name: [0] for name in ("documents", "occurrences", "predicted", "with_gold", "gold")
    }
    assert found.counts.corpus.documents == 0
    assert found.counter_examples.equals(COUNTER_EXAMPLES_SCHEMA.empty_table())


def test_no_patterns() -> None:
    found = matched(TEXTS)
    assert found.counts.documents.tolist() == []
    assert found.counts.corpus.predicted.tolist() == [2, 3]


@pytest.mark.parametrize("column", ["id", "place"])
def test_a_changed_corpus_is_an_error(column: str) -> None:
    documents, predictions = tables(TEXTS)
    other = pa.array(["x", *documents[column].to_pylist()[1:]], pa.string())
    documents = documents.set_column(documents.schema.get_field_index(column), documents.schema.field(column), other)
    with pytest.raises(CorpusError, match=r"d\.txt:0 no longer holds document d0"):
        match_all([MinedShard(0, documents, predictions)], published((0, "苹果")), Patterns())
