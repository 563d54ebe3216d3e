"""What a classifier answered and what was expected of it, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from rules.rule_set import RuleSet

    BoolArray = npt.NDArray[np.bool_]


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
