"""Measures of a set of answers, as functions of what adds up over texts: so that they can be resampled."""
# MERGED: What a classifier answered and what was expected of it, as arrays.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from camlode.rules.rule_set import RuleSet

    BoolArray = npt.NDArray[np.bool_]
    from collections.abc import Callable

    FloatArray = npt.NDArray[np.float64]


class Predictor(Protocol):
    """What is evaluated: rules, and the labels that they give texts."""

    @property
    def rule_set_(self) -> RuleSet:
        """The rules that it decides by."""

    def predict(self, texts: Sequence[str]) -> Iterable[str | tuple[str, ...] | None]:
        """The label of each text or None, or of a multi-label classifier the labels."""


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The labels that texts were given, and those that they should have: both [texts, labels]."""

    labels: tuple[str, ...]
    predicted: BoolArray
    expected: BoolArray

    @property
    def correct(self) -> BoolArray:
        """The texts that were given exactly the labels that they should have: [texts]."""
        return np.asarray((self.predicted == self.expected).all(axis=1))


def make_outcomes(
    predicted: Sequence[Iterable[str]], expected: Sequence[Iterable[str]], labels: Sequence[str]
) -> Outcomes:
    """The outcomes of texts by their labels' names; those of `labels` come first, then any others that are there."""
    others = {name for names in (*predicted, *expected) for name in names} - {*labels}
    known = (*labels, *sorted(others))
    place = {name: number for number, name in enumerate(known)}
    return Outcomes(known, membership_matrix(predicted, place), membership_matrix(expected, place))


def predict_label_sets(classifier: Predictor, texts: Sequence[str]) -> list[frozenset[str]]:
    """The labels that a classifier gives each text: none where it has no answer."""
    return [_label_set(answer) for answer in classifier.predict(texts)]


def membership_matrix(sets: Sequence[Iterable[str]], place: dict[str, int]) -> BoolArray:
    """Which names are in which sets: [sets, names]; names that have no place are left out."""
    pairs = [(row, place[name]) for row, names in enumerate(sets) for name in names if name in place]
    found = np.zeros((len(sets), len(place)), dtype=np.bool_)
    if pairs:
        rows, columns = np.array(pairs).T
        found[rows, columns] = True
    return found


def _label_set(answer: str | tuple[str, ...] | None) -> frozenset[str]:
    if answer is None:
        return frozenset()
    return frozenset([answer]) if isinstance(answer, str) else frozenset(answer)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums over texts, of one set of them or of many [sets]: how many there are, how many of them are correct.

    By label [labels], or [sets, labels]: texts that were given it, that should have it, and both ("hits").
    """

    texts: FloatArray
    correct: FloatArray
    hits: FloatArray
    predicted: FloatArray
    expected: FloatArray


def count_per_text(outcomes: Outcomes) -> FloatArray:
    """What adds up to `Sums`: [texts, 2 + 3 · labels]."""
    ones, correct = np.ones(len(outcomes.correct)), outcomes.correct
    hits = outcomes.predicted & outcomes.expected
    return np.column_stack([ones, correct, hits, outcomes.predicted, outcomes.expected]).astype(np.float64)


def unpack_sums(added: FloatArray) -> Sums:
    """The sums of what `count_per_text` gave, added up over texts: [2 + 3 · labels], or [sets, 2 + 3 · labels]."""
    return Sums(added[..., 0], added[..., 1], *np.split(added[..., 2:], 3, axis=-1))


def accuracy(sums: Sums) -> FloatArray:
    """The share of texts that were given exactly the labels that they should have."""
    return sums.correct / sums.texts


def micro_f1(sums: Sums) -> FloatArray:
    """F1 of all pairs of text and label together: 2 hits / (answered + expected); not a number where there is none."""
    return _f1(sums.hits.sum(axis=-1), sums.predicted.sum(axis=-1) + sums.expected.sum(axis=-1))


def macro_f1(sums: Sums) -> FloatArray:
    """The mean of the labels' F1, each 2 hits / (answered + expected) ("averaged F1" of Opitz and Burst 2019).

    A label that no text was given and none should have has no F1, and is left out.
    """
    f1 = _f1(sums.hits, sums.predicted + sums.expected)
    defined = ~np.isnan(f1)
    return _ratio(np.where(defined, f1, 0).sum(axis=-1), defined.sum(axis=-1))


def _f1(hits: FloatArray, total: FloatArray) -> FloatArray:
    return _ratio(2 * hits, total)


def _ratio(parts: FloatArray, whole: FloatArray) -> FloatArray:
    """Not a number where the whole is 0."""
    whole = np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(parts, whole, out=np.full(whole.shape, np.nan), where=whole > 0))


MEASURES: dict[str, Callable[[Sums], FloatArray]] = {
    "accuracy": accuracy,
    "micro_f1": micro_f1,
    "macro_f1": macro_f1,
}
"""The measures by the names that they have in stores and tables."""


def compute_measure(name: str, outcomes: Outcomes) -> float:
    """A measure of all texts; not a number where it is not defined."""
    return float(MEASURES[name](unpack_sums(count_per_text(outcomes).sum(axis=0))))
