from __future__ import annotations

import json
import pickle
import subprocess
import sys
from dataclasses import replace
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.validation import check_is_fitted

from camlode.config import CamlodeError
from camlode.rules.classifier import FiredRule, RuleClassifier
from camlode.rules.evaluation.evaluate import evaluate
from camlode.rules.rule_file import parse_rules, rules_to_json
from camlode.rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]

APPLE = Rule("1/food/1", "food", "apple", {"food": 2.0, "tech": -1.0})
PIE = Rule("1/food/2", "food", "pie", {"food": 1.0})
PHONE = Rule("1/tech/1", "tech", "phone", {"tech": 3.0})
RULES = RuleSet("multiclass", ("food", "tech"), (APPLE, PIE, PHONE), {"food": 0.5})
MULTILABEL = replace(RULES, task="multilabel", thresholds={"food": 0.9, "tech": 0.5})
TEXTS = ["Apple pie, apple", "a PHONE", "apple phone", "pineapple", ""]
# A rule counts once, however often it fires, and not within words.
SCORES = [[3.5, -1.0], [0.5, 3.0], [2.5, 2.0], [0.5, 0.0], [0.5, 0.0]]
COVERED = [True, True, True, False, False]


def sigmoid(logit: float) -> float:
    return 1 / (1 + exp(-logit))


def error_message(action: Any, *given: Any) -> str:
    with pytest.raises(CamlodeError) as refused:
        action(*given)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("rules", [RULES, MULTILABEL])
def test_scores_are_biases_plus_the_weights_of_what_fires(rules: RuleSet) -> None:
    classifier = RuleClassifier.from_rule_set(rules)
    assert classifier.decision_function(TEXTS).tolist() == SCORES
    assert classifier.covered(TEXTS).tolist() == COVERED
    scores, covered = classifier.score_texts(iter(TEXTS))
    assert (scores.tolist(), covered.tolist()) == (SCORES, COVERED)


def test_the_highest_score_wins_and_without_a_rule_nothing_is_predicted() -> None:
    classifier = RuleClassifier.from_rule_set(RULES)
    assert classifier.predict(TEXTS).tolist() == ["food", "tech", "food", None, None]
    assert RuleClassifier.from_rule_set(replace(RULES, fallback="tech")).predict(TEXTS).tolist()[3:] == ["tech", "tech"]


def test_probabilities_of_labels_that_exclude_each_other_are_a_softmax() -> None:
    found = RuleClassifier.from_rule_set(RULES).predict_proba(TEXTS)
    assert found[0].tolist() == pytest.approx([sigmoid(4.5), sigmoid(-4.5)])
    assert found[3].tolist() == pytest.approx([sigmoid(0.5), sigmoid(-0.5)])
    assert found.sum(axis=1).tolist() == pytest.approx([1.0] * 5)


def test_labels_that_reach_their_thresholds_are_predicted() -> None:
    classifier = RuleClassifier.from_rule_set(MULTILABEL)
    assert classifier.predict_proba(TEXTS)[2].tolist() == pytest.approx([sigmoid(2.5), sigmoid(2.0)])
    # sigmoid(3.5) = 0.97, sigmoid(2.5) = 0.92 reach 0.9, sigmoid(0.5) = 0.62 doesn't.
    assert classifier.predict(TEXTS).tolist() == [("food",), ("tech",), ("food", "tech"), (), ()]
    found = RuleClassifier.from_rule_set(replace(MULTILABEL, fallback="tech")).predict(TEXTS)
    assert found.tolist()[3:] == [("tech",), ("tech",)]


def test_rules_may_fire_and_no_label_reach_its_threshold() -> None:
    rules = replace(MULTILABEL, thresholds={"food": 1.0, "tech": 0.5}, fallback="tech")
    assert RuleClassifier.from_rule_set(rules).predict(["pie"]).tolist() == [("tech",)]  # tech's score of 0 is a half
    rules = replace(MULTILABEL, thresholds={"food": 1.0, "tech": 0.51}, fallback="tech")
    assert RuleClassifier.from_rule_set(rules).predict(["pie"]).tolist() == [()]


def test_letters_and_words_count_as_the_rule_set_says() -> None:
    plain = RuleClassifier.from_rule_set(replace(RULES, fold=False, boundaries=False))
    assert plain.covered(["Apple", "pineapple", "PHONE"]).tolist() == [False, True, False]


def test_rules_that_fired_with_places_and_weights_heaviest_first() -> None:
    found = RuleClassifier.from_rule_set(RULES).explain("Apple pie or apple phone")
    assert found == [
        FiredRule(PHONE, [(19, 24)]),
        FiredRule(APPLE, [(0, 5), (13, 18)]),
        FiredRule(PIE, [(6, 9)]),
    ]
    assert RuleClassifier.from_rule_set(RULES).explain("nothing") == []


def test_an_explanation_adds_up_to_the_scores() -> None:
    classifier, text = RuleClassifier.from_rule_set(RULES), "apple phone, apple"
    total = {"food": 0.5, "tech": 0.0}
    for rule, _ in classifier.explain(text):
        for label, weight in rule.weights.items():
            total[label] += weight
    assert [[*total.values()]] == classifier.decision_function([text]).tolist()


@pytest.mark.parametrize("rules", [RULES, MULTILABEL])
def test_no_texts_have_no_answers(rules: RuleSet) -> None:
    classifier = RuleClassifier.from_rule_set(rules)
    assert classifier.predict([]).shape == (0,)
    assert classifier.decision_function([]).shape == classifier.predict_proba([]).shape == (0, 2)


@pytest.mark.parametrize(("rules", "said"), [(RULES, "tech"), (MULTILABEL, ("tech",))])
def test_a_set_without_rules_predicts_its_fallback_and_is_not_saved(rules: RuleSet, said: Any, tmp_path: Path) -> None:
    classifier = RuleClassifier.from_rule_set(replace(rules, rules=(), fallback="tech"))
    assert classifier.predict(["apple", ""]).tolist() == [said, said]
    assert classifier.explain("apple") == []
    path = tmp_path / "rules.json"
    assert error_message(classifier.save, path) == "there is no rule to write: expected at least one"
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("name", ["predict", "predict_proba", "decision_function", "covered", "score_texts"])
def test_texts_that_are_not_strings_are_refused(name: str) -> None:
    ask = getattr(RuleClassifier.from_rule_set(RULES), name)
    assert error_message(ask, "apple") == "texts are str 'apple': expected a list of texts"
    assert error_message(ask, ["apple", 5]) == "text 1 is int '5': expected str"
    assert error_message(ask, [None]) == "text 0 is NoneType 'None': expected str"


def test_texts_that_are_not_strings_are_neither_explained_nor_fitted() -> None:
    classifier = RuleClassifier([APPLE, PHONE])
    assert error_message(RuleClassifier.from_rule_set(RULES).explain, 5) == "text 0 is int '5': expected str"
    assert error_message(classifier.fit, ["apple", b"phone"], ["food", "tech"]).startswith("text 1 is bytes ")
    assert (
        error_message(classifier.fit, ["apple"], "food")
        == "labels are str 'food': expected the label or labels of each text"
    )
    assert error_message(classifier.fit, ["apple"], [3]) == (
        "text 0 has the label 3: expected a name, or a collection of names"
    )


@pytest.mark.parametrize("rules", [RULES, MULTILABEL, replace(RULES, fallback="food", fold=False, boundaries=False)])
def test_a_loaded_classifier_predicts_alike(rules: RuleSet, tmp_path: Path) -> None:
    classifier = RuleClassifier.from_rule_set(rules)
    classifier.save(tmp_path / "rules.json")
    for again in (RuleClassifier.load(tmp_path / "rules.json"), pickle.loads(pickle.dumps(classifier))):
        assert again.rule_set_ == rules
        assert again.decision_function(TEXTS).tolist() == classifier.decision_function(TEXTS).tolist()
        assert again.predict(TEXTS).tolist() == classifier.predict(TEXTS).tolist()
        assert again.explain(TEXTS[0]) == classifier.explain(TEXTS[0])


def test_a_weight_that_a_person_edits_counts(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    RuleClassifier.from_rule_set(RULES).save(path)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["rules"][2]["weights"]["tech"] = 1.5
    path.write_text(json.dumps(content, indent=4), encoding="utf-8")
    assert RuleClassifier.load(path).predict(["apple phone"]).tolist() == ["food"]
    assert RuleClassifier.load(path).decision_function(["phone"]).tolist() == [[0.5, 1.5]]


def test_a_classifier_takes_other_rules() -> None:
    classifier = RuleClassifier.from_rule_set(RULES)
    assert classifier.predict(["phone"]).tolist() == ["tech"]
    classifier._adopt(replace(RULES, labels=("tech", "food"), rules=(replace(PHONE, text="screen"),)))
    assert classifier.predict(["phone", "screen"]).tolist() == [None, "tech"]
    assert classifier.classes_.tolist() == ["tech", "food"]


def test_score_is_the_share_of_exact_predictions() -> None:
    assert RuleClassifier.from_rule_set(RULES).score(TEXTS[:4], ["food", "tech", "tech", "food"]) == 0.5
    expected = [{"food"}, "tech", ("tech", "food"), ["food"]]
    assert RuleClassifier.from_rule_set(MULTILABEL).score(TEXTS[:4], expected) == 0.75
    assert error_message(RuleClassifier.from_rule_set(RULES).score, [], []) == (
        "got 0 texts but 0 labels: expected at least one text, and its labels"
    )


# Of each four texts the model says food of two; people say so of the last one too.
CORPUS = ["apple pie", "apple", "a phone", "my phone, a pie"] * 30
MODEL_SAYS = ["food", "food", "tech", "tech"] * 30
PEOPLE_SAY = ["food", "food", "tech", "food"] * 30


def fit_classifier(y: Sequence[Any], **options: Any) -> RuleClassifier:
    return RuleClassifier([APPLE, PIE, PHONE], **options).fit(CORPUS, y)


def test_rules_are_fitted_to_what_the_model_or_people_say() -> None:
    for labels in (MODEL_SAYS, PEOPLE_SAY):
        classifier = fit_classifier(labels)
        assert classifier.score(CORPUS, labels) == 1.0
        assert evaluate(classifier, CORPUS, [frozenset([label]) for label in labels]).accuracy == 1.0
    assert fit_classifier(MODEL_SAYS).predict(["phone pie", "pear"]).tolist() == ["tech", None]
    assert fit_classifier(PEOPLE_SAY, fallback="tech").predict(["phone pie", "pear"]).tolist() == ["food", "tech"]


def test_rules_are_fitted_to_several_labels() -> None:
    said = [("food",), ("food",), ("tech",), ("tech", "food")] * 30
    classifier = fit_classifier(said)
    assert classifier.score(CORPUS, said) == 1.0
    assert classifier.predict(["phone pie", "apple", "pear"]).tolist() == [("food", "tech"), ("food",), ()]


def test_the_same_texts_make_the_same_rules() -> None:
    assert fit_classifier(MODEL_SAYS).rule_set_ == fit_classifier(np.array(MODEL_SAYS)).rule_set_


def test_a_fitted_classifier_predicts_alike_when_loaded(tmp_path: Path) -> None:
    classifier = fit_classifier(PEOPLE_SAY)
    classifier.save(tmp_path / "rules.json")
    again = RuleClassifier.load(tmp_path / "rules.json")
    assert again.decision_function(CORPUS).tolist() == classifier.decision_function(CORPUS).tolist()


def test_a_saved_classifier_can_be_fitted_again_with_all_its_rules() -> None:
    again = RuleClassifier.from_rule_set(RULES).fit(CORPUS, PEOPLE_SAY)
    assert again.rules_per_label == 2
    assert again.score(CORPUS, PEOPLE_SAY) == 1.0


def test_a_store_predicts_at_once_and_is_fitted_to_texts(mined: Any) -> None:
    mined.publish({"tech": {"phone": {}}, "food": {"apple": {}, "pie": {}}})
    classifier = RuleClassifier.from_store(mined.address)
    # Each rule counts log 3, and the labels are as frequent: of equal scores the first label is said.
    assert classifier.predict(["phone", "apple", "phone apple", "none"]).tolist() == ["tech", "food", "tech", None]
    before = classifier.rule_set_
    classifier.fit(CORPUS, PEOPLE_SAY)
    assert classifier.rule_set_ != before
    assert classifier.score(CORPUS, PEOPLE_SAY) == 1.0
    assert classifier.rule_set_.provenance["model_digest"] == "d3"


WORDS = st.lists(st.text(alphabet="aB 水,ß", min_size=1, max_size=3), min_size=1, max_size=6, unique_by=str.casefold)
PLAIN = st.text(alphabet="aAbB 水,ß", max_size=12)


@settings(max_examples=60, deadline=None)
@given(words=WORDS, texts=st.lists(PLAIN, max_size=5), data=st.data())
def test_scores_are_those_of_a_naive_search_and_saving_changes_none(
    words: list[str], texts: list[str], data: st.DataObject
) -> None:
    weights = data.draw(st.lists(st.integers(-8, 8), min_size=len(words), max_size=len(words)))
    rules = tuple(
        Rule(str(row), "a", word, {"a": weight / 4})
        for row, (word, weight) in enumerate(zip(words, weights, strict=True))
    )
    found = RuleSet("multiclass", ("a", "b"), rules, {"b": 0.25}, fold=False, boundaries=False)
    classifier = RuleClassifier.from_rule_set(found)
    expected = [[sum(rule.weights["a"] for rule in rules if rule.text in text), 0.25] for text in texts]
    assert classifier.decision_function(texts).tolist() == expected
    assert classifier.covered(texts).tolist() == [any(word in text for word in words) for text in texts]
    again = RuleClassifier.from_rule_set(parse_rules(rules_to_json(found), "rules.json"))
    assert again.rule_set_ == found
    assert again.predict(texts).tolist() == classifier.predict(texts).tolist()


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = {
        "sklearn",
        "scipy",
        "sqlalchemy",
        "psycopg",
        "tensorflow",
        "keras",
        "ray",
        "pandas",
        "matplotlib",
        "pydantic",
    }
    code = f"import camlode.rules.classifier, sys; print(sorted({heavy} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_saved_classifier_answers_without_what_it_was_made_with(tmp_path: Path) -> None:
    RuleClassifier.from_rule_set(RULES).save(tmp_path / "rules.json")
    code = (
        "import sys; from camlode.rules.classifier import RuleClassifier\n"
        f"print(RuleClassifier.load({str(tmp_path / 'rules.json')!r}).predict(['apple']).tolist())\n"
        "print(sorted({'sklearn', 'sqlalchemy', 'psycopg', 'tensorflow', 'ray', 'pandas', 'sql'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines() == ["['food']", "[]"]


CANDIDATES = tuple(
    Rule(f"1/{label}/{rank}", label, text, {}, {"importance": 12 / rank})
    for label, texts in {"food": ["apple", "pear"], "tech": ["phone", "screen"]}.items()
    for rank, text in enumerate(texts, start=1)
)
SKLEARN_TEXTS = ["apple", "pear", "a phone", "screen"] * 15
SKLEARN_TARGETS = ["food", "food", "tech", "tech"] * 15
DEFAULTS = {
    "candidates": (),
    "rules_per_label": 50,
    "selection": "best",
    "fallback": None,
    "fold": True,
    "boundaries": True,
    "labels": None,
    "provenance": None,
}
# Those of scikit-learn's checks that don't feed numbers to it.
CHECKS = (
    "check_estimator_repr",
    "check_estimator_cloneable",
    "check_get_params_invariance",
    "check_set_params",
    "check_parameters_default_constructible",
    "check_no_attributes_set_in_init",
    "check_valid_tag_types",
    "check_estimator_tags_renamed",
    "check_mixin_order",
    "check_estimators_unfitted",
    "check_n_features_in_after_fitting",
)


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_s_checks_that_need_no_numeric_input(name: str) -> None:
    getattr(estimator_checks, name)("RuleClassifier", RuleClassifier(CANDIDATES))


@pytest.mark.filterwarnings("ignore:Can't test estimator")
def test_scikit_learn_s_own_check_of_estimators_passes() -> None:
    results = estimator_checks.check_estimator(RuleClassifier(CANDIDATES), on_fail=None, on_skip=None)
    assert [each["check_name"] for each in results if each["status"] == "failed"] == []


def test_its_parameters_are_the_arguments_of_its_constructor() -> None:
    assert RuleClassifier().get_params() == DEFAULTS
    changed = RuleClassifier().set_params(rules_per_label=3, fallback="food")
    assert changed.get_params(deep=False) == DEFAULTS | {"rules_per_label": 3, "fallback": "food"}


def test_a_parameter_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="RuleClassifier has no parameter 'rule_per_label': it has candidates, rules_"):
        RuleClassifier().set_params(rule_per_label=3)


def test_a_copy_has_the_parameters_and_nothing_that_was_learned() -> None:
    classifier = RuleClassifier(CANDIDATES, rules_per_label=2).fit(SKLEARN_TEXTS, SKLEARN_TARGETS)
    copied = clone(classifier)
    assert copied.get_params() == classifier.get_params()
    assert copied.candidates is CANDIDATES
    with pytest.raises(NotFittedError):
        check_is_fitted(copied)
    with pytest.raises(NotFittedError, match="this RuleClassifier has no rules yet: call fit, load or from_store"):
        copied.predict(SKLEARN_TEXTS)


@pytest.mark.parametrize(
    "name", ["predict", "predict_proba", "decision_function", "covered", "score_texts", "explain", "save"]
)
def test_without_rules_every_method_raises(name: str, tmp_path: Any) -> None:
    asked = {"save": tmp_path / "rules.json", "explain": "apple"}.get(name, SKLEARN_TEXTS)
    with pytest.raises(NotFittedError):
        getattr(RuleClassifier(CANDIDATES), name)(asked)


def test_it_is_a_classifier_of_texts_that_can_have_several_labels() -> None:
    assert is_classifier(RuleClassifier())
    tags = get_tags(RuleClassifier())
    assert (tags.input_tags.string, tags.input_tags.two_d_array) == (True, False)
    assert tags.classifier_tags.multi_label
    assert tags.target_tags.required


def test_it_is_shown_without_its_candidates() -> None:
    assert repr(RuleClassifier(CANDIDATES, fallback="food")) == (
        "RuleClassifier(rules_per_label=50, selection='best', fallback='food', fold=True, boundaries=True, labels=None)"
    )


def test_it_is_fitted_once_it_has_rules() -> None:
    check_is_fitted(RuleClassifier.from_rule_set(RuleSet("multiclass", ("food",), CANDIDATES[:1], {})))


def test_it_is_the_last_step_of_a_pipeline() -> None:
    lower = FunctionTransformer(lambda texts: [text.replace("-", " ") for text in texts])
    pipeline = Pipeline([("clean", lower), ("rules", RuleClassifier(CANDIDATES))])
    pipeline.set_params(rules__rules_per_label=1).fit(SKLEARN_TEXTS, SKLEARN_TARGETS)
    assert pipeline["rules"].rules_per_label == 1
    assert len(pipeline["rules"].rule_set_.rules) == 2
    pipeline.set_params(rules__rules_per_label=2).fit(SKLEARN_TEXTS, SKLEARN_TARGETS)
    assert pipeline.predict(["an-apple", "no-phone", "-"]).tolist() == ["food", "tech", None]
    assert pipeline.score(["an-apple", "no-phone"], ["food", "food"]) == 0.5
    assert pipeline.predict_proba(["an-apple"]).shape == (1, 2)


def test_its_best_number_of_rules_is_searched_for() -> None:
    # One rule a label leaves half of the texts without an answer.
    search = GridSearchCV(
        RuleClassifier(CANDIDATES, selection="importance"), {"rules_per_label": np.arange(1, 3)}, cv=3
    )
    search.fit(SKLEARN_TEXTS, SKLEARN_TARGETS)
    assert search.best_params_ == {"rules_per_label": 2}
    assert search.cv_results_["mean_test_score"].tolist() == [0.5, 1.0]
    assert search.predict(["pear"]).tolist() == ["food"]


def test_it_is_cross_validated() -> None:
    classifier = RuleClassifier(CANDIDATES, fallback="food")
    assert (
        cross_val_score(classifier, np.array(SKLEARN_TEXTS, dtype=object), SKLEARN_TARGETS, cv=3).tolist() == [1.0] * 3
    )
    found = cross_val_score(classifier, SKLEARN_TEXTS, SKLEARN_TARGETS, cv=3, scoring="f1_macro")
    assert found.tolist() == [1.0] * 3
    assert cross_val_score(classifier, SKLEARN_TEXTS, SKLEARN_TARGETS, cv=3, scoring="neg_log_loss").min() > np.log(0.5)
