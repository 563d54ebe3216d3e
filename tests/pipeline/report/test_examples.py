from __future__ import annotations

from typing import TYPE_CHECKING

from camlode.pipeline.report.collect import read_examples, read_first_examples

if TYPE_CHECKING:
    from camlode.sql import PatternStore


def test_the_first_of_each_kind_of_the_first_patterns(store: PatternStore) -> None:
    found = read_first_examples(store, 2, "数码", ["电脑", "图"], limit=1)
    assert {text: [[row["document"] for row in rows] for rows in seen] for text, seen in found.items()} == {
        "电脑": [["a"], ["c"]],
        "图": [[], []],
    }


def test_those_of_one_pattern(store: PatternStore) -> None:
    supporting, counter = read_examples(store, 2, "数码", "好的", limit=5)
    assert ([row["document"] for row in supporting], counter) == (["d"], [])


def test_none_are_read_where_none_are_wanted(store: PatternStore) -> None:
    assert read_first_examples(store, 2, "数码", ["电脑"], limit=0) == {"电脑": ([], [])}
    assert read_first_examples(store, 2, "数码", [], limit=3) == {}
    assert read_examples(store, 2, "数码", "电脑", limit=0) == ([], [])
