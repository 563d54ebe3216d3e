"""Which candidates become rules: at most so many for each label, that together say most."""
# MERGED: Picking candidates one after the other, without near-duplicates.
# MERGED: Rules chosen for all labels at once, each for what the others leave unsaid.
# MERGED: What candidates are measured by where rules are chosen in an order, as `camlode query` has them.

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from camlode.config.errors import RulesError
from camlode.rules.weights import fit_weights, probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from camlode.rules.evidence import Evidence
    from camlode.rules.rule_set import Rule

    IntArray = npt.NDArray[np.int64]

NEAR_DUPLICATE_SHARE = 0.9
"""Two candidates are near-duplicates where they share so much of the texts that either is in."""


def select_best_per_label(evidence: Evidence, gain: Any, free: Any, wanted: Sequence[int]) -> list[IntArray]:
    """Of each label so many free candidates of the highest gain; a text goes to the label it gains most in."""
    numbers = np.flatnonzero(free)
    numbers = numbers[np.argsort(-gain[numbers], kind="stable")]
    _, first = np.unique(evidence.columns[numbers], return_index=True)
    numbers = numbers[np.sort(first)]
    own = evidence.labels[numbers]
    return [numbers[own == label][:many] for label, many in enumerate(wanted)]


def pick_greedily(fired: Any, worth: Any, scale: Any, wanted: int, discount: float) -> IntArray:
    """Rows of `fired` [candidates, texts] one after the other, each for what the texts are still worth."""
    worth, free = worth.copy(), np.ones(fired.shape[0], dtype=np.bool_)
    taken: list[int] = []
    while len(taken) < wanted and free.any():
        sums = fired @ worth
        gains = np.where(free & (sums > 0), sums * np.abs(sums) / scale, 0.0)
        best = int(gains.argmax())
        if gains[best] <= 0:
            break
        taken.append(best)
        free &= _is_distinct(fired, best)
        worth[fired.indices[fired.indptr[best] : fired.indptr[best + 1]]] *= discount
    return np.array(taken, dtype=np.int64)


def find_near_duplicates(fired: Any, before: Any) -> Any:
    """Which rows of `fired` [candidates, texts] are near-duplicates of a row of `before` [chosen, texts]."""
    shared = (fired @ before.T).toarray()
    return (shared >= NEAR_DUPLICATE_SHARE * (np.diff(fired.indptr)[:, None] + np.diff(before.indptr) - shared)).any(
        axis=1
    )


def drop_near_duplicates(fired: Any, wanted: int) -> IntArray:
    """The first rows of `fired` [candidates, texts] that are no near-duplicates of those before."""
    free = np.ones(fired.shape[0], dtype=np.bool_)
    taken: list[int] = []
    for row in range(len(free)):
        if free[row] and len(taken) < wanted:
            taken.append(row)
            free &= _is_distinct(fired, row)
    return np.array(taken, dtype=np.int64)


def _is_distinct(fired: Any, row: int) -> Any:
    """Which rows are no near-duplicates of one [candidates]."""
    there = np.zeros(fired.shape[1], dtype=np.float32)
    there[fired.indices[fired.indptr[row] : fired.indptr[row + 1]]] = 1
    shared, sizes = fired @ there, np.diff(fired.indptr)
    return shared < NEAR_DUPLICATE_SHARE * (sizes + sizes[row] - shared)


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


_ORDER_FACTORS = {"importance": ("importance",), "weighted": ("importance", "precision"), "log-odds": ("log_odds_z",)}


def ranking_scores(candidates: Sequence[Rule], order: str) -> Any:
    """How high each candidate stands [candidates] in the order "importance", "weighted" or "log-odds".

    Raises:
        RulesError: of a candidate that is not known.
    """
    return np.array([_ranking_score(rule, order) for rule in candidates], dtype=np.float64)


def _ranking_score(rule: Rule, order: str) -> float:
    values = {name: rule.statistics.get(name) for name in _ORDER_FACTORS[order]}
    for name, value in values.items():
        if value is None:
            raise RulesError(
                f"candidate {rule.id} has no {name}, by which selection={order!r} chooses: joint and coverage do "
                "without"
            )
    return float(prod(value for value in values.values() if value is not None))


Selection = Literal["best", "joint", "regression", "coverage", "importance", "weighted", "log-odds"]
SELECTIONS: tuple[Selection, ...] = get_args(Selection)
"""joint: for all labels at once, each rule for what the others leave unsaid. regression: by their weights in a logistic
regression on all candidates. best: joint or regression, whichever says more of texts that are held out. coverage: for
the texts that it newly covers, less those of other labels. The others are orders of `camlode query`, first come first
chosen."""

_REGRESSION_PENALTY, _REGRESSION_ITERATIONS = 3.0, 40
"""Of the regression on all candidates: their penalty, and how long it goes on; only the order of weights is needed."""

_REGRESSION_POOL = 3
"""So many times as many candidates are looked at as are chosen by it: some are near-duplicates."""


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """How rules are chosen.

    per_label: the most rules of a label. discount: what a text still counts once a rule of the label covers it.
    against: what a covered text of another label costs, by coverage.
    """

    per_label: int
    selection: Selection = "joint"
    discount: float = 0.3
    conflict_cost: float = 0.5


def select_rules(evidence: Evidence, settings: SelectionSettings) -> IntArray:
    """The numbers of the chosen candidates, by label and in the order in which they were chosen; no text twice.

    "best" is "joint" here: `camlode.rules.fitting.tune_settings` finds out which is.
    """
    choosers = {
        "best": select_boosted,
        "joint": select_boosted,
        "regression": _select_by_regression,
        "coverage": _select_by_coverage,
    }
    chooser = choosers.get(settings.selection, _select_by_order)
    chosen = chooser(evidence, settings)
    return np.array([number for label in chosen for number in label], dtype=np.int64)


def _select_by_regression(evidence: Evidence, settings: SelectionSettings) -> list[list[int]]:
    """By what each adds for its label where all candidates have their say."""
    weights = fit_weights(
        evidence.firing_matrix,
        evidence.targets,
        exclusive=evidence.exclusive,
        penalty=_REGRESSION_PENALTY,
        iterations=_REGRESSION_ITERATIONS,
    )
    own = weights.rules[evidence.columns, evidence.labels]
    by_candidate = evidence.firing_matrix.T.tocsr()
    first = select_best_per_label(
        evidence, own, own > 0, [_REGRESSION_POOL * settings.per_label] * evidence.targets.shape[1]
    )
    return [
        numbers[drop_near_duplicates(by_candidate[evidence.columns[numbers]], settings.per_label)].tolist()
        for numbers in first
    ]


def _select_by_coverage(evidence: Evidence, settings: SelectionSettings) -> list[list[int]]:
    """Each for the texts of its label that it newly covers, less a part of those of others."""
    by_candidate = evidence.firing_matrix.T.tocsr()
    worth = np.where(evidence.targets, 1.0, -settings.conflict_cost)
    gain = (by_candidate @ worth)[evidence.columns, evidence.labels]
    free = np.ones(len(gain), dtype=np.bool_)
    chosen: list[list[int]] = []
    for label, numbers in enumerate(select_best_per_label(evidence, gain, free, [len(gain)] * worth.shape[1])):
        fired = by_candidate[evidence.columns[numbers]]
        taken = pick_greedily(fired, worth[:, label], np.ones(len(numbers)), settings.per_label, settings.discount)
        chosen.append(numbers[taken].tolist())
    return chosen


def _select_by_order(evidence: Evidence, settings: SelectionSettings) -> list[list[int]]:
    measures, wanted = (
        ranking_scores(evidence.candidates, settings.selection),
        [settings.per_label] * len(evidence.targets.T),
    )
    free = np.ones(len(measures), dtype=np.bool_)
    return [numbers.tolist() for numbers in select_best_per_label(evidence, measures, free, wanted)]
