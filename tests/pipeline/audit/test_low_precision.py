from __future__ import annotations

from typing import Any

import pytest

from camlode import AuditLimits, audit

LOW = ["low_precision"]


def list_findings(audit_store: Any, **limits: Any) -> list[str]:
    return [each.fragment for each in audit(audit_store.store, checks=LOW, limits=AuditLimits(**limits)).findings]


def test_a_pattern_of_few_labelled_documents_is_listed_with_its_numbers(audit_store: Any, pattern: Any) -> None:
    # 30 of 100: center (0.3 + 0.0192073) / 1.0384146 = 0.3073986, half 1.9599640 · √(0.0021 + 0.0000960) / 1.0384146
    audit_store.publish({"体育": [pattern("图", 0.0413, gold_documents=30), pattern("球")], "娱乐": []})
    (found,) = audit(audit_store.store, checks=LOW).findings
    assert (found.check, found.label, found.fragment, found.rank) == ("low_precision", "体育", "图", 1)
    assert (found.share, found.importance, found.documents, found.review) == (0.0413, pytest.approx(4.13), 40, None)
    assert found.numbers == {
        "labelled_documents": 100,
        "gold_documents": 30,
        "precision": 0.3,
        "precision_upper": pytest.approx(0.3958487, abs=1e-6),
    }
    assert found.why == (
        "“图” carries 4.13 % of 体育's importance, but of the 100 labelled documents with it only 30 (30 %) are 体育"
    )


@pytest.mark.parametrize(("limit", "expected"), [(0.1611, []), (0.1612, ["图"])])
def test_the_whole_interval_must_be_below_the_limit(
    audit_store: Any, pattern: Any, limit: float, expected: list[str]
) -> None:
    # None of 20: the upper end is 3.8414588 / 23.8414588 = 0.1611252.
    audit_store.publish({"体育": [pattern("图", labelled_documents=20, gold_documents=0)]})
    assert list_findings(audit_store, max_precision=limit) == expected


@pytest.mark.parametrize(("labelled", "judged"), [(19, 0), (20, 1)])
def test_a_precision_of_too_few_labelled_documents_is_not_judged(
    audit_store: Any, pattern: Any, labelled: int, judged: int
) -> None:
    audit_store.publish({"体育": [pattern("图", labelled_documents=labelled, gold_documents=0)]})
    found = audit(audit_store.store, checks=LOW)
    assert (found.summaries[0].judged, len(found.findings)) == (judged, judged)


def test_only_the_first_patterns_of_a_label_are_looked_at(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("球"), pattern("图", gold_documents=0)]})
    assert (list_findings(audit_store, top=1), list_findings(audit_store, top=2)) == ([], ["图"])


def test_without_gold_labels_the_check_is_not_made(audit_store: Any, pattern: Any) -> None:
    run = audit_store.publish({"体育": [pattern("图")]}, gold=False)
    found = audit(audit_store.store, checks=LOW)
    why = f"the corpus of run {run} has no gold labels (corpus.label names their column)"
    assert (found.findings, found.not_made) == ((), {"low_precision": why})
    assert str(found.summaries[0]) == f"low_precision: not made: {why}"
