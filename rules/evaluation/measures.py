"""Measures of predictions as functions of sums over texts.

Because they depend on sums alone, a resample needs one matrix product and no prediction: see
`camlode.pipeline.bootstrap`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from camlode.rules.rule_set import to_label_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from camlode.pipeline.arrays import BoolArray, FloatArray
    from camlode.rules.rule_set import RuleSet


class Predictor(Protocol):
    """A classifier to evaluate: its rules, and the labels that it predicts."""

    @property
    def rule_set_(self) -> RuleSet:
        """The rules that it predicts with."""

    def predict(self, texts: Sequence[str]) -> Iterable[str | tuple[str, ...] | None]:
        """Predict the label of each text or None, or the labels if the rule set is multilabel."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The predicted and the expected labels of texts, both [texts, labels]."""

    labels: tuple[str, ...]
    predicted: BoolArray
    expected: BoolArray

    @property
    def correct(self) -> BoolArray:
        """Whether exactly the expected labels are predicted for each text [texts]."""
        return np.asarray((self.predicted == self.expected).all(axis=1))


def make_outcomes(
    predicted: Sequence[Iterable[str]], expected: Sequence[Iterable[str]], labels: Sequence[str]
) -> Outcomes:
    """Make outcomes from the labels' names: the columns are those of `labels`, then any others, sorted."""
    others = {name for names in (*predicted, *expected) for name in names} - {*labels}
    known = (*labels, *sorted(others))
    columns = {name: index for index, name in enumerate(known)}
    return Outcomes(known, membership_matrix(predicted, columns), membership_matrix(expected, columns))


def predict_label_sets(classifier: Predictor, texts: Sequence[str]) -> list[frozenset[str]]:
    """Predict the labels of each text, as sets."""
    return [*map(to_label_set, classifier.predict(texts))]


def membership_matrix(sets: Sequence[Iterable[str]], columns: Mapping[str, int]) -> BoolArray:
    """Whether each set contains each name of `columns` [sets, names]; other names are ignored."""
    pairs = [(row, columns[name]) for row, names in enumerate(sets) for name in names if name in columns]
    found = np.zeros((len(sets), len(columns)), dtype=np.bool_)
    if pairs:
        found[tuple(np.array(pairs).T)] = True
    return found


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over the texts of one sample, or of many samples along a first axis.

    texts, correct [] or [samples]: the number of texts, and of those with exactly the expected labels.
    true_positives, predicted, expected [labels] or [samples, labels]: the number of texts for which a label is
        predicted and expected, predicted, and expected.
    """

    texts: FloatArray
    correct: FloatArray
    true_positives: FloatArray
    predicted: FloatArray
    expected: FloatArray


def count_per_text(outcomes: Outcomes) -> FloatArray:
    """The terms of `Sums` for each text [texts, 2 + 3 · labels]."""
    ones, correct = np.ones(len(outcomes.correct)), outcomes.correct
    true_positives = outcomes.predicted & outcomes.expected
    return np.column_stack([ones, correct, true_positives, outcomes.predicted, outcomes.expected]).astype(np.float64)


def unpack_sums(added: FloatArray) -> Sums:
    """Convert sums of the rows of `count_per_text`: [2 + 3 · labels], or [samples, 2 + 3 · labels]."""
    return Sums(added[..., 0], added[..., 1], *np.split(added[..., 2:], 3, axis=-1))


def accuracy(sums: Sums) -> FloatArray:
    """The share of texts for which exactly the expected labels are predicted."""
    return sums.correct / sums.texts


def micro_f1(sums: Sums) -> FloatArray:
    """F1 over all pairs of text and label: 2 true_positives / (predicted + expected); NaN if there are no pairs."""
    return _f1(sums.true_positives.sum(axis=-1), sums.predicted.sum(axis=-1) + sums.expected.sum(axis=-1))


def macro_f1(sums: Sums) -> FloatArray:
    """The mean F1 of the labels, each 2 true_positives / (predicted + expected): "averaged F1" of Opitz and Burst 2019.

    A label that is neither predicted nor expected has no F1 and is left out.
    """
    f1 = _f1(sums.true_positives, sums.predicted + sums.expected)
    defined = ~np.isnan(f1)
    return _ratio(np.where(defined, f1, 0).sum(axis=-1), defined.sum(axis=-1))


def _f1(true_positives: FloatArray, total: FloatArray) -> FloatArray:
    return _ratio(2 * true_positives, total)


def _ratio(parts: FloatArray, whole: FloatArray) -> FloatArray:
    """parts / whole, NaN where the whole is 0."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(parts, whole, out=np.full(whole.shape, np.nan), where=whole > 0))


MEASURES: dict[str, Callable[[Sums], FloatArray]] = {
    "accuracy": accuracy,
    "micro_f1": micro_f1,
    "macro_f1": macro_f1,
}
"""The measures by their names in stores and tables."""


def compute_measure(name: str, outcomes: Outcomes) -> float:
    """Compute a measure of all texts; NaN if it is not defined."""
    return float(MEASURES[name](unpack_sums(count_per_text(outcomes).sum(axis=0))))
