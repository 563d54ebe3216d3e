"""Analysis of single rules: how often each fires, alone or with others, and how often it is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from camlode.pipeline.arrays import BoolArray, IntArray
    from camlode.rules.rule_set import Rule


class FiringMatrix(Protocol):
    """Which rules fire in which texts: a sparse matrix [texts, rules] in CSR format, each pair once."""

    indptr: npt.NDArray[Any]
    indices: npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class RuleAnalysis:
    """The measures of a rule, as Snorkel's `LFAnalysis.lf_summary` defines them for labelling functions.

    polarity: the label that the rule gives.
    coverage: the share of all texts in which it fires.
    overlaps: the share in which another rule fires too.
    conflicts: the share in which a rule of another label fires too. In a multilabel set these need not be mistakes.
    correct, incorrect: of the texts with known labels in which it fires, those that have its label and the others.
    precision: correct / (correct + incorrect), Snorkel's empirical accuracy; None if both are 0.

    Source: Ratner et al. 2017; snorkel.labeling.LFAnalysis of Snorkel 0.9.
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
    """All pairs of a text and a rule that fires in it; `labels` [rules] are the indices of the rules' labels."""

    def __init__(self, firing_matrix: FiringMatrix, labels: IntArray) -> None:
        counts = np.diff(firing_matrix.indptr)
        self.texts: int = len(counts)
        self.rules = np.asarray(firing_matrix.indices)
        self.rows = np.repeat(np.arange(self.texts), counts)
        self.labels = labels[self.rules]
        self._count = len(labels)
        # Distinct pairs of text and label, so that rules of one label do not conflict.
        pairs = np.unique(self.rows * (1 + labels.max(initial=0)) + self.labels)
        distinct = np.bincount(pairs // (1 + labels.max(initial=0)), minlength=self.texts)
        self.covered: BoolArray = counts > 0
        self.overlapped: BoolArray = counts > 1
        self.conflicted: BoolArray = distinct > 1

    def count(self, mask: npt.NDArray[Any] | None = None) -> IntArray:
        """Count the texts in which each rule fires [rules], or only the pairs that `mask` [pairs] selects."""
        chosen = self.rules if mask is None else self.rules[mask]
        return np.bincount(chosen, minlength=self._count)


def analyse_rules(
    rules: Sequence[Rule], fired: RuleFirings, expected: BoolArray, known: BoolArray
) -> tuple[RuleAnalysis, ...]:
    """Analyse each rule, in their order.

    expected: the labels that texts have [texts, labels].
    known: whether a text's labels are known [texts].
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
