from __future__ import annotations

from typing import Any

import pytest

from camlode import AuditLimits, audit
from camlode.config.errors import StoreError

LOW, FALLING, CONCENTRATED = ["low_precision"], ["falling_precision"], ["concentrated"]


def list_findings(audit_store: Any, checks: list[str], run: int | None = None, **limits: Any) -> list[str]:
    found = audit(audit_store.store, run, checks=checks, limits=AuditLimits(**limits)).findings
    return [each.fragment for each in found]


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
    assert list_findings(audit_store, LOW, max_precision=limit) == expected


@pytest.mark.parametrize(("labelled", "judged"), [(19, 0), (20, 1)])
def test_a_precision_of_too_few_labelled_documents_is_not_judged(
    audit_store: Any, pattern: Any, labelled: int, judged: int
) -> None:
    audit_store.publish({"体育": [pattern("图", labelled_documents=labelled, gold_documents=0)]})
    found = audit(audit_store.store, checks=LOW)
    assert (found.summaries[0].judged, len(found.findings)) == (judged, judged)


def test_only_the_first_patterns_of_a_label_are_looked_at(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("球"), pattern("图", gold_documents=0)]})
    assert (list_findings(audit_store, LOW, top=1), list_findings(audit_store, LOW, top=2)) == ([], ["图"])


def test_without_gold_labels_the_check_is_not_made(audit_store: Any, pattern: Any) -> None:
    run = audit_store.publish({"体育": [pattern("图")]}, gold=False)
    found = audit(audit_store.store, checks=LOW)
    why = f"the corpus of run {run} has no gold labels (corpus.label names their column)"
    assert (found.findings, found.not_made) == ((), {"low_precision": why})
    assert str(found.summaries[0]) == f"low_precision: skipped: {why}"


def publish_both(audit_store: Any, pattern: Any, train: tuple[int, int], test: tuple[int, int]) -> tuple[int, int]:
    """Two runs of a model on two corpora, whose pattern 图 has so many gold of so many labelled documents."""
    runs = []
    for corpus, (gold, labelled) in (("train", train), ("test", test)):
        numbers = {"labelled_documents": labelled, "gold_documents": gold, "matched_documents": 100}
        runs.append(audit_store.publish({"体育": [pattern("图", 0.01, **numbers)]}, corpus=corpus))
    return runs[0], runs[1]


def test_a_fall_is_listed_with_both_runs(audit_store: Any, pattern: Any) -> None:
    train, test = publish_both(audit_store, pattern, (100, 100), (50, 100))
    found = audit(audit_store.store, train, checks=FALLING)
    assert found.against == test
    (finding,) = found.findings
    assert finding.numbers == {
        "fall": 0.5,
        "run_before": train,
        "labelled_documents_before": 100,
        "gold_documents_before": 100,
        "precision_before": 1.0,
        "run_after": test,
        "labelled_documents_after": 100,
        "gold_documents_after": 50,
        "precision_after": 0.5,
    }
    assert finding.why == (
        "“图” carries 1 % of 体育's importance, but its precision falls from 100 % in train (run 1, 100 of 100 "
        "labelled documents) to 50 % in test (run 2, 50 of 100 labelled documents)"
    )


def test_it_falls_whichever_of_the_two_runs_is_audited(audit_store: Any, pattern: Any) -> None:
    train, test = publish_both(audit_store, pattern, (100, 100), (50, 100))
    one, other = (audit(audit_store.store, run, checks=FALLING) for run in (train, test))
    assert (one.against, other.against) == (test, train)
    assert one.findings[0].numbers == other.findings[0].numbers


@pytest.mark.parametrize(("limit", "expected"), [(0.5, ["图"]), (0.51, [])])
def test_the_fall_is_at_least_the_limit(audit_store: Any, pattern: Any, limit: float, expected: list[str]) -> None:
    publish_both(audit_store, pattern, (100, 100), (50, 100))
    assert list_findings(audit_store, FALLING, min_fall=limit) == expected


@pytest.mark.parametrize(("gold", "expected"), [(76, ["图"]), (77, [])])
def test_the_intervals_must_not_overlap(audit_store: Any, pattern: Any, gold: int, expected: list[str]) -> None:
    # 20 of 20: the lower end is 20 / 23.8414588 = 0.83887. The upper one of 76 of 100 is 0.83308, of 77 it is 0.84157.
    publish_both(audit_store, pattern, (20, 20), (gold, 100))
    assert list_findings(audit_store, FALLING) == expected


@pytest.mark.parametrize("labelled", [(19, 100), (100, 19)])
def test_both_runs_need_enough_labelled_documents(audit_store: Any, pattern: Any, labelled: tuple[int, int]) -> None:
    publish_both(audit_store, pattern, (labelled[0], labelled[0]), (0, labelled[1]))
    assert audit(audit_store.store, checks=FALLING).summaries[0].judged == 0


def test_a_pattern_far_down_in_the_other_run_is_found(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [*(pattern(f"球{place}") for place in range(11)), pattern("图")]}, corpus="train")
    audit_store.publish({"体育": [pattern("图", gold_documents=0)]}, corpus="test")
    # With top=1, ten of the other run are read, and the twelfth is looked up.
    assert list_findings(audit_store, FALLING, top=1) == ["图"]


def test_a_pattern_of_another_label_is_none_to_compare_with(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [], "娱乐": [pattern("图")]}, corpus="train")
    audit_store.publish({"体育": [pattern("图", gold_documents=0)], "娱乐": []}, corpus="test")
    assert audit(audit_store.store, checks=FALLING).summaries[0].judged == 0


def test_the_last_run_of_the_model_on_another_corpus_is_taken(audit_store: Any, pattern: Any) -> None:
    patterns = {"体育": [pattern("图")]}
    audit_store.publish(patterns, corpus="old")
    expected = audit_store.publish(patterns, corpus="new")
    audit_store.publish(patterns, corpus="unmatched", matched=False)
    audit_store.publish(patterns, corpus="new", model="m2")
    audit_store.publish(patterns, corpus="train")
    audited = audit_store.publish(patterns, corpus="train")
    assert audit(audit_store.store, audited, checks=FALLING).against == expected
    assert audit(audit_store.store, audited, checks=["concentrated"]).against is None


def test_without_such_a_run_the_check_is_not_made(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("图")]}, corpus="test", model="m2")
    audit_store.publish({"体育": [pattern("图")]})
    why = "the store has no published run of the same model on another corpus"
    assert audit(audit_store.store, checks=FALLING).not_made == {"falling_precision": why}


def test_with_a_run_that_has_no_gold_labels_the_check_is_not_made(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"体育": [pattern("图")]}, corpus="test", gold=False)
    audit_store.publish({"体育": [pattern("图")]})
    why = "the corpus of run 1 has no gold labels (corpus.label names their column)"
    assert audit(audit_store.store, checks=FALLING).not_made == {"falling_precision": why}


@pytest.mark.parametrize(
    ("against", "words"),
    [
        (1, "run 4 can't be compared with run 1: it is of another model, cnn"),
        (2, "run 4 can't be compared with run 2: it is of the same corpus, train"),
        (3, "there is no published run 3 to compare with: camlode runs lists them"),
        (9, "there is no published run 9 to compare with: camlode runs lists them"),
    ],
)
def test_a_run_that_cannot_be_compared_with_is_refused(
    audit_store: Any, pattern: Any, against: int, words: str
) -> None:
    patterns = {"体育": [pattern("图")]}
    audit_store.publish(patterns, corpus="test", model="m2")
    audit_store.publish(patterns)
    audit_store.begin(patterns)
    audit_store.publish(patterns)
    with pytest.raises(StoreError, match=words):
        audit(audit_store.store, against=against)


@pytest.mark.parametrize(("share", "expected"), [(0.05, []), (0.0501, ["球"])])
def test_a_share_above_the_limit_is_listed(audit_store: Any, pattern: Any, share: float, expected: list[str]) -> None:
    audit_store.publish({"体育": [pattern("球", share)]})
    assert list_findings(audit_store, CONCENTRATED) == expected


def test_the_reason_of_a_concentrated_pattern(audit_store: Any, pattern: Any) -> None:
    audit_store.publish({"sports": [pattern("ball", 0.131)]}, matched=False)
    (found,) = audit(audit_store.store, checks=CONCENTRATED, limits=AuditLimits(max_share=0.1)).findings
    assert found.numbers == {}
    assert found.why == (
        "“ball” alone carries 13.1 % of sports' importance, where no fragment should carry more than 10 %"
    )
