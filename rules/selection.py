"""Selection: which candidates become rules, at most a given number for each label.

Strategies differ in how they judge a candidate: by a boosting step for all labels at once, by the weights of a
regression on all candidates, by the texts that it newly covers, or by a statistic of its pattern.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from camlode.config.errors import RulesError
from camlode.rules.weights import fit_weights, probabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.pipeline.arrays import BoolArray, FloatArray, IntArray
    from camlode.rules.evidence import Evidence
    from camlode.rules.rule_set import Rule

Selection = Literal["best", "joint", "regression", "coverage", "importance", "weighted", "log-odds"]
SELECTIONS: tuple[Selection, ...] = get_args(Selection)
"""joint: boosting for all labels at once, each rule for what the others leave unexplained. regression: the highest
weights in a logistic regression on all candidates. best: joint or regression, whichever has the lower loss on held-out
texts. coverage: greedily, for the texts of the label that a rule newly covers, less those of other labels. The others
are the orders of `camlode query`: the first candidates of that order."""

NEAR_DUPLICATE_SHARE = 0.9
"""Two candidates are near-duplicates if the texts with both are at least this share of the texts with either."""

BOOSTING_ROUNDS = 8
"""How often the weights are fitted again while rules are selected jointly."""

_BOOSTING_POOL = 6
"""Candidates considered in a round, as a multiple of the rules still to select: near-duplicates are skipped."""

_HESSIAN_SMOOTHING = 1.0
"""Added to the second derivative of the loss, so that a candidate in few texts is not overrated."""

_REGRESSION_PENALTY, _REGRESSION_ITERATIONS = 3.0, 40
"""Of the regression on all candidates. Only the order of the weights matters, so few iterations suffice."""

_REGRESSION_POOL = 3
"""Candidates considered, as a multiple of the rules to select: near-duplicates are skipped."""

_RANKING_FACTORS = {"importance": ("importance",), "weighted": ("importance", "precision"), "log-odds": ("log_odds_z",)}


@dataclass(frozen=True, slots=True)
class SelectionSettings:
    """How rules are selected.

    per_label: the maximum number of rules of a label.
    discount: the factor of a text's worth for each selected rule of the label that covers it.
    conflict_cost: the cost of a covered text of another label, for coverage.
    """

    per_label: int
    selection: Selection = "joint"
    discount: float = 0.3
    conflict_cost: float = 0.5


def select_rules(evidence: Evidence, settings: SelectionSettings) -> IntArray:
    """Select rules; return the indices of the candidates by label, in the order of selection, no text twice.

    "best" selects as "joint" does: `camlode.rules.fitting.tune_settings` finds out which of the two is better.

    Raises:
        RulesError: a candidate lacks the statistic that the selection ranks by.
    """
    strategies: dict[str, Callable[[Evidence, SelectionSettings], list[IntArray]]] = {
        "best": select_boosted,
        "joint": select_boosted,
        "regression": select_by_regression,
        "coverage": select_greedily,
    }
    return np.concatenate(strategies.get(settings.selection, select_by_rank)(evidence, settings))


def select_boosted(evidence: Evidence, settings: SelectionSettings) -> list[IntArray]:
    """Select by boosting: each round takes the candidates whose Newton step lowers the log loss most.

    The gain of a candidate is the sum over labels of G² / H, where G and H are the first and second derivatives of the
    log loss with respect to its weight (Friedman, Hastie & Tibshirani 2000; Chen & Guestrin 2016).
    """
    targets = evidence.targets
    by_candidate = evidence.firing_matrix.T.tocsr()
    predicted: FloatArray = np.tile(targets.mean(axis=0), (len(targets), 1))
    selected: list[list[int]] = [[] for _ in range(targets.shape[1])]
    free = np.ones(len(evidence.candidates), dtype=np.bool_)
    for quota in _round_quotas(settings.per_label):
        residual, missing = targets - predicted, [quota - len(label) for label in selected]
        # A rule's weight enters a text's score once, so the derivatives of the loss with respect to it are sums over
        # the texts in which it fires: G of target − probability, H of probability · (1 − probability).
        first = by_candidate @ residual
        second = by_candidate @ (predicted * (1 - predicted)) + _HESSIAN_SMOOTHING
        label_gradient, label_hessian = (each[evidence.columns, evidence.labels] for each in (first, second))
        # Only evidence for the label makes a rule of it; its absence would be a rule of the others.
        free &= label_gradient > 0
        # The gain is the same for all labels of a text, because a rule has a weight for each label. The tiny second
        # term breaks the tie: the rule belongs to the label that it is most evidence for.
        gain = (first**2 / second).sum(axis=1)[evidence.columns] + label_gradient / len(targets) ** 2
        pools = _best_per_label(evidence, gain, free, [_BOOSTING_POOL * count for count in missing])
        for label, pool in enumerate(pools):
            fired, earlier = (by_candidate[evidence.columns[each]] for each in (pool, selected[label]))
            new = ~_near_duplicates(fired, earlier)
            free[pool[~new]] = False
            fired, pool = fired[new], pool[new]
            # All rules of a round are taken with the weights of the round before: the discount accounts for those
            # taken already, at a fraction of the cost of fitting after each rule.
            taken = pool[_pick(fired, residual[:, label], label_hessian[pool], missing[label], settings.discount)]
            selected[label].extend(taken.tolist())
            free &= ~np.isin(evidence.columns, evidence.columns[taken])
        so_far = evidence.select_candidates([index for label in selected for index in label])
        weights = fit_weights(so_far.firing_matrix, targets, exclusive=evidence.exclusive, iterations=30)
        predicted = probabilities(weights.scores(so_far.firing_matrix), exclusive=evidence.exclusive)
    return [np.array(label, dtype=np.int64) for label in selected]


def select_by_regression(evidence: Evidence, settings: SelectionSettings) -> list[IntArray]:
    """Select the candidates with the highest weights for their labels in a regression on all candidates."""
    weights = fit_weights(
        evidence.firing_matrix,
        evidence.targets,
        exclusive=evidence.exclusive,
        penalty=_REGRESSION_PENALTY,
        iterations=_REGRESSION_ITERATIONS,
    )
    label_weights = weights.rules[evidence.columns, evidence.labels]
    by_candidate = evidence.firing_matrix.T.tocsr()
    limits = [_REGRESSION_POOL * settings.per_label] * evidence.targets.shape[1]
    return [
        pool[_drop_near_duplicates(by_candidate[evidence.columns[pool]], settings.per_label)]
        for pool in _best_per_label(evidence, label_weights, label_weights > 0, limits)
    ]


def select_greedily(evidence: Evidence, settings: SelectionSettings) -> list[IntArray]:
    """Select by coverage: each for the texts of its label that it newly covers, less a part of those of others."""
    by_candidate = evidence.firing_matrix.T.tocsr()
    worth = np.where(evidence.targets, 1.0, -settings.conflict_cost)
    gain = (by_candidate @ worth)[evidence.columns, evidence.labels]
    pools = _best_per_label(evidence, gain, np.ones(len(gain), dtype=np.bool_), [len(gain)] * worth.shape[1])
    return [
        pool[
            _pick(
                by_candidate[evidence.columns[pool]],
                worth[:, label],
                np.ones(len(pool)),
                settings.per_label,
                settings.discount,
            )
        ]
        for label, pool in enumerate(pools)
    ]


def select_by_rank(evidence: Evidence, settings: SelectionSettings) -> list[IntArray]:
    """Select the first candidates in an order of `camlode query`; raises what `ranking_scores` raises."""
    scores = ranking_scores(evidence.candidates, settings.selection)
    limits = [settings.per_label] * evidence.targets.shape[1]
    return _best_per_label(evidence, scores, np.ones(len(scores), dtype=np.bool_), limits)


def ranking_scores(candidates: Sequence[Rule], order: str) -> FloatArray:
    """The score of each candidate [candidates] in the order "importance", "weighted" or "log-odds".

    Raises:
        RulesError: a candidate lacks the statistic.
    """
    return np.array([_ranking_score(rule, order) for rule in candidates], dtype=np.float64)


def _ranking_score(rule: Rule, order: str) -> float:
    values = {name: rule.statistics.get(name) for name in _RANKING_FACTORS[order]}
    for name, value in values.items():
        if value is None:
            raise RulesError(
                f"candidate {rule.id} has no {name}, which selection={order!r} ranks by: use joint or coverage, which "
                "need none"
            )
    return float(prod(value for value in values.values() if value is not None))


def _round_quotas(per_label: int) -> list[int]:
    """The number of rules that a label may have after each round."""
    return sorted({round(per_label * step / BOOSTING_ROUNDS) for step in range(BOOSTING_ROUNDS + 1)} - {0})


def _best_per_label(evidence: Evidence, gain: FloatArray, free: BoolArray, limits: Sequence[int]) -> list[IntArray]:
    """For each label the `limits` free candidates with the highest gain; a text goes to the label it gains most in."""
    indices = np.flatnonzero(free)
    indices = indices[np.argsort(-gain[indices], kind="stable")]
    _, first = np.unique(evidence.columns[indices], return_index=True)
    indices = indices[np.sort(first)]
    candidate_labels = evidence.labels[indices]
    return [indices[candidate_labels == label][:limit] for label, limit in enumerate(limits)]


def _pick(fired: Any, worth: FloatArray, scale: FloatArray, limit: int, discount: float) -> IntArray:
    """Pick rows of `fired` [candidates, texts] one after another, each for what its texts are still worth [texts].

    A row's gain is (Σ worth)² / `scale`, the Newton gain with `scale` the second derivative; a text that is covered
    keeps `discount` of its worth.
    """
    worth, free = worth.copy(), np.ones(fired.shape[0], dtype=np.bool_)
    taken: list[int] = []
    while len(taken) < limit and free.any():
        sums = fired @ worth
        gains = np.where(free & (sums > 0), sums**2 / scale, 0.0)
        best = int(gains.argmax())
        if gains[best] <= 0:
            break
        taken.append(best)
        free &= _is_distinct(fired, best)
        worth[fired.indices[fired.indptr[best] : fired.indptr[best + 1]]] *= discount
    return np.array(taken, dtype=np.int64)


def _near_duplicates(fired: Any, earlier: Any) -> BoolArray:
    """Which rows of `fired` [candidates, texts] are near-duplicates of a row of `earlier` [selected, texts]."""
    shared = (fired @ earlier.T).toarray()
    either = np.diff(fired.indptr)[:, None] + np.diff(earlier.indptr) - shared
    return np.asarray((shared >= NEAR_DUPLICATE_SHARE * either).any(axis=1))


def _drop_near_duplicates(fired: Any, limit: int) -> IntArray:
    """The first `limit` rows of `fired` [candidates, texts] that are not near-duplicates of rows before them."""
    free = np.ones(fired.shape[0], dtype=np.bool_)
    taken: list[int] = []
    for row in range(len(free)):
        if free[row] and len(taken) < limit:
            taken.append(row)
            free &= _is_distinct(fired, row)
    return np.array(taken, dtype=np.int64)


def _is_distinct(fired: Any, row: int) -> BoolArray:
    """Which rows of `fired` are not near-duplicates of `row` [candidates]; the row itself is one."""
    texts = np.zeros(fired.shape[1], dtype=np.float32)
    texts[fired.indices[fired.indptr[row] : fired.indptr[row + 1]]] = 1
    shared, sizes = fired @ texts, np.diff(fired.indptr)
    return np.asarray(shared < NEAR_DUPLICATE_SHARE * (sizes + sizes[row] - shared))
