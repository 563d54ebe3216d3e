"""The queries of a store, as functions from a snapshot to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from camlode.sql.query import comparison, fragments, patterns, rule_sets, runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from camlode.sql.records import Row

QueryName = Literal[
    "runs",
    "labels",
    "patterns",
    "examples",
    "places",
    "difference",
    "difference_counts",
    "rejects",
    "reviews",
    "shards",
    "rule_sets",
]

QUERIES: dict[str, Callable[..., Iterable[Row]]] = {
    "runs": runs.runs,
    "labels": runs.labels,
    "patterns": patterns.patterns,
    "examples": fragments.examples,
    "places": fragments.places,
    "difference": comparison.difference,
    "difference_counts": comparison.difference_counts,
    "rejects": runs.rejects,
    "reviews": runs.reviews,
    "shards": runs.shards,
    "rule_sets": rule_sets.rule_sets,
}
