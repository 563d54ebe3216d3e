"""How good a classifier's answers are: which labels reach their threshold, and the usual scores of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Matrix = npt.NDArray[np.bool_]

THRESHOLDS = tuple(step / 20 for step in range(2, 11))


class Predictions(NamedTuple):
    """Probabilities that a model gave, and the labels that are true, both [documents, labels]."""

    probabilities: npt.NDArray[np.float32]
    expected: Matrix


def split(label: str, separator: str | None) -> set[str]:
    """The labels of one document: one, or those that `separator` parts."""
    return set(label.split(separator)) if separator else {label}


def encode_targets(labels: Iterable[str], names: Sequence[str], separator: str | None) -> Matrix:
    """Which of `names` each document has [documents, names]."""
    own = [split(label, separator) for label in labels]
    return np.array([[name in each for name in names] for each in own], dtype=np.bool_)


def best_threshold(probabilities: npt.NDArray[np.float32], expected: Matrix) -> float:
    """The common threshold of 0.1, 0.15 … 0.5 with the highest micro-F1; the lower one of equals."""
    return max(THRESHOLDS, key=lambda threshold: micro_f1(probabilities >= threshold, expected))


def accuracy(probabilities: npt.NDArray[np.float32], expected: Matrix) -> float:
    """The share of documents whose likeliest label is theirs."""
    return float(np.mean(probabilities.argmax(axis=1) == expected.argmax(axis=1)))


def micro_f1(given: Matrix, expected: Matrix) -> float:
    """F1 over all pairs of document and label; 0 where no label is given or expected."""
    total = np.sum(given) + np.sum(expected)
    return float(2 * np.sum(given & expected) / total) if total else 0.0


def macro_f1(given: Matrix, expected: Matrix) -> float:
    """The mean of the labels' F1; a label that is neither given nor expected counts 0."""
    return float(np.mean([micro_f1(one, other) for one, other in zip(given.T, expected.T, strict=True)]))
