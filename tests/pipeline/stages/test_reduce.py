from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import Patterns
from camlode.pipeline.records import PARTIAL_SCHEMA
from camlode.pipeline.stages import reduce as stage
from camlode.pipeline.stages.reduce import choose_bucket_count, merge, rank_rows, reduce, select_best, split_by_bucket

Row = dict[str, Any]
ONE = Patterns(min_documents=1)


def example(importance: int, place: str) -> Row:
    return {"importance": importance, "document": f"of {place}", "place": place, "left": "l", "right": "r"}


def row(
    fragment: str, importance: int, *, label: int = 0, units: int = 2, documents: int = 1, examples: Any = ()
) -> Row:
    return {
        "label": label,
        "fragment": fragment,
        "units": units,
        "importance": importance,
        "documents": documents,
        "occurrences": documents + 1,
        "examples": [example(*each) for each in examples],
    }


def table(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist([*rows], schema=PARTIAL_SCHEMA)


def fragments(merged: pa.Table) -> list[tuple[int, str]]:
    return list(zip(merged["label"].to_pylist(), merged["fragment"].to_pylist(), strict=True))


def test_shards_add_up() -> None:
    merged = merge(
        [
            table(row("手机", 5, units=3, documents=2, examples=[(4, "p1"), (1, "p2")]), row("手机", 9, label=1)),
            table(row("手机", 7, documents=3, examples=[(6, "p3"), (3, "p4")])),
        ],
        ONE,
    )
    assert merged.schema == PARTIAL_SCHEMA
    assert merged.to_pylist() == [
        row("手机", 12, documents=5, examples=[(6, "p3"), (4, "p1"), (3, "p4")]) | {"occurrences": 7},
        row("手机", 9, label=1),
    ]


def test_labels_in_order_and_the_most_important_first() -> None:
    merged = merge([table(row("a", 1, label=1), row("b", 2), row("c", 3, label=1), row("d", 4))], ONE)
    assert fragments(merged) == [(0, "d"), (0, "b"), (1, "c"), (1, "a")]
    assert rank_rows(merged).tolist() == [1, 2, 1, 2]


def test_ties_are_in_the_order_of_the_texts() -> None:
    merged = merge([table(row("b", 2), row("手", 2)), table(row("😀", 2), row("a", 2), row("ab", 2))], ONE)
    assert fragments(merged) == [(0, "a"), (0, "ab"), (0, "b"), (0, "手"), (0, "😀")]


def test_the_top_of_each_label_is_kept() -> None:
    rows = [row(f"{letter}{label}", value, label=label) for label in (0, 1) for value, letter in enumerate("xyz")]
    assert fragments(merge([table(*rows)], Patterns(min_documents=1, top=2))) == [
        (0, "z0"),
        (0, "y0"),
        (1, "z1"),
        (1, "y1"),
    ]


def test_fragments_in_too_few_documents_do_not_count_towards_the_top() -> None:
    shards = [
        table(row("rare", 9, documents=2), row("both", 1, documents=2), row("one", 3, documents=3)),
        table(row("both", 1, documents=1)),
    ]
    assert fragments(merge(shards, Patterns(min_documents=3, top=2))) == [(0, "one"), (0, "both")]


@pytest.mark.parametrize(("count", "places"), [(0, []), (1, ["p2"]), (2, ["p2", "p1"]), (9, ["p2", "p1", "p3"])])
def test_the_best_examples_are_kept(count: int, places: list[str]) -> None:
    shards = [table(row("a", 5, examples=[(5, "p3"), (5, "p1")])), table(row("a", 5, examples=[(6, "p2")]))]
    merged = merge(shards, Patterns(min_documents=1, examples=count))
    assert [each["place"] for each in merged["examples"].to_pylist()[0]] == places


@pytest.mark.parametrize("count", [1, 3])
def test_nothing_at_all(count: int) -> None:
    merged = merge([PARTIAL_SCHEMA.empty_table()] * count, Patterns())
    assert (merged.num_rows, merged.schema) == (0, PARTIAL_SCHEMA)


def test_the_ranking_can_be_empty_though_there_are_fragments() -> None:
    merged = merge([table(row("a", 5, examples=[(5, "p1")]))], Patterns(min_documents=2))
    assert (merged.num_rows, merged.schema) == (0, PARTIAL_SCHEMA)


@pytest.mark.parametrize(
    ("documents", "buckets"), [(0, 1), (62_500, 1), (62_501, 2), (1_000_000, 16), (16_000_000, 16), (10**9, 1000)]
)
def test_buckets_grow_with_the_corpus(documents: int, buckets: int) -> None:
    assert choose_bucket_count(documents) == buckets


@given(texts=st.lists(st.text(max_size=5), unique=True, max_size=20), buckets=st.integers(1, 5))
def test_a_fragment_is_in_the_same_bucket_of_every_shard(texts: list[str], buckets: int) -> None:
    together = split_by_bucket(table(*(row(text, 1) for text in texts)), buckets)
    assert len(together) == buckets
    assert sorted(text for part in together for text in part["fragment"].to_pylist()) == sorted(texts)
    for text in texts:
        alone = split_by_bucket(table(row(text, 1, label=1)), buckets)
        mine = next(number for number, part in enumerate(alone) if part.num_rows)
        assert text in together[mine]["fragment"].to_pylist()


def naive(shards: list[list[Row]], patterns: Patterns) -> list[Row]:
    """The global ranking, straight from its definition."""
    groups: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for each in (each for shard in shards for each in shard):
        groups[each["label"], each["fragment"]].append(each)
    rows: list[Row] = [
        {"label": label, "fragment": fragment, "units": min(each["units"] for each in group)}
        | {name: sum(each[name] for each in group) for name in ("importance", "documents", "occurrences")}
        | {"examples": _best(group, patterns.examples)}
        for (label, fragment), group in groups.items()
    ]
    ranked = sorted(rows, key=lambda each: (each["label"], -each["importance"], each["fragment"].encode()))
    kept: dict[int, list[Row]] = defaultdict(list)
    for each in ranked:
        if each["documents"] >= patterns.min_documents and len(kept[each["label"]]) < patterns.top:
            kept[each["label"]].append(each)
    return [each for label in sorted(kept) for each in kept[label]]


def _best(group: list[Row], count: int) -> list[Row]:
    examples = [example for each in group for example in each["examples"]]
    return sorted(examples, key=lambda each: (-each["importance"], each["place"]))[:count]


PATTERNS = st.builds(Patterns, top=st.integers(1, 4), min_documents=st.integers(1, 4), examples=st.integers(0, 4))


@st.composite
def partials(draw: st.DrawFn) -> list[list[Row]]:
    """What a few shards found, each fragment once a label and each example at another location."""
    keys = st.tuples(st.integers(0, 2), st.sampled_from(["a", "ab", "b", "手机", "天", "😀"]))
    return [
        [
            row(
                fragment,
                draw(st.integers(1, 4)),
                label=label,
                units=draw(st.integers(1, 3)),
                documents=draw(st.integers(1, 3)),
                examples=[(draw(st.integers(1, 3)), f"{shard}:{number}") for number in range(draw(st.integers(0, 3)))],
            )
            for label, fragment in draw(st.lists(keys, unique=True, max_size=8))
        ]
        for shard in range(draw(st.integers(0, 5)))
    ]


@settings(max_examples=40, deadline=None)
@given(data=st.data(), shards=partials(), patterns=PATTERNS, buckets=st.integers(1, 4), merge_rows=st.integers(0, 5))
def test_any_order_number_of_buckets_and_size_of_parts_give_the_global_ranking(
    data: st.DataObject, shards: list[list[Row]], patterns: Patterns, buckets: int, merge_rows: int
) -> None:
    split = [split_by_bucket(table(*shard), buckets) for shard in data.draw(st.permutations(shards))]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage, "MERGE_ROWS", merge_rows)
        merged = [reduce([each[bucket] for each in split], patterns) for bucket in range(buckets)]
    assert select_best(data.draw(st.permutations(merged)), patterns).to_pylist() == naive(shards, patterns)


def test_memory_holds_no_more_than_twice_the_distinct_fragments(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []

    def counted(tables: list[pa.Table], patterns: Patterns) -> pa.Table:
        held.append(sum(each.num_rows for each in tables))
        return merge(tables, patterns)

    monkeypatch.setattr(stage, "merge", counted)
    monkeypatch.setattr(stage, "MERGE_ROWS", 10)
    first, *_ = reduce([table(*(row(letter, 1) for letter in "abcd"))] * 100, Patterns()).to_pylist()
    assert (first["fragment"], first["importance"], first["documents"]) == ("a", 100, 100)
    assert max(held) == 12
