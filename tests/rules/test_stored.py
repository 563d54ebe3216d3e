from __future__ import annotations

from dataclasses import replace
from math import log
from typing import Any

import pytest

from camlode.config import CamlodeError
from camlode.rules.classifier import RuleClassifier

# Of 60 texts 45 are tech and 15 food, so the labels' log-odds are log 3 and -log 3; a precision of 0.75 has log 3 too.
SHARES = {"tech": 45, "food": 15}


def make_classifier(mined: Any, **given: Any) -> RuleClassifier:
    return RuleClassifier.from_store(mined.address, **given)


def test_the_best_patterns_count_by_the_log_odds_of_their_precision(mined: Any) -> None:
    high = {"precision": 0.9}
    mined.publish({"tech": {"phone": {}, "screen": high}, "food": {"apple": {}, "pear": high}}, documents=SHARES)
    found = make_classifier(mined).rule_set_
    assert found.biases == {"tech": round(log(3), 3), "food": -round(log(3), 3)}
    assert [(rule.id, rule.weights) for rule in found.rules] == [
        ("1/tech/1", {"tech": 0.0}),
        ("1/tech/2", {"tech": round(log(9) - log(3), 3)}),
        ("1/food/1", {"food": round(log(3) + log(3), 3)}),
        ("1/food/2", {"food": round(log(9) + log(3), 3)}),
    ]
    assert (found.task, found.labels, found.thresholds, found.fallback) == ("multiclass", ("tech", "food"), {}, None)
    assert found.provenance["run"] == 1


def test_the_best_are_those_of_the_highest_importance_times_precision(mined: Any) -> None:
    # 12 × 0.3 = 3.6, 6 × 0.75 = 4.5, 4 × 0.75 = 3.
    mined.publish({"tech": {"phone": {"precision": 0.3}, "screen": {}, "fax": {}}})
    assert [rule.text for rule in make_classifier(mined, rules_per_label=2).rule_set_.rules] == ["screen", "phone"]


def test_one_text_for_two_labels_goes_to_where_it_is_worth_more(mined: Any) -> None:
    mined.publish({"tech": {"screen": {}, "phone": {}}, "food": {"Phone": {}, "apple": {}}})
    found = make_classifier(mined).rule_set_
    assert [(rule.label, rule.text) for rule in found.rules] == [
        ("tech", "screen"),
        ("food", "Phone"),
        ("food", "apple"),
    ]


def test_a_text_that_is_not_read_alike_is_a_rule_of_its_own(mined: Any) -> None:
    mined.publish({"tech": {"straße": {}, "strasse": {}, "STRASSE": {}}})
    assert [rule.text for rule in make_classifier(mined).rule_set_.rules] == ["straße", "strasse"]


def test_a_multilabel_run_has_thresholds_and_fragments_of_characters_no_boundaries(mined: Any, model: Any) -> None:
    several = replace(model, task="multilabel", digest="d4", version="4")
    mined.publish({"food": {"水果": {}}}, model=several, unit="char", documents={"tech": 15, "food": 15})
    found = make_classifier(mined, fallback="food")
    assert (found.rule_set_.task, found.rule_set_.thresholds) == ("multilabel", {"tech": 0.5, "food": 0.5})
    assert (found.boundaries, found.rule_set_.boundaries, found.fallback) == (False, False, "food")
    # Without rules, tech has a quarter, and food by its rule log 3 in place of -log 3.
    assert found.predict(["我买了水果", "电脑"]).tolist() == [("food",), ("food",)]


def test_the_current_run_or_another(mined: Any) -> None:
    mined.publish({"tech": {"phone": {}}})
    mined.publish({"tech": {"screen": {}}})
    assert [make_classifier(mined, run=run).rule_set_.rules[0].text for run in (None, 1, 2)] == [
        "screen",
        "phone",
        "screen",
    ]


def test_every_pattern_stays_a_candidate(mined: Any) -> None:
    mined.publish({"tech": {"phone": {}, "screen": {}}, "food": {"phone": {}}})
    found = make_classifier(mined, rules_per_label=1)
    assert [rule.id for rule in found.candidates] == ["1/tech/1", "1/tech/2", "1/food/1"]
    assert found.labels == ("tech", "food")
    found.fit(["screen", "phone", "phone"] * 4, ["tech", "food", "food"] * 4)
    assert [rule.id for rule in found.rule_set_.rules] == ["1/tech/2", "1/food/1"]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"rules_per_label": 0}, "rules_per_label is 0: expected a whole number from 1 on"),
        ({"selection": "weigthed"}, "selection is 'weigthed': did you mean 'weighted'?"),
        ({"fallback": "tec"}, "fallback is 'tec': did you mean 'tech'?"),
        (
            {"min_documents": 9},
            "run 1 has no pattern that could become a rule: look at camlode query, and lower the floors or mine with a "
            "lower patterns.min_documents",
        ),
        (
            {"run": 2},
            "{store}: run 2 was mined with patterns.match off, so it is not known where its patterns occur and how "
            "precise they are: mine it with patterns.match: true",
        ),
    ],
)
def test_a_mistake_is_one_line(mined: Any, given: dict[str, Any], line: str) -> None:
    mined.publish({"tech": {"phone": {}}})
    mined.publish({"tech": {"phone": {}}}, matched=False)
    with pytest.raises(CamlodeError) as refused:
        make_classifier(mined, **{"run": 1} | given)
    assert str(refused.value) == line.format(store=mined.address)


def test_a_run_or_store_that_is_not_there(mined: Any, tmp_path: Any) -> None:
    mined.publish({"tech": {"phone": {}}})
    with pytest.raises(CamlodeError, match="9"):
        make_classifier(mined, run=9)
    with pytest.raises(CamlodeError, match="there is no pattern store at"):
        RuleClassifier.from_store(tmp_path / "gone.db")
