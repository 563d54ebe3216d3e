"""Evaluate a rule set on labelled texts, rule by rule and as a whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.config.errors import RulesError, join_words
from camlode.rules.evaluation.analysis import RuleAnalysis, RuleFirings, analyse_rules
from camlode.rules.evaluation.measures import (
    Outcomes,
    compute_measure,
    make_outcomes,
    membership_matrix,
    predict_label_sets,
)
from camlode.rules.evidence import firing_matrix
from camlode.rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.rules.evaluation.measures import Predictor
    from camlode.rules.rule_set import RuleSet

    Labels = Sequence[frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The quality of a rule set on some texts, compared with the model's predictions or with gold labels.

    texts: the number of texts.
    documents: the number of texts with known labels.
    coverage: the share of texts in which a rule fires.
    conflicts: the share of texts in which rules of different labels fire.
    accuracy: the share of `documents` that get exactly their labels; compared with a model this is fidelity. A text
        without a prediction is wrong, unless the set is multilabel and the text has no label.
    covered_accuracy: the accuracy on the texts in which a rule fires; None if there are none.
    micro_f1: of a multilabel set; None for others, or if not defined.
    macro_f1: the mean F1 of the labels; None if not defined.
    rules: the analysis of each rule.
    """

    texts: int
    documents: int
    coverage: float
    conflicts: float
    accuracy: float
    covered_accuracy: float | None
    micro_f1: float | None
    macro_f1: float | None
    rules: tuple[RuleAnalysis, ...]

    def measures(self) -> dict[str, float]:
        """The measures of the set by name, without those that are not defined."""
        names = ("documents", "accuracy", "micro_f1", "macro_f1", "coverage", "covered_accuracy", "conflicts")
        return {name: float(value) for name in names if (value := getattr(self, name)) is not None}

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as values that JSON can represent."""
        return asdict(self)


def evaluate(classifier: Predictor, texts: Sequence[str], labels: Labels) -> Evaluation:
    """Evaluate a classifier on texts with `labels`, predicted by the model or gold; None if a text's are unknown.

    With a `multiclass` set, a text without a label counts as one with unknown labels.

    Raises:
        RulesError: no label is known, or none is one of the classifier's.
    """
    rules = classifier.rule_set_
    labels = check_known_labels(rules, labels)
    known = np.array([each is not None for each in labels], dtype=np.bool_)
    fired = find_firings(rules, texts)
    expected = membership_matrix(
        [each or () for each in labels], {name: number for number, name in enumerate(rules.labels)}
    )
    outcomes = predict_outcomes(classifier, texts, labels)
    covered = outcomes.correct[fired.covered[known]]
    return Evaluation(
        texts=len(texts),
        documents=int(known.sum()),
        coverage=float(fired.covered.mean()),
        conflicts=float(fired.conflicted.mean()),
        accuracy=compute_measure("accuracy", outcomes),
        covered_accuracy=float(covered.mean()) if len(covered) else None,
        micro_f1=_none_if_nan(compute_measure("micro_f1", outcomes)) if rules.task == "multilabel" else None,
        macro_f1=_none_if_nan(compute_measure("macro_f1", outcomes)),
        rules=analyse_rules(rules.rules, fired, expected, known),
    )


def predict_outcomes(classifier: Predictor, texts: Sequence[str], labels: Labels) -> Outcomes:
    """Predict the texts with known labels; return predictions and labels, for bootstrap intervals."""
    known = zip(texts, check_known_labels(classifier.rule_set_, labels), strict=True)
    labelled = [(text, expected) for text, expected in known if expected is not None]
    predicted = predict_label_sets(classifier, [text for text, _ in labelled])
    return make_outcomes(predicted, [expected for _, expected in labelled], classifier.rule_set_.labels)


def find_firings(rules: RuleSet, texts: Sequence[str]) -> RuleFirings:
    """Find which rules fire in which texts."""
    index = {name: number for number, name in enumerate(rules.labels)}
    matcher = Matcher([rule.text for rule in rules.rules], fold=rules.fold, boundaries=rules.boundaries)
    numbers = np.array([index[rule.label] for rule in rules.rules], dtype=np.int64)
    return RuleFirings(firing_matrix(matcher, texts), numbers)


def check_known_labels(rules: RuleSet, labels: Labels) -> Labels:
    """Return the labels of each text, None if they are unknown.

    Raises:
        RulesError: no label is known, or none is one of the rules'.
    """
    known = [each or None for each in labels] if rules.task == "multiclass" else labels
    if all(each is None for each in known):
        raise RulesError(f"there is nothing to evaluate rules on: none of the {len(labels)} texts has a label")
    names = {name for each in known for name in each or ()}
    if names and not names & {*rules.labels}:
        raise RulesError(
            f"none of the texts' labels is one of the rules': expected {join_words(rules.labels)}; "
            f"got {join_words(sorted(names))}"
        )
    return known


def _none_if_nan(value: float) -> float | None:
    return None if np.isnan(value) else value
