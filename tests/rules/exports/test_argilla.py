from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Any

from camlode.rules.exports import argilla

FRAGMENTS = ['say "no"', "back\\slash", "AND", "a:b*", "手机", "line\nfeed"]


@dataclass
class Rule:
    """The parameters of argilla.labeling.text_classification.Rule, as Argilla 1 documents them."""

    query: str
    label: str
    name: str | None = None
    author: str | None = None


def test_argilla_has_a_rule_a_row(make_patterns: Any) -> None:
    text = "".join(argilla.lines(make_patterns({"a": FRAGMENTS[:2], "b": FRAGMENTS[2:]})))
    rules = [Rule(**row) for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert [rule.label for rule in rules] == ["a"] * 2 + ["b"] * 4
    assert [rule.name for rule in rules] == ["1/a/1", "1/a/2", "1/b/1", "1/b/2", "1/b/3", "1/b/4"]
    assert rules[2].query == '"AND"'
    # A phrase of the query string syntax ends with the first quote that no backslash escapes.
    phrases = [re.fullmatch(r'"((?:[^"\\]|\\.)*)"', rule.query, re.DOTALL) for rule in rules]
    assert [re.sub(r"\\(.)", r"\1", found[1]) for found in phrases if found] == FRAGMENTS
