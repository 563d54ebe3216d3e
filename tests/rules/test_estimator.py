from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks, get_tags
from sklearn.utils.validation import check_is_fitted

from camlode.rules.classifier import RuleClassifier
from camlode.rules.rule_set import Rule, RuleSet

CANDIDATES = tuple(
    Rule(f"1/{label}/{rank}", label, text, {}, {"importance": 12 / rank})
    for label, texts in {"food": ["apple", "pear"], "tech": ["phone", "screen"]}.items()
    for rank, text in enumerate(texts, start=1)
)
TEXTS = ["apple", "pear", "a phone", "screen"] * 15
TARGETS = ["food", "food", "tech", "tech"] * 15
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
def test_what_scikit_learn_checks_of_estimators_of_texts(name: str) -> None:
    getattr(estimator_checks, name)("RuleClassifier", RuleClassifier(CANDIDATES))


@pytest.mark.filterwarnings("ignore:Can't test estimator")
def test_all_that_scikit_learn_itself_asks_of_an_estimator_of_texts_passes() -> None:
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
    classifier = RuleClassifier(CANDIDATES, rules_per_label=2).fit(TEXTS, TARGETS)
    copied = clone(classifier)
    assert copied.get_params() == classifier.get_params()
    assert copied.candidates is CANDIDATES
    with pytest.raises(NotFittedError):
        check_is_fitted(copied)
    with pytest.raises(NotFittedError, match="this RuleClassifier has no rules yet: call fit, load or from_store"):
        copied.predict(TEXTS)


@pytest.mark.parametrize(
    "name", ["predict", "predict_proba", "decision_function", "covered", "scored", "explain", "save"]
)
def test_without_rules_nothing_is_answered(name: str, tmp_path: Any) -> None:
    asked = {"save": tmp_path / "rules.json", "explain": "apple"}.get(name, TEXTS)
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
    pipeline.set_params(rules__rules_per_label=1).fit(TEXTS, TARGETS)
    assert pipeline["rules"].rules_per_label == 1
    assert len(pipeline["rules"].rule_set_.rules) == 2
    pipeline.set_params(rules__rules_per_label=2).fit(TEXTS, TARGETS)
    assert pipeline.predict(["an-apple", "no-phone", "-"]).tolist() == ["food", "tech", None]
    assert pipeline.score(["an-apple", "no-phone"], ["food", "food"]) == 0.5
    assert pipeline.predict_proba(["an-apple"]).shape == (1, 2)


def test_its_best_number_of_rules_is_searched_for() -> None:
    # One rule a label leaves half of the texts without an answer.
    search = GridSearchCV(
        RuleClassifier(CANDIDATES, selection="importance"), {"rules_per_label": np.arange(1, 3)}, cv=3
    )
    search.fit(TEXTS, TARGETS)
    assert search.best_params_ == {"rules_per_label": 2}
    assert search.cv_results_["mean_test_score"].tolist() == [0.5, 1.0]
    assert search.predict(["pear"]).tolist() == ["food"]


def test_it_is_cross_validated() -> None:
    classifier = RuleClassifier(CANDIDATES, fallback="food")
    assert cross_val_score(classifier, np.array(TEXTS, dtype=object), TARGETS, cv=3).tolist() == [1.0] * 3
    found = cross_val_score(classifier, TEXTS, TARGETS, cv=3, scoring="f1_macro")
    assert found.tolist() == [1.0] * 3
    assert cross_val_score(classifier, TEXTS, TARGETS, cv=3, scoring="neg_log_loss").min() > np.log(0.5)
