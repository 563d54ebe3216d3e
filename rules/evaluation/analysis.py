"""Each rule by itself: how often it fires, with which others, and how often it is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from camlode.rules.rule_set import Rule

    IntArray = npt.NDArray[np.int64]
    BoolArray = npt.NDArray[np.bool_]


class FiringMatrix(Protocol):
    """Which rules fire in which texts: a sparse matrix [texts, rules] in compressed rows, each pair once."""

    indptr: npt.NDArray[Any]
    indices: npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class RuleAnalysis:
    """A rule by the columns of labelling-function analysis, as Snorkel's `LFAnalysis.lf_summary` defines them.

    A rule gives the texts in which it fires one label, its `polarity`. Of all texts: the share in which it fires
    (`coverage`), in which another fires too (`overlaps`), and one of another label (`conflicts`). Of the texts whose
    labels are known: in how many it fires and its label is among theirs (`correct`) or not (`incorrect`), and
    `precision`, the share of the first, which Snorkel calls empirical accuracy; None where it fires in none.

    Source: Ratner et al. 2017; snorkel.labeling.LFAnalysis of Snorkel 0.9. Labels of a multi-label classifier can
    be true together, so there conflicts need not be mistakes.
    """

    rule: str
    text: str
    polarity: str
    coverage: float
    overlaps: float
    conflicts: float
    correct: int
    incorrect: int
    precision: float | None


class RuleFirings:
    """All pairs of a text and a rule that fires in it, by the rules' labels.

    `labels` [rules] number the labels.
    """

    def __init__(self, firing_matrix: FiringMatrix, labels: IntArray) -> None:
        counts = np.diff(firing_matrix.indptr)
        self.texts: int = len(counts)
        self.rules = np.asarray(firing_matrix.indices)
        self.rows = np.repeat(np.arange(self.texts), counts)
        self.labels = labels[self.rules]
        self._count = len(labels)
        pairs = np.unique(self.rows * (1 + labels.max(initial=0)) + self.labels)
        distinct = np.bincount(pairs // (1 + labels.max(initial=0)), minlength=self.texts)
        self.covered: BoolArray = counts > 0
        self.overlapped: BoolArray = counts > 1
        self.conflicted: BoolArray = distinct > 1

    def count(self, mask: npt.NDArray[Any] | None = None) -> IntArray:
        """In how many texts each rule fires [rules]; only pairs for which `mask` [pairs] holds, if it is given."""
        chosen = self.rules if mask is None else self.rules[mask]
        return np.bincount(chosen, minlength=self._count)


def analyse(
    rules: Sequence[Rule], fired: RuleFirings, expected: BoolArray, known: BoolArray
) -> tuple[RuleAnalysis, ...]:
    """Each rule's analysis, in their order.

    expected: the labels that texts should have [texts, labels]; known: of which texts that is known [texts].
    """
    right = expected[fired.rows, fired.labels]
    correct = fired.count(right & known[fired.rows]).tolist()
    judged_texts = fired.count(known[fired.rows]).tolist()
    coverage, overlaps, conflicts = (
        (fired.count(mask) / fired.texts).tolist()
        for mask in (None, fired.overlapped[fired.rows], fired.conflicted[fired.rows])
    )
    return tuple(
        RuleAnalysis(
            rule=rule.id,
            text=rule.text,
            polarity=rule.label,
            coverage=coverage[number],
            overlaps=overlaps[number],
            conflicts=conflicts[number],
            correct=correct[number],
            incorrect=judged_texts[number] - correct[number],
            precision=correct[number] / judged_texts[number] if judged_texts[number] else None,
        )
        for number, rule in enumerate(rules)
    )
