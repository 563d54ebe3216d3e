from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.config import Patterns
from camlode.pipeline.records import PARTIAL_SCHEMA
from camlode.pipeline.stages import reduce as stage
from camlode.pipeline.stages.reduce import merge, reduce, select_best, split_by_bucket

PATTERNS = st.builds(Patterns, top=st.integers(1, 4), min_documents=st.integers(1, 4), examples=st.integers(0, 4))


@st.composite
def partials(draw: st.DrawFn) -> list[pa.Table]:
    """What a few shards found, each fragment once a label and each example at a place of its own."""
    keys = st.tuples(st.integers(0, 2), st.sampled_from(["a", "ab", "b", "手机", "天", "😀"]))
    return [
        pa.Table.from_pylist(
            [
                {
                    "label": label,
                    "fragment": fragment,
                    "units": draw(st.integers(1, 3)),
                    "importance": draw(st.integers(1, 4)),
                    "documents": draw(st.integers(1, 3)),
                    "occurrences": draw(st.integers(3, 5)),
                    "examples": [
                        example(draw(st.integers(1, 3)), f"{shard}:{label}:{fragment}:{number}")
                        for number in range(draw(st.integers(0, 3)))
                    ],
                }
                for label, fragment in draw(st.lists(keys, unique=True, max_size=8))
            ],
            schema=PARTIAL_SCHEMA,
        )
        for shard in range(draw(st.integers(0, 6)))
    ]


def example(importance: int, place: str) -> dict[str, Any]:
    return {"importance": importance, "document": f"of {place}", "place": place, "left": "l", "right": "r"}


def merge_at_once(shards: list[pa.Table], patterns: Patterns) -> list[Any]:
    return list(merge([PARTIAL_SCHEMA.empty_table(), *shards], patterns).to_pylist())


@settings(max_examples=60, deadline=None)
@given(partials(), PATTERNS, st.integers(0, 5))
def test_a_part_at_a_time_gives_what_all_at_once_gives(
    shards: list[pa.Table], patterns: Patterns, fold_rows: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stage, "MERGE_ROWS", fold_rows)
        assert reduce(iter(shards), patterns).to_pylist() == merge_at_once(shards, patterns)


@settings(max_examples=60, deadline=None)
@given(partials(), PATTERNS, st.integers(1, 4))
def test_the_best_of_all_buckets_are_the_best_of_all(shards: list[pa.Table], patterns: Patterns, buckets: int) -> None:
    split = [split_by_bucket(shard, buckets) for shard in shards]
    merged = [reduce([each[bucket] for each in split], patterns) for bucket in range(buckets)]
    assert select_best(merged, patterns).to_pylist() == merge_at_once(shards, patterns)


def test_no_more_is_held_than_twice_the_fragments_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []

    def counted(tables: list[pa.Table], patterns: Patterns) -> pa.Table:
        rows.append(sum(table.num_rows for table in tables))
        return merge(tables, patterns)

    monkeypatch.setattr(stage, "merge", counted)
    monkeypatch.setattr(stage, "MERGE_ROWS", 10)
    row = {"label": 0, "units": 1, "importance": 1, "documents": 1, "occurrences": 1, "examples": []}
    shard = pa.Table.from_pylist([row | {"fragment": letter} for letter in "abcd"], schema=PARTIAL_SCHEMA)
    (first, *_), many = reduce([shard] * 100, Patterns()).to_pylist(), max(rows)
    assert (first["fragment"], first["importance"], first["documents"]) == ("a", 100, 100)
    assert many == 12
