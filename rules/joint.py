"""Rules chosen for all labels at once, each for what the others leave unsaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rules.picking import find_near_duplicates, pick_greedily, select_best_per_label
from rules.weights import fit_weights, probabilities

if TYPE_CHECKING:
    from rules.evidence import Evidence
    from rules.select import SelectionSettings

BOOSTING_ROUNDS = 8
"""How often the weights are learned anew while rules are chosen jointly."""

_BOOSTING_POOL = 6
"""Of each round's best candidates so many times as many are looked at as are chosen."""

_HESSIAN_SMOOTHING = 1.0
"""Added to the second derivative of the loss, so that a candidate in few texts is not overrated."""


def select_boosted(evidence: Evidence, settings: SelectionSettings) -> list[list[int]]:
    """Boosting: in each round those whose Newton step lowers the log loss most, then all weights are learned anew.

    A candidate's gain is the sum over labels of G² / H, with G and H the loss's first and second derivatives along
    its weight (Friedman, Hastie & Tibshirani 2000; Chen & Guestrin 2016).
    """
    targets, exclusive = evidence.targets, evidence.exclusive
    by_candidate = evidence.firing_matrix.T.tocsr()
    predicted = np.tile(targets.mean(axis=0), (len(targets), 1))
    chosen: list[list[int]] = [[] for _ in range(targets.shape[1])]
    free = np.ones(len(evidence.candidates), dtype=np.bool_)
    for quota in _round_quotas(settings.per_label):
        residual, wanted = targets - predicted, [quota - len(label) for label in chosen]
        first, second = by_candidate @ residual, by_candidate @ (predicted * (1 - predicted)) + _HESSIAN_SMOOTHING
        own, own_second = (each[evidence.columns, evidence.labels] for each in (first, second))
        free &= own > 0
        # The sum is the same for all labels of a text: it goes to the one that it says most of.
        gain = (first**2 / second).sum(axis=1)[evidence.columns] + own / len(targets) ** 2
        for label, numbers in enumerate(
            select_best_per_label(evidence, gain, free, [_BOOSTING_POOL * many for many in wanted])
        ):
            fired, before = (by_candidate[evidence.columns[each]] for each in (numbers, chosen[label]))
            new = ~find_near_duplicates(fired, before)
            free[numbers[~new]] = False
            fired, numbers = fired[new], numbers[new]
            taken = numbers[
                pick_greedily(fired, residual[:, label], own_second[numbers], wanted[label], settings.discount)
            ]
            chosen[label].extend(taken.tolist())
            free &= ~np.isin(evidence.columns, evidence.columns[taken])
        so_far = evidence.select_candidates([number for label in chosen for number in label])
        weights = fit_weights(so_far.firing_matrix, targets, exclusive=exclusive, iterations=30)
        predicted = probabilities(weights.scores(so_far.firing_matrix), exclusive=exclusive)
    return chosen


def _round_quotas(per_label: int) -> list[int]:
    """How many rules a label may have after each round."""
    return sorted({round(per_label * step / BOOSTING_ROUNDS) for step in range(BOOSTING_ROUNDS + 1)} - {0})
