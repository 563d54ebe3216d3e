from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, asdict

import pytest

from camlode.rules.rule_set import Rule, RuleSet

RULE = Rule("1/food/1", "food", "apple", {"food": 1.5})


def test_defaults_of_a_rule() -> None:
    assert asdict(RULE) == {
        "id": "1/food/1",
        "label": "food",
        "text": "apple",
        "weights": {"food": 1.5},
        "statistics": {},
    }


def test_a_set_folds_keeps_words_whole_and_says_nothing_where_no_rule_fires() -> None:
    found = RuleSet("multiclass", ("food",), (RULE,), {})
    assert (found.fold, found.boundaries, found.fallback) == (True, True, None)
    assert (found.thresholds, found.provenance) == ({}, {})


def test_rules_and_sets_are_equal_by_what_they_hold_and_travel_to_other_processes() -> None:
    found = RuleSet("multiclass", ("food",), (RULE,), {"food": 0.5})
    assert pickle.loads(pickle.dumps(found)) == found
    assert found != RuleSet("multilabel", ("food",), (RULE,), {"food": 0.5})


def test_neither_can_be_changed() -> None:
    for each, name in ((RULE, "text"), (RuleSet("multiclass", ("food",), (RULE,), {}), "rules")):
        with pytest.raises(FrozenInstanceError):
            setattr(each, name, "pear")
