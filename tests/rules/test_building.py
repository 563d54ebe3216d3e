from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from camlode.config import CamlodeError
from camlode.rules.classifier import RuleClassifier
from camlode.rules.fitting import MIN_WEIGHT, fit_rules
from camlode.rules.rule_set import Rule, RuleSet

TEXTS = ["apple pie", "apple", "pear", "a phone", "phone and screen", "screen"] * 4
TARGETS = ["food", "food", "food", "tech", "tech", "tech"] * 4
CANDIDATES = (
    Rule("1/food/1", "food", "apple", {}, {"documents": 9}),
    Rule("1/food/2", "food", "pear", {}),
    Rule("1/tech/1", "tech", "phone", {}),
    Rule("1/tech/2", "tech", "screen", {}),
    Rule("1/tech/3", "tech", "fax", {}),
)
NONE_CHOSEN = (
    "none of the 5 candidates tells the labels of the 24 texts apart: expected some that stand in texts of their label "
    "more than in others"
)


def build(y: Any = TARGETS, texts: Any = TEXTS, **options: Any) -> RuleSet:
    return fit_rules(RuleClassifier(**{"candidates": CANDIDATES, "selection": "joint"} | options), texts, y)


def error_message(**given: Any) -> str:
    with pytest.raises(CamlodeError) as refused:
        build(**given)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_rules_come_by_label_with_what_was_known_of_them() -> None:
    found = build()
    assert (found.task, found.labels) == ("multiclass", ("food", "tech"))
    # Nobody has a fax.
    assert {rule.id for rule in found.rules} == {"1/food/1", "1/food/2", "1/tech/1", "1/tech/2"}
    assert [rule.label for rule in found.rules] == ["food", "food", "tech", "tech"]
    assert next(rule for rule in found.rules if rule.text == "apple").statistics == {"documents": 9}


def test_a_rule_speaks_for_its_label_first_and_against_the_other() -> None:
    for rule in build().rules:
        assert next(iter(rule.weights)) == rule.label
        assert rule.weights[rule.label] > 0 > min(rule.weights.values())
        assert all(value == round(value, 3) for value in rule.weights.values())


def test_weights_that_change_hardly_an_answer_are_left_out() -> None:
    # "a" is in as many texts of each label, and its label is the first; "art" is never said.
    candidates = (*CANDIDATES[:1], Rule("1/tech/9", "tech", "a", {}, {"importance": 1.0}))
    texts = ["apple a", "apple", "a", "b"] * 4
    found = build(
        ["food", "food", "tech", "tech"] * 4,
        texts,
        candidates=candidates[1:],
        selection="importance",
        labels=("tech", "food", "art"),
    )
    (rule,) = found.rules
    assert rule.weights == {"tech": 0.0}
    assert MIN_WEIGHT == 0.05


def test_where_the_rules_come_from_is_kept() -> None:
    found = build(provenance={"store": "patterns.db", "run": 2}, fold=False, boundaries=False, fallback="tech")
    assert found.provenance == {"store": "patterns.db", "run": 2, "selection": "joint", "texts": 24}
    assert (found.fold, found.boundaries, found.fallback) == (False, False, "tech")


def test_what_was_chosen_by_is_named_where_the_best_was_asked_for() -> None:
    assert build(selection="best").provenance["selection"] in ("joint", "regression")


@pytest.mark.parametrize("per_label", [1, np.int64(1)])
def test_no_label_has_more_rules_than_are_wanted(per_label: Any) -> None:
    assert [rule.label for rule in build(rules_per_label=per_label).rules] == ["food", "tech"]


def test_labels_come_in_the_order_in_which_they_are_given() -> None:
    found = build(labels=["tech", "art", "food"])
    assert found.labels == ("tech", "art", "food")
    assert [rule.label for rule in found.rules] == ["tech", "tech", "food", "food"]
    # "art" is never said and has no candidate, so its bias is lowest.
    assert min(found.biases, key=lambda label: found.biases[label]) == "art"


def test_labels_of_texts_or_candidates_alone_are_labels_too() -> None:
    assert build([*TARGETS[:-1], "art"], candidates=CANDIDATES[:2]).labels == ("art", "food", "tech")
    assert build(["food", "food", "food", "art", "art", "art"] * 4).labels == ("art", "food", "tech")


def test_texts_with_several_labels_or_none_make_a_multilabel_set() -> None:
    found = build([("food",), ("food", "tech"), (), ("tech",), ["tech"], {"tech"}] * 4)
    assert found.task == "multilabel"
    # Of so few texts none is held out, and thresholds are a half.
    assert found.thresholds == {"food": 0.5, "tech": 0.5}
    assert build().thresholds == {}


def test_one_text_for_two_labels_becomes_one_rule() -> None:
    same = (Rule("1/food/1", "food", "Phone", {}), Rule("1/tech/1", "tech", "phone", {}))
    (rule,) = build(candidates=same).rules
    assert (rule.id, rule.label) == ("1/tech/1", "tech")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"rules_per_label": 0}, "rules_per_label is 0: expected a whole number from 1 on"),
        ({"rules_per_label": -1}, "rules_per_label is -1: expected a whole number from 1 on"),
        ({"rules_per_label": 2.0}, "rules_per_label is 2.0: expected a whole number from 1 on"),
        ({"rules_per_label": True}, "rules_per_label is True: expected a whole number from 1 on"),
        ({"rules_per_label": "9"}, "rules_per_label is '9': expected a whole number from 1 on"),
        ({"selection": "jiont"}, "selection is 'jiont': did you mean 'joint'?"),
        (
            {"selection": None},
            "selection is None: expected one of: best, joint, regression, coverage, importance, weighted, log-odds",
        ),
        (
            {"candidates": ()},
            "there are no candidates to choose rules from: RuleClassifier.from_store reads those of a run",
        ),
        (
            {"candidates": [Rule("1", "food", "", {})]},
            "the text of candidate '1' is empty, and would fire everywhere: leave it out",
        ),
        (
            {"candidates": [Rule("1", "food", "a", {}), Rule("1", "tech", "b", {})]},
            "there are two candidates '1': expected different ids",
        ),
        ({"fallback": "fod"}, "fallback is 'fod': did you mean 'food'?"),
        ({"fallback": "fod", "labels": ("food", "tech")}, "fallback is 'fod': did you mean 'food'?"),
        (
            {"labels": ("food", "art")},
            "candidates speak for 'tech', which is not among the labels: expected one of: food, art",
        ),
        ({"labels": ("food", "tech"), "y": ["fod"] * 24}, "text 0 has the label 'fod': did you mean 'food'?"),
        ({"texts": []}, "there are 0 texts and 24 labels of them: expected as many, and not none"),
        ({"texts": ["a"]}, "there are 1 texts and 24 labels of them: expected as many, and not none"),
        ({"texts": [], "y": []}, "there are 0 texts and 0 labels of them: expected as many, and not none"),
        ({"texts": ["nothing"] * 24}, NONE_CHOSEN),
        ({"y": ["food"] * 24}, NONE_CHOSEN),
        (
            {"selection": "importance"},
            "candidate 1/food/1 has no importance, by which selection='importance' chooses: joint and coverage do "
            "without",
        ),
    ],
)
def test_what_no_rules_can_be_made_of(given: dict[str, Any], line: str) -> None:
    assert error_message(**given) == line
