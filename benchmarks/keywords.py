"""Common keyword selection methods: n-grams of a corpus, scored for each label."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.pipeline.fragments.casefold import fold_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy.typing as npt

    Scores = npt.NDArray[np.float64]

MAX_UNITS = 4
MIN_TEXTS = 3
_WORD = re.compile(r"\w+(?:['’]\w+)*")


def find_ngrams(texts: Sequence[str], unit: str) -> list[str]:
    """All case-folded n-grams of up to 4 words or characters that occur in at least 3 texts.

    N-grams of words contain single spaces only, and no n-gram contains punctuation.
    """
    counts = Counter(gram for text in texts for gram in {*_find_ngrams(fold_case(text), unit)})
    return [gram for gram, count in counts.items() if count >= MIN_TEXTS]


def _find_ngrams(text: str, unit: str) -> Iterator[str]:
    for start, end in _find_stretches(text, unit):
        stretch = text[start:end]
        boundaries = [*range(len(stretch) + 1)] if unit == "char" else _word_boundaries(stretch)
        step = 1 if unit == "char" else 2
        for first in range(0, len(boundaries) - 1, step):
            for last in range(first + 1, min(first + step * MAX_UNITS, len(boundaries)), step):
                yield stretch[boundaries[first] : boundaries[last]]


def _find_stretches(text: str, unit: str) -> Iterator[tuple[int, int]]:
    """Spans without punctuation: runs of word characters, or of words separated by single spaces."""
    if unit == "char":
        yield from (match.span() for match in re.finditer(r"\w+", text))
        return
    words = [match.span() for match in _WORD.finditer(text)]
    breaks = [0, *(i + 1 for i, (a, b) in enumerate(pairwise(words)) if text[a[1] : b[0]] != " "), len(words)]
    yield from ((words[a][0], words[b - 1][1]) for a, b in pairwise(breaks) if a < b)


def _word_boundaries(stretch: str) -> list[int]:
    return [boundary for match in _WORD.finditer(stretch) for boundary in match.span()]


def _counts(firing: Any, label_matrix: Any) -> tuple[Scores, Scores, Scores]:
    """Numbers of texts by n-gram and label [n-grams, labels], by n-gram [n-grams, 1], and by label [labels]."""
    both = np.asarray(firing.T @ label_matrix.astype(np.float64))
    return (
        both,
        np.asarray(firing.sum(axis=0), dtype=np.float64).reshape(-1, 1),
        label_matrix.sum(axis=0).astype(np.float64),
    )


def chi_square(firing: Any, label_matrix: Any) -> Scores:
    """Pearson's χ² of n-gram and label over texts, negative below the expected co-occurrence (Yang & Pedersen 1997)."""
    both, grams, labels = _counts(firing, label_matrix)
    texts = len(label_matrix)
    neither = texts - grams - labels + both
    difference = both * neither - (grams - both) * (labels - both)
    spread = grams * labels * (texts - grams) * (texts - labels)
    return np.sign(difference) * texts * difference**2 / np.maximum(spread, 1)


def class_tf_idf(firing: Any, label_matrix: Any) -> Scores:
    """c-TF-IDF: the share of a label's n-grams × log(1 + n-grams of a mean label / frequency) (Grootendorst 2022)."""
    both, _, _ = _counts(firing, label_matrix)
    return (
        both
        / np.maximum(both.sum(axis=0), 1)
        * np.log1p(both.sum() / label_matrix.shape[1] / np.maximum(both.sum(axis=1), 1))[:, None]
    )


def log_odds(firing: Any, label_matrix: Any) -> Scores:
    """The z score of the log-odds with an informative Dirichlet prior, on counts of texts (Monroe et al. 2008)."""
    both, grams, labels = _counts(firing, label_matrix)
    prior = grams / len(label_matrix) * 10
    inside, outside = both + prior, grams - both + prior
    within, without = labels + 10 - inside, len(label_matrix) - labels + 10 - outside
    difference = np.log(inside / np.maximum(within, 1e-9)) - np.log(outside / np.maximum(without, 1e-9))
    return difference / np.sqrt(1 / inside + 1 / outside)


def regression(firing: Any, label_matrix: Any) -> Scores:
    """The weights of one-vs-rest logistic regressions on all n-grams."""
    from camlode.rules.weights import fit_weights

    return fit_weights(firing, label_matrix, exclusive=False, iterations=40).rules


METHODS: dict[str, Callable[[Any, Any], Scores]] = {
    "chi-square": chi_square,
    "logistic regression": regression,
    "c-TF-IDF": class_tf_idf,
    "log-odds": log_odds,
}


def select_best(scores: Scores, per_label: int) -> list[int]:
    """Indices of the best n-grams of each label; each n-gram belongs to the label with its highest score."""
    owner, highest = scores.argmax(axis=1), scores.max(axis=1)
    selected: list[int] = []
    for label in range(scores.shape[1]):
        own = np.flatnonzero((owner == label) & (highest > 0))
        selected.extend(own[np.argsort(-highest[own], kind="stable")[:per_label]].tolist())
    return selected
