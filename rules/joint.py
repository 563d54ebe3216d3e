"""Rules chosen for all labels at once, each for what the others leave unsaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rules.picking import best_of_each, picked, repeated
from rules.weights import learned, probabilities

if TYPE_CHECKING:
    from rules.evidence import Evidence
    from rules.select import Settings

ROUNDS = 8
"""How often the weights are learned anew while rules are chosen jointly."""

_CONSIDERED = 6
"""Of each round's best candidates so many times as many are looked at as are chosen."""

_SMOOTHING = 1.0
"""Added to the second derivative of the loss, so that a candidate in few texts is not overrated."""


def chosen_jointly(evidence: Evidence, settings: Settings) -> list[list[int]]:
    """Boosting: in each round those whose Newton step lowers the log loss most, then all weights are learned anew.

    A candidate's gain is the sum over labels of G² / H, with G and H the loss's first and second derivatives along
    its weight (Friedman, Hastie & Tibshirani 2000; Chen & Guestrin 2016).
    """
    said, exclusive = evidence.said, evidence.exclusive
    by_candidate = evidence.firing.T.tocsr()
    given = np.tile(said.mean(axis=0), (len(said), 1))
    chosen: list[list[int]] = [[] for _ in range(said.shape[1])]
    free = np.ones(len(evidence.candidates), dtype=np.bool_)
    for upto in _steps(settings.per_label):
        left, wanted = said - given, [upto - len(label) for label in chosen]
        first, second = by_candidate @ left, by_candidate @ (given * (1 - given)) + _SMOOTHING
        own, own_second = (each[evidence.columns, evidence.labels] for each in (first, second))
        free &= own > 0
        # The sum is the same for all labels of a text: it goes to the one that it says most of.
        gain = (first**2 / second).sum(axis=1)[evidence.columns] + own / len(said) ** 2
        for label, numbers in enumerate(best_of_each(evidence, gain, free, [_CONSIDERED * many for many in wanted])):
            fired, before = (by_candidate[evidence.columns[each]] for each in (numbers, chosen[label]))
            new = ~repeated(fired, before)
            free[numbers[~new]] = False
            fired, numbers = fired[new], numbers[new]
            taken = numbers[picked(fired, left[:, label], own_second[numbers], wanted[label], settings.discount)]
            chosen[label].extend(taken.tolist())
            free &= ~np.isin(evidence.columns, evidence.columns[taken])
        so_far = evidence.of_candidates([number for label in chosen for number in label])
        weights = learned(so_far.firing, said, exclusive=exclusive, iterations=30)
        given = probabilities(weights.scores(so_far.firing), exclusive=exclusive)
    return chosen


def _steps(per_label: int) -> list[int]:
    """How many rules a label may have after each round."""
    return sorted({round(per_label * step / ROUNDS) for step in range(ROUNDS + 1)} - {0})
