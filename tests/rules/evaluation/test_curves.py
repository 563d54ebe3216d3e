from __future__ import annotations

from dataclasses import replace

import pytest

from camlode.rules.evaluation.curves import compute_curves, curve_sizes, limit_rules
from camlode.rules.rule_set import Rule, RuleSet

# Of food three rules, of tech one; each text holds one of their words.
WORDS = {"apple": "food", "pear": "food", "plum": "food", "phone": "tech"}
RULES = RuleSet(
    task="multiclass",
    labels=("food", "tech"),
    rules=tuple(Rule(word, label, word, {label: 1.0}) for word, label in WORDS.items()),
    biases={"tech": 0.5},
)
TEXTS = ["apple", "pear", "plum", "phone"]
LABELS = [frozenset({label}) for label in WORDS.values()]


def test_the_first_rules_of_each_label_stay_in_their_order() -> None:
    assert [rule.text for rule in limit_rules(RULES, 2).rules] == ["apple", "pear", "phone"]
    assert limit_rules(RULES, 2).biases == RULES.biases
    assert limit_rules(RULES, 9) == RULES


@pytest.mark.parametrize(
    ("most", "steps"), [(1, [1]), (2, [1, 2]), (7, [1, 2, 5, 7]), (100, [1, 2, 5, 10, 20, 50, 100])]
)
def test_steps_are_round_numbers_up_to_all_rules(most: int, steps: list[int]) -> None:
    rules = tuple(Rule(str(number), "food", str(number), {}) for number in range(most))
    assert curve_sizes(replace(RULES, rules=rules)) == steps


def test_values_for_growing_numbers_of_rules() -> None:
    curves = {curve.name: curve.points for curve in compute_curves(RULES, TEXTS, LABELS, [1, 2, 3])}
    assert [(point.x, point.value) for point in curves["accuracy"]] == [(1, 0.5), (2, 0.75), (3, 1.0)]
    assert [(point.x, point.value) for point in curves["coverage"]] == [(1, 0.5), (2, 0.75), (3, 1.0)]
    # food: 1, 2, 3 of 3 found, so F1 is 1/2, 4/5, 1; tech's is 1.
    assert [point.value for point in curves["macro-F1"]] == [pytest.approx(value) for value in (0.75, 0.9, 1.0)]
    first = curves["accuracy"][0]
    assert first.low is not None
    assert first.high is not None
    assert 0 <= first.low < 0.5 < first.high <= 1
    assert curves["coverage"][0].low is None


def test_of_several_labels_both_means_of_f1_are_shown() -> None:
    curves = compute_curves(replace(RULES, task="multilabel"), TEXTS, LABELS, [3])
    assert [curve.name for curve in curves] == ["micro-F1", "macro-F1", "coverage"]
