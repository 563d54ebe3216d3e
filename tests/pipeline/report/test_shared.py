from __future__ import annotations

from typing import Any

from camlode.pipeline.report.collect import MAX_FRAGMENTS, MAX_LABELS, find_shared_fragments


def patterns(**fragments: str) -> dict[str, list[dict[str, Any]]]:
    """Labels by name, with a pattern for each letter; of rank r, its share is 1 / r."""
    return {
        label: [
            {"label": label, "fragment": letter, "rank": rank, "share": 1 / rank}
            for rank, letter in enumerate(letters, start=1)
        ]
        for label, letters in fragments.items()
    }


def test_the_map_counts_what_two_labels_have_in_common() -> None:
    shared = find_shared_fragments(patterns(one="abc", two="bcd", three="c"), depth=100)
    assert shared.labels == ["one", "two", "three"]
    assert shared.counts == [[3, 2, 1], [2, 3, 1], [1, 1, 1]]
    assert (shared.depth, shared.left_out) == (100, 0)


def test_what_most_labels_share_comes_first_then_the_bigger_share() -> None:
    found = find_shared_fragments(patterns(one="abc", two="bcd", three="c"), depth=9).fragments
    # c is in three; b has 1/2 + 1. The labels come by rank.
    assert [(text, [(row["label"], row["rank"]) for row in rows]) for text, rows in found] == [
        ("c", [("three", 1), ("two", 2), ("one", 3)]),
        ("b", [("two", 1), ("one", 2)]),
    ]


def test_labels_beyond_the_map_are_those_that_share_least() -> None:
    letters = {f"l{number}": "ab" for number in range(MAX_LABELS)}
    shared = find_shared_fragments(patterns(lonely="z", **letters, little="a"), depth=9)
    assert shared.labels == [*letters]
    assert len(shared.counts) == len(shared.counts[0]) == MAX_LABELS
    assert shared.left_out == 2


def test_no_more_fragments_are_named_than_can_be_read() -> None:
    letters = "".join(chr(0x4E00 + number) for number in range(MAX_FRAGMENTS + 5))
    found = find_shared_fragments(patterns(one=letters, two=letters), depth=99).fragments
    assert [text for text, _ in found] == [*letters[:MAX_FRAGMENTS]]


def test_nothing_is_shared() -> None:
    assert find_shared_fragments(patterns(one="a", two="b"), depth=9).fragments == []
    assert find_shared_fragments({}, depth=9).labels == []
