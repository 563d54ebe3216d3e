from __future__ import annotations

from typing import Any

import pytest

from camlode import AuditLimits, audit
from camlode.pipeline.audit.text_checks import REASONS, classify_non_word

CONTRADICTING = ["contradicting"]


def list_findings(audit_store: Any, **limits: Any) -> list[tuple[str, str]]:
    found = audit(audit_store.store, checks=CONTRADICTING, limits=AuditLimits(**limits)).findings
    return [(each.label, each.fragment) for each in found]


def test_any_two_labels_of_a_multi_class_run_contradict_each_other(audit_store: Any, pattern: Any) -> None:
    audit_store.publish(
        {
            "体育": [pattern("图", 0.02, predicted_documents=51), pattern("球", 0.01)],
            "娱乐": [pattern("歌", 0.03), pattern("图", 0.004, predicted_documents=40, documents=7)],
        }
    )
    one, other = audit(audit_store.store, checks=CONTRADICTING).findings
    assert (one.label, one.rank, other.label, other.rank) == ("体育", 1, "娱乐", 2)
    assert one.numbers == {
        "matched_documents": 100,
        "predicted_documents": 51,
        "other_labels": ["娱乐"],
        "other_ranks": [2],
        "other_shares": [0.004],
        "other_documents": [7],
        "other_predicted_documents": [40],
    }
    assert one.why == (
        "“图” carries 2 % of 体育's importance but also 0.4 % of 娱乐's: of the 100 documents with it the model calls "
        "51 % 体育 and 40 % 娱乐"
    )
    assert other.why == (
        "“图” carries 0.4 % of 娱乐's importance but also 2 % of 体育's: of the 100 documents with it the model calls "
        "40 % 娱乐 and 51 % 体育"
    )


def test_several_labels_are_named_by_share(audit_store: Any, pattern: Any) -> None:
    shares = {"a": 0.01, "b": 0.002, "c": 0.003}
    audit_store.publish({label: [pattern("图", share, predicted_documents=30)] for label, share in shares.items()})
    found = audit(audit_store.store, checks=CONTRADICTING, label="a").findings
    assert [each.numbers["other_labels"] for each in found] == [["c", "b"]]
    assert found[0].why.startswith("“图” carries 1 % of a's importance but also 0.3 % of c's and 0.2 % of b's: of ")


@pytest.mark.parametrize(("predicted", "expected"), [(9, []), (10, [("体育", "图"), ("娱乐", "图")])])
def test_the_model_gives_both_labels_to_enough_documents(
    audit_store: Any, pattern: Any, predicted: int, expected: Any
) -> None:
    few = pattern("图", 0.01, predicted_documents=predicted)
    audit_store.publish({"体育": [pattern("图", 0.02, predicted_documents=90)], "娱乐": [few]})
    assert list_findings(audit_store) == expected
    assert len(list_findings(audit_store, min_split=0.09)) == 2


def test_a_fragment_that_is_important_for_one_label_only_is_not_listed(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("图", 0.02)], "娱乐": [pattern("图", 0.0009)]})
    assert list_findings(audit_store) == []


def test_it_is_among_the_first_of_both(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("图", 0.02)], "娱乐": [pattern("歌", 0.02), pattern("图", 0.01)]})
    assert (list_findings(audit_store, top=1), list_findings(audit_store, top=2)) == (
        [],
        [("体育", "图"), ("娱乐", "图")],
    )


def test_without_matching_the_reason_counts_the_documents_in_which_it_was_important(
    audit_store: Any, pattern: Any
) -> None:
    audit_store.publish({"体育": [pattern("图", 0.02)], "娱乐": [pattern("图", 0.01, documents=1200)]}, matched=False)
    one, _ = audit(audit_store.store, checks=CONTRADICTING).findings
    assert one.why.endswith(": it was important in 40 documents for 体育 and in 1,200 documents for 娱乐")
    assert (one.numbers["predicted_documents"], one.numbers["other_predicted_documents"]) == (None, [None])


@pytest.mark.parametrize(("predicted", "expected"), [(45, [("体育", "图"), ("娱乐", "图")]), (46, [])])
def test_labels_of_a_multi_label_run_contradict_each_other_where_few_documents_have_both(
    audit_store: Any, pattern: Any, predicted: int, expected: Any
) -> None:
    # 60 + 45 of 100 are 1.05 of them; with 46 more than that.
    audit_store.publish(
        {
            "体育": [pattern("图", 0.02, predicted_documents=60)],
            "娱乐": [pattern("图", 0.01, predicted_documents=predicted)],
        },
        task="multilabel",
    )
    assert list_findings(audit_store) == expected


def test_a_multi_label_run_names_only_exclusive_labels(audit_store: Any, pattern: Any) -> None:
    predicted = {"a": 50, "b": 40, "c": 90}
    audit_store.publish(
        {label: [pattern("图", 0.01, predicted_documents=number)] for label, number in predicted.items()},
        task="multilabel",
    )
    found = audit(audit_store.store, checks=CONTRADICTING).findings
    assert [(each.label, each.numbers["other_labels"]) for each in found] == [("a", ["b"]), ("b", ["a"])]


def test_a_multi_label_run_without_matching_cannot_be_checked(audit_store: Any, pattern: Any) -> None:
    audit_store.publish(
        {"体育": [pattern("图", 0.02)], "娱乐": [pattern("图", 0.02)]}, task="multilabel", matched=False
    )
    why = "run 1 was mined with patterns.match off, so it is not known where its patterns occur"
    assert audit(audit_store.store, checks=CONTRADICTING).not_made == {"contradicting": why}


@pytest.mark.parametrize(
    ("fragment", "kind"),
    [
        ("(图)", "brackets"),
        ("（组图）", "brackets"),
        ("《红楼梦》", "brackets"),
        ("[2008]", "brackets"),
        ("((图))", "brackets"),
        ("()", "punctuation"),
        ("》", "punctuation"),
        ("!!!", "punctuation"),
        ("——", "punctuation"),
        ("|", "punctuation"),
        ("$", "punctuation"),
        ("★■", "punctuation"),
        ("\x00", "punctuation"),
        ("7", "digits"),
        ("2008", "digits"),
        ("３．５", "digits"),
        ("10:30", "digits"),
        ("50%", "digits"),
        ("$50", "digits"),
        ("图", "character"),
        ("图:", "character"),
        ("か\u3099", "character"),
        ("の", "character"),
        ("ท", "character"),
        ("x", "letter"),
        ("é", "letter"),
        ("e\u0301", "letter"),
        ("я.", "letter"),
        ("组图", None),
        ("3d", None),
        ("第1", None),
        ("ok", None),
        ("a+", None),
        ("(a) b", None),
        ("(a) b (c)", None),
        ("图(a", None),
        ("😀", None),
        ("❤\ufe0f", None),
        ("", "punctuation"),
    ],
)
def test_the_kind_of_a_fragment(fragment: str, kind: str | None) -> None:
    assert classify_non_word(fragment) == kind


def test_words_are_not_listed(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("球员"), pattern("图")]})
    found = audit(audit_store.store, checks=["not_a_word"])
    assert ([each.fragment for each in found.findings], found.summaries[0].judged) == (["图"], 2)


def test_the_reason_of_a_fragment_that_is_no_word(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"娱乐": [pattern("图", 0.041)]}, matched=False)
    (found,) = audit(audit_store.store, checks=["not_a_word"]).findings
    assert found.numbers == {"kind": "character"}
    assert found.why == f"“图” carries 4.1 % of 娱乐's importance and {REASONS['character']}"
