from __future__ import annotations

from typing import Any

import pytest

from pipeline import AuditLimits, audit

LOW = ["low_precision"]


def listed(shelf: Any, **limits: Any) -> list[str]:
    return [each.fragment for each in audit(shelf.store, checks=LOW, limits=AuditLimits(**limits)).findings]


def test_a_pattern_of_few_labelled_documents_is_listed_with_its_numbers(shelf: Any, pattern: Any) -> None:
    # 30 of 100: center (0.3 + 0.0192073) / 1.0384146 = 0.3073986, half 1.9599640 · √(0.0021 + 0.0000960) / 1.0384146
    shelf.publish({"体育": [pattern("图", 0.0413, gold_documents=30), pattern("球")], "娱乐": []})
    (found,) = audit(shelf.store, checks=LOW).findings
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
    shelf: Any, pattern: Any, limit: float, expected: list[str]
) -> None:
    # None of 20: the upper end is 3.8414588 / 23.8414588 = 0.1611252.
    shelf.publish({"体育": [pattern("图", labelled_documents=20, gold_documents=0)]})
    assert listed(shelf, max_precision=limit) == expected


@pytest.mark.parametrize(("labelled", "judged"), [(19, 0), (20, 1)])
def test_a_precision_of_too_few_labelled_documents_is_not_judged(
    shelf: Any, pattern: Any, labelled: int, judged: int
) -> None:
    shelf.publish({"体育": [pattern("图", labelled_documents=labelled, gold_documents=0)]})
    found = audit(shelf.store, checks=LOW)
    assert (found.summaries[0].judged, len(found.findings)) == (judged, judged)


def test_only_the_first_patterns_of_a_label_are_looked_at(shelf: Any, pattern: Any) -> None:
    shelf.publish({"体育": [pattern("球"), pattern("图", gold_documents=0)]})
    assert (listed(shelf, top=1), listed(shelf, top=2)) == ([], ["图"])


def test_without_gold_labels_the_check_is_not_made(shelf: Any, pattern: Any) -> None:
    run = shelf.publish({"体育": [pattern("图")]}, gold=False)
    found = audit(shelf.store, checks=LOW)
    why = f"the corpus of run {run} has no gold labels (corpus.label names their column)"
    assert (found.findings, found.not_made) == ((), {"low_precision": why})
    assert str(found.summaries[0]) == f"low_precision: not made: {why}"
