from __future__ import annotations

import json
from typing import Any

import pytest

from camlode.config.errors import RulesError
from camlode.rules.exports import elasticsearch

FRAGMENTS = ['say "no"', "back\\slash", "AND", "a:b*", "手机", "line\nfeed"]


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
