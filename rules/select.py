"""Which candidates become rules: at most so many for each label, that together say most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from rules.joint import chosen_jointly
from rules.orders import measures_of
from rules.picking import best_of_each, distinct, picked
from rules.weights import learned

if TYPE_CHECKING:
    import numpy.typing as npt

    from rules.evidence import Evidence

    Numbers = npt.NDArray[np.int64]

Selection = Literal["best", "joint", "regression", "coverage", "importance", "weighted", "log-odds"]
SELECTIONS: tuple[Selection, ...] = get_args(Selection)
"""joint: for all labels at once, each rule for what the others leave unsaid. regression: by their weights in a logistic
regression on all candidates. best: joint or regression, whichever says more of texts that are held out. coverage: for
the texts that it newly covers, less those of other labels. The others are orders of `camlode query`, first come first
chosen."""

_ALL_PENALTY, _ALL_ITERATIONS = 3.0, 40
"""Of the regression on all candidates: their penalty, and how long it goes on; only the order of weights is needed."""

_CONSIDERED = 3
"""So many times as many candidates are looked at as are chosen by it: some are near-duplicates."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How rules are chosen.

    per_label: the most rules of a label. discount: what a text still counts once a rule of the label covers it.
    against: what a covered text of another label costs, by coverage.
    """

    per_label: int
    selection: Selection = "joint"
    discount: float = 0.3
    against: float = 0.5


def select(evidence: Evidence, settings: Settings) -> Numbers:
    """The numbers of the chosen candidates, by label and in the order in which they were chosen; no text twice.

    "best" is "joint" here: `rules.tuning.tuned_settings` finds out which is.
    """
    choosers = {"best": chosen_jointly, "joint": chosen_jointly, "regression": _by_regression, "coverage": _by_coverage}
    chooser = choosers.get(settings.selection, _by_order)
    chosen = chooser(evidence, settings)
    return np.array([number for label in chosen for number in label], dtype=np.int64)


def _by_regression(evidence: Evidence, settings: Settings) -> list[list[int]]:
    """By what each adds for its label where all candidates have their say."""
    weights = learned(
        evidence.firing,
        evidence.said,
        exclusive=evidence.exclusive,
        penalty=_ALL_PENALTY,
        iterations=_ALL_ITERATIONS,
    )
    own = weights.rules[evidence.columns, evidence.labels]
    by_candidate = evidence.firing.T.tocsr()
    first = best_of_each(evidence, own, own > 0, [_CONSIDERED * settings.per_label] * evidence.said.shape[1])
    return [
        numbers[distinct(by_candidate[evidence.columns[numbers]], settings.per_label)].tolist() for numbers in first
    ]


def _by_coverage(evidence: Evidence, settings: Settings) -> list[list[int]]:
    """Each for the texts of its label that it newly covers, less a part of those of others."""
    by_candidate = evidence.firing.T.tocsr()
    worth = np.where(evidence.said, 1.0, -settings.against)
    gain = (by_candidate @ worth)[evidence.columns, evidence.labels]
    free = np.ones(len(gain), dtype=np.bool_)
    chosen: list[list[int]] = []
    for label, numbers in enumerate(best_of_each(evidence, gain, free, [len(gain)] * worth.shape[1])):
        fired = by_candidate[evidence.columns[numbers]]
        taken = picked(fired, worth[:, label], np.ones(len(numbers)), settings.per_label, settings.discount)
        chosen.append(numbers[taken].tolist())
    return chosen


def _by_order(evidence: Evidence, settings: Settings) -> list[list[int]]:
    measures, wanted = measures_of(evidence.candidates, settings.selection), [settings.per_label] * len(evidence.said.T)
    free = np.ones(len(measures), dtype=np.bool_)
    return [numbers.tolist() for numbers in best_of_each(evidence, measures, free, wanted)]
