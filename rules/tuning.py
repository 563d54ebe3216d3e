"""What is chosen on texts that are held out: the settings of a selection, the penalty of weights, thresholds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rules.select import select
from rules.weights import PENALTY, Weights, learned, probabilities

if TYPE_CHECKING:
    from rules.evidence import Evidence
    from rules.select import Settings

_EVERY = 5
"""Of so many texts one is held out."""

_ENOUGH = 100
"""With fewer texts nothing is held out, and settings stay as they are."""

_AGAINST, _DISCOUNTS = (0.25, 0.5, 1.0), (0.1, 0.3, 0.6)
_PENALTIES = (0.3, 1.0, 3.0)
_THRESHOLDS = np.arange(1, 20) / 20


class Tuned(NamedTuple):
    """The penalty of the weights, and for each label the probability from which it counts [labels]."""

    penalty: float
    thresholds: Any


def tuned_settings(evidence: Evidence, settings: Settings) -> Settings:
    """The settings whose rules do best on held-out texts, where the selection leaves something open.

    Of "best", whether it is "joint" or "regression"; of "coverage", what a text of another label costs and what a
    covered one is still worth. The joint selection hardly hangs on its discount, so it is not tried.
    """
    if len(evidence.said) < _ENOUGH:
        return replace(settings, selection="joint") if settings.selection == "best" else settings
    choices = _choices(settings)
    if len(choices) == 1:
        return settings
    kept, held_out = _parts(evidence)

    def loss(each: Settings) -> float:
        chosen = select(kept, each)
        known, asked = kept.of_candidates(chosen), held_out.of_candidates(chosen)
        return _loss(_answers(known, asked, PENALTY, 30), asked)

    return min(choices, key=loss)


def _choices(settings: Settings) -> list[Settings]:
    if settings.selection == "best":
        return [replace(settings, selection="joint"), replace(settings, selection="regression")]
    if settings.selection == "coverage":
        return [replace(settings, against=cost, discount=left) for cost, left in product(_AGAINST, _DISCOUNTS)]
    return [settings]


def tuned_weights(evidence: Evidence) -> tuple[Weights, Tuned]:
    """The weights of all candidates, learned from all texts with what does best on those held out."""
    if len(evidence.said) < _ENOUGH:
        tuned = Tuned(PENALTY, np.full(evidence.said.shape[1], 0.5))
    else:
        tuned = _tuned(*_parts(evidence))
    weights = learned(evidence.firing, evidence.said, exclusive=evidence.exclusive, penalty=tuned.penalty)
    return weights, tuned


def _tuned(kept: Evidence, held_out: Evidence) -> Tuned:
    answers = {penalty: _answers(kept, held_out, penalty, 100) for penalty in _PENALTIES}
    penalty = min(_PENALTIES, key=lambda each: _loss(answers[each], held_out))
    given = answers[penalty]
    return Tuned(penalty, np.array([_threshold(*columns) for columns in zip(given.T, held_out.said.T, strict=True)]))


def _parts(evidence: Evidence) -> tuple[Evidence, Evidence]:
    out = np.arange(len(evidence.said)) % _EVERY == 0
    return evidence.of_texts(np.flatnonzero(~out)), evidence.of_texts(np.flatnonzero(out))


def _answers(kept: Evidence, held_out: Evidence, penalty: float, iterations: int) -> Any:
    weights = learned(kept.firing, kept.said, exclusive=kept.exclusive, penalty=penalty, iterations=iterations)
    return probabilities(weights.scores(held_out.firing), exclusive=kept.exclusive)


def _loss(given: Any, held_out: Evidence) -> float:
    """The mean log loss; a text without a label of an exclusive set is not asked."""
    likely = np.clip(given, 1e-12, 1)
    if held_out.exclusive:
        return float(-np.log(likely[held_out.said]).mean())
    return float(-np.where(held_out.said, np.log(likely), np.log(np.clip(1 - given, 1e-12, 1))).mean())


def _threshold(given: Any, said: Any) -> float:
    """The threshold of the highest F1, the one nearest to a half of equals; a half where the label is never said."""
    if not said.any():
        return 0.5
    hits = given[:, None] >= _THRESHOLDS
    scores = 2 * (hits & said[:, None]).sum(axis=0) / (hits.sum(axis=0) + said.sum())
    best = np.flatnonzero(scores == scores.max())
    return float(_THRESHOLDS[best[np.abs(_THRESHOLDS[best] - 0.5).argmin()]])
