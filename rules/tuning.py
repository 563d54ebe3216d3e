"""What is chosen on texts that are held out: the settings of a selection, the penalty of weights, thresholds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rules.select import select_rules
from rules.weights import PENALTY, Weights, fit_weights, probabilities

if TYPE_CHECKING:
    from rules.evidence import Evidence
    from rules.select import SelectionSettings

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
