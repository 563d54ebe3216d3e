from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camlode.config import CamlodeError
from camlode.rules.evaluation.analysis import RuleAnalysis
from camlode.rules.evaluation.evaluate import Evaluation, evaluate, predict_outcomes
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Sequence

# The first four texts have labels. Rules fire so: apple in 0 and 1, pear in 0 and 4, phone in 1 and 2, fax in none.
TEXTS = ["Apple pear", "apple PHONE apple", "phone", "nothing", "pear"]
FOOD, TECH = frozenset({"food"}), frozenset({"tech"})
LABELS = [FOOD, TECH, TECH, FOOD, None]
ANSWERS = ["food", "tech", "tech", None, "food"]

RULES = RuleSet(
    task="multiclass",
    labels=("food", "tech"),
    rules=(
        Rule("1/food/1", "food", "apple", {"food": 1.0}),
        Rule("1/food/2", "food", "pear", {"food": 1.0}),
        Rule("1/tech/1", "tech", "phone", {"tech": 2.0}),
        Rule("1/tech/2", "tech", "fax", {"tech": 1.0}),
    ),
    biases={},
)
MULTILABEL = replace(RULES, task="multilabel")


@dataclass(frozen=True)
class Answering:
    """A classifier whose answers are known beforehand."""

    rule_set_: RuleSet
    answers: Any

    def predict(self, texts: Sequence[str]) -> Any:
        return [self.answers[TEXTS.index(text)] for text in texts]


def evaluate_answers(rules: RuleSet, answers: Any, labels: Any) -> Evaluation:
    return evaluate(Answering(rules, answers), TEXTS, labels)


def test_each_rule_by_the_columns_of_labelling_function_analysis() -> None:
    assert evaluate_answers(RULES, ANSWERS, LABELS).rules == (
        RuleAnalysis("1/food/1", "apple", "food", 0.4, 0.4, 0.2, correct=1, incorrect=1, precision=0.5),
        # It fires in the last text too, whose label is not known.
        RuleAnalysis("1/food/2", "pear", "food", 0.4, 0.2, 0.0, correct=1, incorrect=0, precision=1.0),
        RuleAnalysis("1/tech/1", "phone", "tech", 0.4, 0.2, 0.2, correct=2, incorrect=0, precision=1.0),
        RuleAnalysis("1/tech/2", "fax", "tech", 0.0, 0.0, 0.0, correct=0, incorrect=0, precision=None),
    )


def test_a_set_of_one_label_each() -> None:
    found = evaluate_answers(RULES, ANSWERS, LABELS)
    assert (found.texts, found.documents) == (5, 4)
    assert (found.coverage, found.conflicts) == (0.8, 0.2)
    # All but the fourth are right, in which no rule fires.
    assert (found.accuracy, found.covered_accuracy) == (0.75, 1.0)
    # food: 1 of 1 answered and of 2 expected, F1 2/3. tech: 2 of 2 and of 2, F1 1.
    assert found.macro_f1 == pytest.approx(5 / 6)
    assert found.micro_f1 is None


def test_a_set_of_several_labels() -> None:
    answers = [("food",), ("food", "tech"), ("tech",), (), ("food",)]
    labels = [FOOD, TECH, FOOD | TECH, frozenset[str](), None]
    found = evaluate_answers(MULTILABEL, answers, labels)
    # The first is right, and the fourth, which should have no label.
    assert (found.documents, found.accuracy, found.covered_accuracy) == (4, 0.5, 1 / 3)
    # food: 1 hit, 2 answered, 2 expected. tech: 2 hits, 2 answered, 2 expected.
    assert found.micro_f1 == 2 * 3 / (4 + 4)
    assert found.macro_f1 == (0.5 + 1.0) / 2
    assert found.rules[0].precision == 0.5  # text 1 is not food


def test_what_the_rules_do_not_know_counts_as_wrong() -> None:
    found = evaluate_answers(RULES, ANSWERS, [FOOD, frozenset({"art"}), TECH, frozenset(), FOOD])
    assert (found.documents, found.accuracy) == (4, 0.75)
    # food 1, tech 2 · 1 / (2 + 1), art 0.
    assert found.macro_f1 == pytest.approx((1 + 2 / 3 + 0) / 3)
    assert (found.rules[2].correct, found.rules[2].incorrect) == (1, 1)


def test_where_no_rule_fires_nothing_is_made_up() -> None:
    silent = replace(RULES, rules=(Rule("x", "tech", "telex", {"tech": 1.0}),))
    found = evaluate_answers(silent, [None] * 5, LABELS)
    assert (found.coverage, found.accuracy, found.covered_accuracy, found.macro_f1) == (0.0, 0.0, None, 0.0)
    assert found.measures() == {"documents": 4, "accuracy": 0, "macro_f1": 0, "coverage": 0, "conflicts": 0}


def test_measures_have_the_names_that_stores_know() -> None:
    assert evaluate_answers(RULES, ANSWERS, LABELS).measures() == {
        "documents": 4.0,
        "accuracy": 0.75,
        "macro_f1": pytest.approx(5 / 6),
        "coverage": 0.8,
        "covered_accuracy": 1.0,
        "conflicts": 0.2,
    }


def test_outcomes_are_of_the_texts_with_labels() -> None:
    found = predict_outcomes(Answering(RULES, ANSWERS), TEXTS, LABELS)
    assert found.labels == ("food", "tech")
    assert found.correct.tolist() == [True, True, True, False]


@pytest.mark.parametrize(
    ("labels", "line"),
    [
        ([None] * 5, "there is nothing to evaluate rules on: none of the 5 texts has a label"),
        ([frozenset()] * 5, "there is nothing to evaluate rules on: none of the 5 texts has a label"),
        (
            [frozenset({"Food"})] * 5,
            "none of the texts' labels is one of the rules': expected food, tech; got Food",
        ),
    ],
)
def test_unusable_labels_are_refused(labels: Any, line: str) -> None:
    with pytest.raises(CamlodeError) as refused:
        evaluate_answers(RULES, ANSWERS, labels)
    assert str(refused.value) == line


@given(st.lists(st.sampled_from(["apple", "pear", "phone", "fax", "none"]), max_size=4).map(" ".join))
def test_conflicts_are_overlaps_and_overlaps_are_covered(text: str) -> None:
    rules = RULES.rules
    found = evaluate(Fixed(RULES), [text, "apple"], [FOOD, FOOD])
    fires = [rule.text in text.split() for rule in rules]
    votes = {rule.label for rule, fired in zip(rules, fires, strict=True) if fired}
    for rule, fired, told in zip(rules, fires, found.rules, strict=True):
        alone = 0.5 if rule.text == "apple" else 0.0
        assert told.coverage == alone + 0.5 * fired
        assert told.overlaps == 0.5 * (fired and sum(fires) > 1)
        assert told.conflicts == 0.5 * (fired and len(votes) > 1)
    assert found.conflicts == 0.5 * (len(votes) > 1)


@dataclass(frozen=True)
class Fixed:
    """A classifier that says food."""

    rule_set_: RuleSet

    def predict(self, texts: Sequence[str]) -> list[str]:
        return ["food"] * len(texts)
