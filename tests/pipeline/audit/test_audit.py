from __future__ import annotations

import json
from typing import Any

import pytest

from camlode import Audit, audit
from camlode.config.errors import StoreError
from camlode.pipeline.audit.findings import COLUMNS

ALL = ("low_precision", "falling_precision", "concentrated", "contradicting", "not_a_word")


def order(found: Audit) -> list[tuple[str, int, str]]:
    return [(each.label, each.rank, each.check) for each in found.findings]


def publish(audit_store: Any, pattern: Any, **options: Any) -> int:
    """图 is a single character with 6 % of 体育's importance, 30 of 100 of its documents are 体育; 》 likewise."""
    few = {"gold_documents": 30, "predicted_documents": 30}
    return int(
        audit_store.publish(
            {
                "体育": [pattern("图", 0.06, **few), pattern("》", 0.05, **few), pattern("球员", 0.04)],
                "娱乐": [pattern("歌手", 0.02), pattern("图", 0.01)],
            },
            **options,
        )
    )


def test_a_pattern_may_be_listed_by_several_checks_and_the_most_important_come_first(
    audit_store: Any, pattern: Any
) -> None:
    publish(audit_store, pattern)
    found = audit(audit_store.store)
    assert order(found) == [
        ("体育", 1, "low_precision"),
        ("体育", 1, "concentrated"),
        ("体育", 1, "contradicting"),
        ("体育", 1, "not_a_word"),
        ("体育", 2, "low_precision"),
        ("体育", 2, "not_a_word"),
        ("娱乐", 2, "contradicting"),
        ("娱乐", 2, "not_a_word"),
    ]
    assert [str(each) for each in found.summaries] == [
        "low_precision: 2 of the 5 patterns judged",
        "falling_precision: skipped: the store has no published run of the same model on another corpus",
        "concentrated: 1 of the 5 patterns judged",
        "contradicting: 2 of the 5 patterns judged",
        "not_a_word: 3 of the 5 patterns judged",
    ]


def test_a_run_without_matching_says_which_checks_were_not_made(audit_store: Any, pattern: Any) -> None:
    publish(audit_store, pattern, matched=False)
    found = audit(audit_store.store)
    why = "run 1 was mined with patterns.match off, so it is not known where its patterns occur"
    assert found.not_made == {"low_precision": why, "falling_precision": why}
    assert {each.check for each in found.findings} == {"concentrated", "contradicting", "not_a_word"}


def test_the_current_run_is_audited_unless_another_is_named(audit_store: Any, pattern: Any) -> None:
    first, second = publish(audit_store, pattern), audit_store.publish({"体育": [pattern("球员")]})
    assert (audit(audit_store.store).run, len(audit(audit_store.store).findings)) == (second, 0)
    assert (audit(audit_store.store, first).run, len(audit(audit_store.store, first).findings)) == (first, 8)


def test_a_label_alone(audit_store: Any, pattern: Any) -> None:
    publish(audit_store, pattern)
    found = audit(audit_store.store, label="娱乐")
    assert order(found) == [("娱乐", 2, "contradicting"), ("娱乐", 2, "not_a_word")]
    assert [each.judged for each in found.summaries] == [2, 0, 2, 2, 2]


@pytest.mark.parametrize(("share", "looked_at"), [(0.00099, 1), (0.001, 2)])
def test_patterns_of_too_small_a_share_are_not_looked_at(
    audit_store: Any, pattern: Any, share: float, looked_at: int
) -> None:
    audit_store.publish({"体育": [pattern("球员", 0.01), pattern("图", share)]})
    found = audit(audit_store.store, checks=["low_precision", "concentrated", "contradicting", "not_a_word"])
    assert {each.judged for each in found.summaries} == {looked_at}


def test_checks_are_made_in_their_order(audit_store: Any, pattern: Any) -> None:
    publish(audit_store, pattern)
    found = audit(audit_store.store, checks=["not_a_word", "concentrated"])
    assert [each.check for each in found.summaries] == ["concentrated", "not_a_word"]


def test_accepted_patterns_come_last_and_other_reviews_are_shown(audit_store: Any, pattern: Any) -> None:
    publish(audit_store, pattern)
    audit_store.store.review("图", "体育", "accepted")
    audit_store.store.review("》", "体育", "spurious")
    audit_store.store.review("图", "娱乐", "rejected")
    found = audit(audit_store.store, checks=["low_precision", "not_a_word"])
    assert [(*place, each.review) for place, each in zip(order(found), found.findings, strict=True)] == [
        ("体育", 2, "low_precision", "spurious"),
        ("体育", 2, "not_a_word", "spurious"),
        ("体育", 1, "low_precision", "accepted"),
        ("体育", 1, "not_a_word", "accepted"),
        ("娱乐", 2, "not_a_word", "rejected"),
    ]
    assert str(found.summaries[1]) == "not_a_word: 3 of the 5 patterns judged, 1 of them accepted by a reviewer"
    assert [each.fragment for each in found.unaccepted(["not_a_word"])] == ["》", "图"]


def test_examples_and_counter_examples_come_with_a_finding(audit_store: Any, pattern: Any) -> None:
    of_figure = {"label": "体育", "fragment": "图"}
    counter = {"kind": "counter", "document": "c", "importance": None}
    examples = [
        of_figure,
        {**of_figure, "position": 2, "document": "b"},
        {**of_figure, **counter},
        {"label": "娱乐", "fragment": "图", "document": "d"},
    ]
    publish(audit_store, pattern, examples=examples)
    found = audit(audit_store.store, label="体育", checks=["concentrated"], examples=1).findings[0]
    place = {"place": "news.jsonl:1", "left": "左", "hit": "图", "right": "右"}
    assert found.examples == ({"document": "a", **place, "importance": 1.5},)
    assert found.counter_examples == ({"document": "c", **place, "importance": None},)
    assert len(audit(audit_store.store, label="体育", checks=["concentrated"]).findings[0].examples) == 2
    assert audit(audit_store.store, checks=["concentrated"], examples=0).findings[0].examples == ()


def test_a_table_for_pandas(audit_store: Any, pattern: Any) -> None:
    publish(audit_store, pattern)
    table = audit(audit_store.store, checks=["low_precision", "not_a_word"]).to_frame()
    numbers = ["labelled_documents", "gold_documents", "precision", "precision_upper", "kind"]
    assert list(table.columns) == [*COLUMNS, *numbers]
    assert table[["fragment", "check", "gold_documents"]].values.tolist()[:2] == [
        ["图", "low_precision", 30.0],
        ["图", "not_a_word", pytest.approx(float("nan"), nan_ok=True)],
    ]


def test_a_table_without_findings_has_the_same_columns(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("球员")]})
    table = audit(audit_store.store, checks=["not_a_word"]).to_frame()
    assert (list(table.columns), len(table)) == ([*COLUMNS, "kind"], 0)


def test_it_can_be_written_as_json(audit_store: Any, pattern: Any) -> None:
    publish(audit_store, pattern)
    found = json.loads(json.dumps(audit(audit_store.store).to_dict()))
    assert list(found) == ["run", "model", "corpus", "against", "limits", "findings", "summaries", "not_made"]
    assert (found["model"], found["corpus"], found["limits"]["top"]) == ("cnn", "train", 100)
    assert found["findings"][0]["numbers"]["gold_documents"] == 30


def test_a_store_may_be_named_by_its_path(audit_store: Any, pattern: Any, tmp_path: Any) -> None:
    publish(audit_store, pattern)
    assert len(audit(tmp_path / "patterns.db").findings) == 8


def test_a_run_without_patterns_has_no_findings(audit_store: Any) -> None:
    audit_store.publish({"体育": [], "娱乐": []})
    assert audit(audit_store.store).findings == ()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"run": 7}, "there is no published run 7"),
        ({"label": "体"}, "run 1 has no label '体': did you mean '体育'"),
        ({"checks": ["low precision"]}, "there is no check 'low precision': did you mean 'low_precision'"),
        ({"checks": ["concentrated"], "against": 1}, "for falling_precision, which is not among the checks"),
    ],
)
def test_a_mistake_is_refused(audit_store: Any, pattern: Any, arguments: dict[str, Any], words: str) -> None:
    publish(audit_store, pattern)
    with pytest.raises(StoreError, match=words):
        audit(audit_store.store, **arguments)
