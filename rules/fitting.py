"""How a rule set is made: from a store alone, or from candidates and labelled texts."""
# MERGED: What is chosen on texts that are held out: the settings of a selection, the penalty of weights, thresholds.

from __future__ import annotations

from dataclasses import replace
from itertools import product
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from camlode.config.errors import RulesError, did_you_mean
from camlode.rules.evidence import collect_evidence, label_matrix
from camlode.rules.rule_set import Rule, RuleSet
from camlode.rules.selection import SELECTIONS, SelectionSettings, select_rules
from camlode.rules.weights import PENALTY, Weights, fit_weights, probabilities

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from camlode.rules.classifier import RuleClassifier
    from camlode.rules.evidence import Evidence

_HOLD_OUT_EVERY = 5
"""Of so many texts one is held out."""

_MIN_TEXTS = 100
"""With fewer texts nothing is held out, and settings stay as they are."""

_CONFLICT_COSTS, _DISCOUNTS = (0.25, 0.5, 1.0), (0.1, 0.3, 0.6)
_PENALTIES = (0.3, 1.0, 3.0)
_THRESHOLDS = np.arange(1, 20) / 20


class TunedParameters(NamedTuple):
    """The penalty of the weights, and for each label the probability from which it counts [labels]."""

    penalty: float
    thresholds: Any


def tune_settings(evidence: Evidence, settings: SelectionSettings) -> SelectionSettings:
    """The settings whose rules do best on held-out texts, where the selection leaves something open.

    Of "best", whether it is "joint" or "regression"; of "coverage", what a text of another label costs and what a
    covered one is still worth. The joint selection hardly hangs on its discount, so it is not tried.
    """
    if len(evidence.targets) < _MIN_TEXTS:
        return replace(settings, selection="joint") if settings.selection == "best" else settings
    choices = _candidate_settings(settings)
    if len(choices) == 1:
        return settings
    training, held_out = _split_held_out(evidence)

    def loss(each: SelectionSettings) -> float:
        chosen = select_rules(training, each)
        trained, tested = training.select_candidates(chosen), held_out.select_candidates(chosen)
        return _loss(_fit_and_predict(trained, tested, PENALTY, 30), tested)

    return min(choices, key=loss)


def _candidate_settings(settings: SelectionSettings) -> list[SelectionSettings]:
    if settings.selection == "best":
        return [replace(settings, selection="joint"), replace(settings, selection="regression")]
    if settings.selection == "coverage":
        return [
            replace(settings, conflict_cost=cost, discount=left) for cost, left in product(_CONFLICT_COSTS, _DISCOUNTS)
        ]
    return [settings]


def tune_weights(evidence: Evidence) -> tuple[Weights, TunedParameters]:
    """The weights of all candidates, learned from all texts with what does best on those held out."""
    if len(evidence.targets) < _MIN_TEXTS:
        tuned = TunedParameters(PENALTY, np.full(evidence.targets.shape[1], 0.5))
    else:
        tuned = _tune(*_split_held_out(evidence))
    weights = fit_weights(evidence.firing_matrix, evidence.targets, exclusive=evidence.exclusive, penalty=tuned.penalty)
    return weights, tuned


def _tune(training: Evidence, held_out: Evidence) -> TunedParameters:
    answers = {penalty: _fit_and_predict(training, held_out, penalty, 100) for penalty in _PENALTIES}
    penalty = min(_PENALTIES, key=lambda each: _loss(answers[each], held_out))
    predicted = answers[penalty]
    return TunedParameters(
        penalty, np.array([_find_threshold(*columns) for columns in zip(predicted.T, held_out.targets.T, strict=True)])
    )


def _split_held_out(evidence: Evidence) -> tuple[Evidence, Evidence]:
    out = np.arange(len(evidence.targets)) % _HOLD_OUT_EVERY == 0
    return evidence.select_texts(np.flatnonzero(~out)), evidence.select_texts(np.flatnonzero(out))


def _fit_and_predict(training: Evidence, held_out: Evidence, penalty: float, iterations: int) -> Any:
    weights = fit_weights(
        training.firing_matrix, training.targets, exclusive=training.exclusive, penalty=penalty, iterations=iterations
    )
    return probabilities(weights.scores(held_out.firing_matrix), exclusive=training.exclusive)


def _loss(predicted: Any, held_out: Evidence) -> float:
    """The mean log loss; a text without a label of an exclusive set is not asked."""
    likely = np.clip(predicted, 1e-12, 1)
    if held_out.exclusive:
        return float(-np.log(likely[held_out.targets]).mean())
    return float(-np.where(held_out.targets, np.log(likely), np.log(np.clip(1 - predicted, 1e-12, 1))).mean())


def _find_threshold(predicted: Any, targets: Any) -> float:
    """The threshold of the highest F1, the one nearest to a half of equals; a half where the label is never said."""
    if not targets.any():
        return 0.5
    hits = predicted[:, None] >= _THRESHOLDS
    scores = 2 * (hits & targets[:, None]).sum(axis=0) / (hits.sum(axis=0) + targets.sum())
    best = np.flatnonzero(scores == scores.max())
    return float(_THRESHOLDS[best[np.abs(_THRESHOLDS[best] - 0.5).argmin()]])


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
