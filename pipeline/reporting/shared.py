"""Which labels lean on the same fragments."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from pipeline.reporting.facts import SharedFragments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sql import Row

MAX_LABELS = 40
"""Labels that a map has at most."""

MAX_FRAGMENTS = 15
"""Fragments that are named at most."""


def find_shared_fragments(patterns: Mapping[str, Sequence[Row]], depth: int) -> SharedFragments:
    """The map of the labels by how many fragments each two have in common, among the first `depth` of each."""
    by_fragment: dict[str, list[Row]] = {}
    for rows in patterns.values():
        for row in rows:
            by_fragment.setdefault(row["fragment"], []).append(row)
    several = [(fragment, rows) for fragment, rows in by_fragment.items() if len(rows) > 1]
    counts = {label: dict.fromkeys(patterns, 0) | {label: len(rows)} for label, rows in patterns.items()}
    for _, rows in several:
        for one, other in combinations(rows, 2):
            counts[one["label"]][other["label"]] += 1
            counts[other["label"]][one["label"]] += 1
    labels = _select_labels(counts)
    matrix = [[counts[one][other] for other in labels] for one in labels]
    return SharedFragments(depth, labels, matrix, _select_fragments(several), len(patterns) - len(labels))


def _select_labels(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The labels that share most, in the model's order."""
    shared = {label: sum(row.values()) - row[label] for label, row in counts.items()}
    most = {*sorted(shared, key=lambda label: -shared[label])[:MAX_LABELS]}
    return [label for label in counts if label in most]


def _select_fragments(several: Sequence[tuple[str, list[Row]]]) -> list[tuple[str, Sequence[Row]]]:
    """Those that most labels share, of as many labels those with the biggest shares together."""

    def sort_key(each: tuple[str, list[Row]]) -> tuple[int, float, str]:
        fragment, rows = each
        return -len(rows), -sum(row["share"] for row in rows), fragment

    return [
        (text, sorted(rows, key=lambda row: row["rank"]))
        for text, rows in sorted(several, key=sort_key)[:MAX_FRAGMENTS]
    ]
