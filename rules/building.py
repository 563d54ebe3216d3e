"""How a rule set is made: from a store alone, or from candidates and labelled texts."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import RulesError
from config.names import did_you_mean
from rules.evidence import collect_evidence, label_matrix
from rules.rule_set import Rule, RuleSet
from rules.select import SELECTIONS, SelectionSettings, select_rules
from rules.tuning import tune_settings, tune_weights

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rules.classifier import RuleClassifier
    from rules.evidence import Evidence
    from rules.tuning import TunedParameters
    from rules.weights import Weights

MIN_WEIGHT = 0.05
"""Weights below this are left out (logits): they change hardly an answer, and a file is read by people."""


def fit_rules(classifier: RuleClassifier, texts: Sequence[str], y: Sequence[str | Collection[str]]) -> RuleSet:
    """The rule set that says `y` of `texts`: one label each, or a collection; raises as `RuleClassifier.fit` does."""
    check_parameters(classifier)
    if not texts or len(texts) != len(y):
        raise RulesError(f"there are {len(texts)} texts and {len(y)} labels of them: expected as many, and not none")
    exclusive = all(isinstance(label, str) for label in y)
    labels = collect_labels(classifier, y)
    evidence = collect_evidence(
        classifier.candidates,
        texts,
        label_matrix(y, labels),
        labels,
        exclusive=exclusive,
        fold=classifier.fold,
        boundaries=classifier.boundaries,
    )
    settings = tune_settings(evidence, SelectionSettings(classifier.rules_per_label, classifier.selection))
    chosen = evidence.select_candidates(select_rules(evidence, settings))
    if not chosen.candidates:
        raise RulesError(
            f"none of the {len(classifier.candidates)} candidates tells the labels of the {len(texts)} texts apart: "
            "expected some that stand in texts of their label more than in others"
        )
    weights, tuned = tune_weights(chosen)
    return _build_rule_set(classifier, chosen, labels, weights, tuned, settings.selection)


def check_parameters(classifier: RuleClassifier) -> None:
    """Raises a RulesError about settings of which no rule set can be made."""
    per_label = classifier.rules_per_label
    if not isinstance(per_label, Integral) or isinstance(per_label, bool) or per_label < 1:
        raise RulesError(f"rules_per_label is {per_label!r}: expected a whole number from 1 on")
    if classifier.selection not in SELECTIONS:
        raise RulesError(
            f"selection is {classifier.selection!r}: {did_you_mean(str(classifier.selection), SELECTIONS)}"
        )
    if not len(classifier.candidates):
        raise RulesError("there are no candidates to choose rules from: RuleClassifier.from_store reads those of a run")
    ids: set[str] = set()
    for rule in classifier.candidates:
        if not rule.text:
            raise RulesError(f"the text of candidate {rule.id!r} is empty, and would fire everywhere: leave it out")
        if rule.id in ids:
            raise RulesError(f"there are two candidates {rule.id!r}: expected different ids")
        ids.add(rule.id)


def collect_labels(classifier: RuleClassifier, y: Sequence[str | Collection[str]]) -> tuple[str, ...]:
    """All labels, in the order of the columns.

    Raises:
        RulesError: the fallback, or a candidate's label, is not among those that the classifier was given.
    """
    candidate_labels = {rule.label for rule in classifier.candidates}
    if classifier.labels is None:
        targets = {name for label in y for name in ((label,) if isinstance(label, str) else label)}
        labels = tuple(sorted(targets | candidate_labels))
    else:
        labels = tuple(classifier.labels)
    for label in sorted(candidate_labels - {*labels}):
        raise RulesError(
            f"candidates speak for {label!r}, which is not among the labels: {did_you_mean(label, labels)}"
        )
    if classifier.fallback is not None and classifier.fallback not in labels:
        raise RulesError(f"fallback is {classifier.fallback!r}: {did_you_mean(str(classifier.fallback), labels)}")
    return labels


def _build_rule_set(
    classifier: RuleClassifier,
    chosen: Evidence,
    labels: tuple[str, ...],
    weights: Weights,
    tuned: TunedParameters,
    selection: str,
) -> RuleSet:
    own = [labels[number] for number in chosen.labels]
    return RuleSet(
        task="multiclass" if chosen.exclusive else "multilabel",
        labels=labels,
        rules=tuple(
            Rule(rule.id, label, rule.text, _rule_weights(label, labels, row), rule.statistics)
            for rule, label, row in zip(chosen.candidates, own, weights.rules, strict=True)
        ),
        biases=_round_values(labels, weights.biases),
        thresholds={} if chosen.exclusive else _round_values(labels, tuned.thresholds),
        fallback=classifier.fallback,
        fold=classifier.fold,
        boundaries=classifier.boundaries,
        provenance=(classifier.provenance or {}) | {"selection": selection, "texts": len(chosen.targets)},
    )


def _rule_weights(label: str, labels: tuple[str, ...], row: Any) -> dict[str, float]:
    """A rule's weights, its own label's first and then the heaviest."""
    heavy = [number for number in np.argsort(-np.abs(row), kind="stable") if abs(row[number]) >= MIN_WEIGHT]
    values = {labels[number]: round(float(row[number]), 3) for number in heavy}
    return {label: values.pop(label, 0.0)} | values


def _round_values(labels: tuple[str, ...], values: Any) -> dict[str, float]:
    return {label: round(float(value), 3) for label, value in zip(labels, values, strict=True)}
