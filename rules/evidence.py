"""Evidence: which rules fire in which texts, and which labels these texts have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.config.errors import RulesError, did_you_mean
from camlode.pipeline.fragments.casefold import fold_case_all
from camlode.rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from camlode.pipeline.arrays import BoolArray, IntArray
    from camlode.rules.rule_set import Rule


@dataclass(frozen=True, slots=True)
class Evidence:
    """Candidates for rules and the labelled texts that they occur in.

    candidates: of all labels; candidates of different labels may have the same text.
    columns [candidates]: the column of each candidate in `firing_matrix`; candidates with the same text share one.
    labels [candidates]: the index of each candidate's label.
    firing_matrix [texts, columns]: a sparse matrix of ones and zeros in CSR format.
    targets [texts, labels]: whether each text has each label.
    exclusive: whether every text has exactly one label.
    """

    candidates: tuple[Rule, ...]
    columns: IntArray
    labels: IntArray
    firing_matrix: Any
    targets: BoolArray
    exclusive: bool

    def select_texts(self, rows: IntArray) -> Evidence:
        """The evidence of some of the texts."""
        return replace(self, firing_matrix=self.firing_matrix[rows], targets=self.targets[rows])

    def select_candidates(self, indices: Sequence[int] | IntArray) -> Evidence:
        """The evidence for some of the candidates, with a column for each of them."""
        indices = np.asarray(indices, dtype=np.int64)
        return replace(
            self,
            candidates=tuple(self.candidates[index] for index in indices),
            columns=np.arange(len(indices)),
            labels=self.labels[indices],
            firing_matrix=self.firing_matrix[:, self.columns[indices]],
        )


def collect_evidence(
    candidates: Sequence[Rule],
    texts: Sequence[str],
    targets: BoolArray,
    labels: Sequence[str],
    *,
    exclusive: bool,
    fold: bool,
    boundaries: bool,
) -> Evidence:
    """Find the candidates in `texts`, whose labels are `targets` [texts, labels].

    fold, boundaries: see `camlode.rules.matcher.Matcher`.
    """
    read = fold_case_all([rule.text for rule in candidates]) if fold else [rule.text for rule in candidates]
    distinct: dict[str, int] = {}
    columns = np.array([distinct.setdefault(text, len(distinct)) for text in read], dtype=np.int64)
    numbers = {label: number for number, label in enumerate(labels)}
    label_numbers = np.array([numbers[rule.label] for rule in candidates], dtype=np.int64)
    matcher = Matcher([*distinct], fold=fold, boundaries=boundaries)
    return Evidence(tuple(candidates), columns, label_numbers, firing_matrix(matcher, texts), targets, exclusive)


def firing_matrix(matcher: Matcher, texts: Sequence[str]) -> Any:
    """Whether each fragment occurs in each text, however often: a sparse CSR matrix [texts, fragments] of ones."""
    from scipy.sparse import csr_matrix

    found, width = matcher.find_occurrences(texts), max(len(matcher.fragments), 1)
    rows, columns = np.divmod(np.unique(found.texts * width + found.fragments), width)
    starts = np.searchsorted(rows, np.arange(len(texts) + 1))
    return csr_matrix((np.ones(len(rows), np.float32), columns, starts), shape=(len(texts), len(matcher.fragments)))


def validate_texts(texts: Iterable[Any]) -> list[str]:
    """Return the texts as a list.

    Raises:
        RulesError: `texts` is not an iterable of strings.
    """
    if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        raise RulesError(f"texts are {type(texts).__name__} {str(texts)[:30]!r}: expected a list of texts")
    checked = list(texts)
    for number, text in enumerate(checked):
        if not isinstance(text, str):
            raise RulesError(f"text {number} is {type(text).__name__} {str(text)[:30]!r}: expected str")
    return checked


def validate_labels(y: Iterable[Any]) -> list[str | tuple[str, ...]]:
    """Return the labels as a list: for each text one label, or a tuple of labels.

    Raises:
        RulesError: `y` is not an iterable, or a label is not a string.
    """
    if isinstance(y, str) or not isinstance(y, Iterable):
        raise RulesError(f"labels are {type(y).__name__} {str(y)[:30]!r}: expected the label or labels of each text")
    checked: list[str | tuple[str, ...]] = []
    for row, given in enumerate(y):
        names = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
        for name in names:
            if not isinstance(name, str):
                raise RulesError(f"text {row} has the label {name!r}: expected a name, or a collection of names")
        checked.append(str(given) if isinstance(given, str) else tuple(map(str, names)))
    return checked


def label_matrix(y: Iterable[str | Collection[str]], labels: Sequence[str]) -> BoolArray:
    """Whether each text has each of `labels` [texts, labels]; `y` holds one label or several for each text.

    Raises:
        RulesError: a text has a label that is not among `labels`.
    """
    numbers = {label: number for number, label in enumerate(labels)}
    label_sets = [(name,) if isinstance(name, str) else tuple(name) for name in y]
    targets = np.zeros((len(label_sets), len(labels)), dtype=np.bool_)
    for row, names in enumerate(label_sets):
        for name in names:
            if name not in numbers:
                raise RulesError(f"text {row} has the label {name!r}: {did_you_mean(name, labels)}")
            targets[row, numbers[name]] = True
    return targets
