"""Patterns to export, and what the matcher finds of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from camlode.rules.exports.sources import ExportedPatterns, patterns_from_rules
from camlode.rules.matcher import Matcher
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Place = tuple[int, str, int, int]


def rule_set(fragments: Mapping[str, Sequence[str]], **options: Any) -> RuleSet:
    """Rules by label, of ids as a store's patterns have them, with a weight of 2 logits and 7 documents."""
    rules = tuple(
        Rule(f"1/{label}/{rank}", label, text, {label: 2.0}, {"documents": 7})
        for label, texts in fragments.items()
        for rank, text in enumerate(texts, start=1)
    )
    return RuleSet("multiclass", tuple(fragments), rules, dict.fromkeys(fragments, 0.0), **options)


@pytest.fixture
def make_patterns() -> Callable[..., ExportedPatterns]:
    """Patterns of labels, in their order."""

    def make(fragments: Mapping[str, Sequence[str]], label: str | None = None, **options: Any) -> ExportedPatterns:
        return patterns_from_rules(rule_set(fragments, **options), "rules.json", label=label)

    return make


@pytest.fixture
def find_matches() -> Callable[..., set[Place]]:
    """Where the matcher finds patterns in texts: text, id, and characters [start, end)."""

    def make(patterns: Iterable[Any], texts: Sequence[str], **options: Any) -> set[Place]:
        patterns = list(patterns)
        found = Matcher([pattern.fragment for pattern in patterns], **options).find_occurrences(texts)
        rows = zip(*(column.tolist() for column in found), strict=True)
        return {(text, patterns[fragment].id, start, end) for text, fragment, start, end in rows}

    return make
