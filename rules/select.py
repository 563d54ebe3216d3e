"""Which candidates become rules: at most so many for each label, that together say most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from rules.joint import select_boosted
from rules.orders import ranking_scores
from rules.picking import drop_near_duplicates, pick_greedily, select_best_per_label
from rules.weights import fit_weights

if TYPE_CHECKING:
    import numpy.typing as npt

    from rules.evidence import Evidence

    IntArray = npt.NDArray[np.int64]

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

    "best" is "joint" here: `rules.tuning.tune_settings` finds out which is.
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
