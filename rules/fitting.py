"""Fit a rule set to labelled texts: select rules among candidates, tune on held-is_held_out texts, fit the weights."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from numbers import Integral
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from camlode.config.errors import RulesError, did_you_mean
from camlode.rules.evidence import collect_evidence, label_matrix
from camlode.rules.rule_set import Rule, RuleSet, to_label_set
from camlode.rules.selection import SELECTIONS, Selection, SelectionSettings, select_rules
from camlode.rules.weights import PENALTY, Weights, fit_weights, probabilities

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from camlode.pipeline.arrays import BoolArray, FloatArray
    from camlode.rules.evidence import Evidence

MIN_WEIGHT = 0.05
"""Smaller weights, in logits, are left out of a rule set: they hardly change a prediction, and people read the file."""

_HOLD_OUT_EVERY = 5
"""One text of this many is held is_held_out."""

_MIN_TEXTS = 100
"""With fewer texts nothing is held is_held_out or tuned."""

_CONFLICT_COSTS, _DISCOUNTS = (0.25, 0.5, 1.0), (0.1, 0.3, 0.6)
_PENALTIES = (0.3, 1.0, 3.0)
_THRESHOLDS = np.arange(1, 20) / 20


@dataclass(frozen=True, slots=True)
class RuleOptions:
    """What a rule set is made from and how; see `camlode.rules.classifier.RuleClassifier` for the fields.

    Raises:
        RulesError: a value is invalid, there are no candidates, or two of them have the same id.
    """

    candidates: Sequence[Rule]
    rules_per_label: int = 50
    selection: Selection = "best"
    fallback: str | None = None
    fold: bool = True
    boundaries: bool = True
    labels: Sequence[str] | None = None
    provenance: Mapping[str, str | int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        per_label, selection = self.rules_per_label, self.selection
        # Integral, and not int: a search over parameters passes the integers of NumPy.
        if not isinstance(per_label, Integral) or isinstance(per_label, bool) or per_label < 1:
            raise RulesError(f"rules_per_label is {per_label!r}: expected a positive integer")
        if selection not in SELECTIONS:
            raise RulesError(f"selection is {selection!r}: {did_you_mean(str(selection), SELECTIONS)}")
        if not len(self.candidates):
            raise RulesError(
                "there are no candidates to choose rules from: RuleClassifier.from_store reads those of a run"
            )
        ids: set[str] = set()
        for rule in self.candidates:
            if not rule.text:
                raise RulesError(f"the text of candidate {rule.id!r} is empty and would occur everywhere: leave it out")
            if rule.id in ids:
                raise RulesError(f"there are two candidates {rule.id!r}: expected different ids")
            ids.add(rule.id)

    def resolve_labels(self, y: Sequence[str | Collection[str]] = ()) -> tuple[str, ...]:
        """All labels, in the order of the columns: those of the options, or those of `y` and the candidates, sorted.

        Raises:
            RulesError: the fallback, or the label of a candidate, is not among them.
        """
        candidate_labels = {rule.label for rule in self.candidates}
        if self.labels is None:
            labels = tuple(sorted(candidate_labels.union(*map(to_label_set, y))))
        else:
            labels = tuple(self.labels)
        for label in sorted(candidate_labels - {*labels}):
            raise RulesError(f"a candidate's label is {label!r}, not one of the labels: {did_you_mean(label, labels)}")
        if self.fallback is not None and self.fallback not in labels:
            raise RulesError(f"fallback is {self.fallback!r}: {did_you_mean(str(self.fallback), labels)}")
        return labels


def fit_rules(options: RuleOptions, texts: Sequence[str], y: Sequence[str | Collection[str]]) -> RuleSet:
    """Fit a rule set that predicts `y` from `texts`.

    y: one label for each text, or a collection of labels for each: then the rule set is `multilabel`.

    Raises:
        RulesError: there are no texts or not as many labels, a label is unknown, or no candidate is informative.
    """
    if not texts or len(texts) != len(y):
        raise RulesError(f"got {len(texts)} texts but {len(y)} labels: expected at least one text, and its labels")
    exclusive = all(isinstance(label, str) for label in y)
    labels = options.resolve_labels(y)
    evidence = collect_evidence(
        options.candidates,
        texts,
        label_matrix(y, labels),
        labels,
        exclusive=exclusive,
        fold=options.fold,
        boundaries=options.boundaries,
    )
    settings = tune_settings(evidence, SelectionSettings(options.rules_per_label, options.selection))
    selected = evidence.select_candidates(select_rules(evidence, settings))
    if not selected.candidates:
        raise RulesError(
            f"none of the {len(options.candidates)} candidates distinguishes the labels of the {len(texts)} texts: "
            "expected some that occur in texts of their label more often than in others"
        )
    weights, tuned = tune_weights(selected)
    return RuleSet(
        task="multiclass" if exclusive else "multilabel",
        labels=labels,
        rules=tuple(
            Rule(rule.id, rule.label, rule.text, _round_weights(rule.label, labels, row), rule.statistics)
            for rule, row in zip(selected.candidates, weights.rules, strict=True)
        ),
        biases=_round_values(labels, weights.biases),
        thresholds={} if exclusive else _round_values(labels, tuned.thresholds),
        fallback=options.fallback,
        fold=options.fold,
        boundaries=options.boundaries,
        provenance={**options.provenance, "selection": settings.selection, "texts": len(texts)},
    )


class TunedParameters(NamedTuple):
    """The penalty of the weights, and for each label the probability from which it is predicted [labels]."""

    penalty: float
    thresholds: FloatArray


def tune_settings(evidence: Evidence, settings: SelectionSettings) -> SelectionSettings:
    """Find the settings whose rules have the lowest loss on held-is_held_out texts, if the selection leaves any open.

    For "best": whether it is "joint" or "regression". For "coverage": the conflict cost and the discount. The joint
    selection hardly depends on its discount, which is not tuned.
    """
    choices = _candidate_settings(settings)
    if len(evidence.targets) < _MIN_TEXTS:
        return choices[0] if settings.selection == "best" else settings
    if len(choices) == 1:
        return settings
    training, held_out = _split_held_out(evidence)

    def loss(each: SelectionSettings) -> float:
        selected = select_rules(training, each)
        trained, tested = training.select_candidates(selected), held_out.select_candidates(selected)
        return _mean_log_loss(_fit_and_predict(trained, tested, PENALTY, 30), tested)

    return min(choices, key=loss)


def tune_weights(evidence: Evidence) -> tuple[Weights, TunedParameters]:
    """Fit the weights of all candidates to all texts, with the parameters that do best on held-is_held_out texts."""
    if len(evidence.targets) < _MIN_TEXTS:
        tuned = TunedParameters(PENALTY, np.full(evidence.targets.shape[1], 0.5))
    else:
        tuned = _tune_parameters(*_split_held_out(evidence))
    weights = fit_weights(evidence.firing_matrix, evidence.targets, exclusive=evidence.exclusive, penalty=tuned.penalty)
    return weights, tuned


def _candidate_settings(settings: SelectionSettings) -> list[SelectionSettings]:
    if settings.selection == "best":
        return [replace(settings, selection="joint"), replace(settings, selection="regression")]
    if settings.selection == "coverage":
        grid = product(_CONFLICT_COSTS, _DISCOUNTS)
        return [replace(settings, conflict_cost=cost, discount=discount) for cost, discount in grid]
    return [settings]


def _tune_parameters(training: Evidence, held_out: Evidence) -> TunedParameters:
    predictions = {penalty: _fit_and_predict(training, held_out, penalty, 100) for penalty in _PENALTIES}
    penalty = min(_PENALTIES, key=lambda each: _mean_log_loss(predictions[each], held_out))
    columns = zip(predictions[penalty].T, held_out.targets.T, strict=True)
    return TunedParameters(penalty, np.array([_find_threshold(*each) for each in columns]))


def _split_held_out(evidence: Evidence) -> tuple[Evidence, Evidence]:
    is_held_out = np.arange(len(evidence.targets)) % _HOLD_OUT_EVERY == 0
    return evidence.select_texts(np.flatnonzero(~is_held_out)), evidence.select_texts(np.flatnonzero(is_held_out))


def _fit_and_predict(training: Evidence, held_out: Evidence, penalty: float, iterations: int) -> FloatArray:
    weights = fit_weights(
        training.firing_matrix, training.targets, exclusive=training.exclusive, penalty=penalty, iterations=iterations
    )
    return probabilities(weights.scores(held_out.firing_matrix), exclusive=training.exclusive)


def _mean_log_loss(predicted: FloatArray, held_out: Evidence) -> float:
    """The mean log loss; with exclusive labels, a text without a label does not count."""
    likely = np.clip(predicted, 1e-12, 1)
    if held_out.exclusive:
        return float(-np.log(likely[held_out.targets]).mean())
    return float(-np.where(held_out.targets, np.log(likely), np.log(np.clip(1 - predicted, 1e-12, 1))).mean())


def _find_threshold(predicted: FloatArray, targets: BoolArray) -> float:
    """The threshold with the highest F1, ties go to the one nearest 0.5; 0.5 for a label that no text has."""
    if not targets.any():
        return 0.5
    is_predicted = predicted[:, None] >= _THRESHOLDS
    scores = 2 * (is_predicted & targets[:, None]).sum(axis=0) / (is_predicted.sum(axis=0) + targets.sum())
    best = np.flatnonzero(scores == scores.max())
    return float(_THRESHOLDS[best[np.abs(_THRESHOLDS[best] - 0.5).argmin()]])


def _round_weights(label: str, labels: Sequence[str], row: FloatArray) -> dict[str, float]:
    """A rule's weights: its own label's first, then the others in descending order of magnitude."""
    significant = [index for index in np.argsort(-np.abs(row), kind="stable") if abs(row[index]) >= MIN_WEIGHT]
    values = {labels[index]: round(float(row[index]), 3) for index in significant}
    return {label: values.pop(label, 0.0)} | values


def _round_values(labels: Sequence[str], values: FloatArray) -> dict[str, float]:
    return {label: round(float(value), 3) for label, value in zip(labels, values, strict=True)}
