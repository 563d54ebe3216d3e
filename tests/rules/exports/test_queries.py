"""Queries for Argilla and Elasticsearch."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from camlode.config.errors import RulesError
from camlode.rules.exports import argilla, elasticsearch

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


def test_elasticsearch_has_an_action_and_a_query_for_each(make_patterns: Any) -> None:
    text = "".join(elasticsearch.lines(make_patterns({"a": FRAGMENTS})))
    assert text.endswith("\n")
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines[0::2] == [{"index": {"_id": f"1/a/{rank}"}} for rank in range(1, 7)]
    assert [line["query"] for line in lines[1::2]] == [{"match_phrase": {"text": each}} for each in FRAGMENTS]
    assert {name: lines[9][name] for name in ("id", "label", "fragment", "documents")} == {
        "id": "1/a/5",
        "label": "a",
        "fragment": "手机",
        "documents": 7,
    }


def test_an_id_that_elasticsearch_rejects_is_refused(make_patterns: Any) -> None:
    label = "长" * 170
    with pytest.raises(RulesError, match=r"the id '1/长+'… has 514 bytes, and Elasticsearch accepts at most 512"):
        list(elasticsearch.lines(make_patterns({label: ["x"]})))
