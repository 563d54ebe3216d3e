"""Which rules fire in which texts, and what is said of these."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from camlode.config.errors import RulesError, did_you_mean
from camlode.pipeline.fragments.casefold import fold_case_all
from camlode.rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

    from camlode.rules.rule_set import Rule

    LabelMatrix = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Candidates for rules, and what is known of them in some texts.

    candidates: of several labels, one text may speak for several of them. columns, labels [candidates]: each one's
    column in `firing_matrix`, and the number of its label. firing: a sparse matrix [texts, columns] of ones and zeros.
    said [texts, labels]: the labels of each text. exclusive: each text has one label and no more.
    """

    candidates: tuple[Rule, ...]
    columns: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    firing_matrix: Any
    targets: LabelMatrix
    exclusive: bool

    def select_texts(self, rows: Any) -> Evidence:
        """The same of some of the texts."""
        firing_matrix, targets = self.firing_matrix[rows], self.targets[rows]
        return Evidence(self.candidates, self.columns, self.labels, firing_matrix, targets, self.exclusive)

    def select_candidates(self, numbers: Any) -> Evidence:
        """The same of some of the candidates, with a column for each of them."""
        numbers = np.asarray(numbers, dtype=np.int64)
        firing_matrix = self.firing_matrix[:, self.columns[numbers]]
        candidates = tuple(self.candidates[number] for number in numbers)
        return Evidence(
            candidates, np.arange(len(numbers)), self.labels[numbers], firing_matrix, self.targets, self.exclusive
        )


def collect_evidence(
    candidates: Sequence[Rule],
    texts: Sequence[str],
    targets: LabelMatrix,
    labels: Sequence[str],
    *,
    exclusive: bool,
    fold: bool,
    boundaries: bool,
) -> Evidence:
    """Looks the candidates' texts up in `texts`, of which `targets` [texts, labels] tells the labels."""
    read = fold_case_all([rule.text for rule in candidates]) if fold else [rule.text for rule in candidates]
    distinct: dict[str, int] = {}
    columns = np.array([distinct.setdefault(text, len(distinct)) for text in read], dtype=np.int64)
    numbers = {label: number for number, label in enumerate(labels)}
    own = np.array([numbers[rule.label] for rule in candidates], dtype=np.int64)
    matcher = Matcher([*distinct], fold=fold, boundaries=boundaries)
    return Evidence(tuple(candidates), columns, own, firing_matrix(matcher, texts), targets, exclusive)


def firing_matrix(matcher: Matcher, texts: Sequence[str]) -> Any:
    """Which fragments occur in which texts, however often: a sparse matrix [texts, fragments] of ones, by rows."""
    from scipy.sparse import csr_matrix

    found, width = matcher.occurrences(texts), max(len(matcher.fragments), 1)
    rows, columns = np.divmod(np.unique(found.texts * width + found.fragments), width)
    starts = np.searchsorted(rows, np.arange(len(texts) + 1))
    return csr_matrix((np.ones(len(rows), np.float32), columns, starts), shape=(len(texts), len(matcher.fragments)))


def validate_texts(texts: Iterable[Any]) -> list[str]:
    """The texts as a list.

    Raises:
        RulesError: they are one text alone, or one of them is none.
    """
    if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        raise RulesError(f"texts are {type(texts).__name__} {str(texts)[:30]!r}: expected a list of texts")
    found = list(texts)
    for number, text in enumerate(found):
        if not isinstance(text, str):
            raise RulesError(f"text {number} is {type(text).__name__} {str(text)[:30]!r}: expected str")
    return found


def validate_labels(y: Iterable[Any]) -> list[str | tuple[str, ...]]:
    """The labels as a list: for each text one, or several.

    Raises:
        RulesError: they are one label alone, or one of them is no name.
    """
    if isinstance(y, str) or not isinstance(y, Iterable):
        raise RulesError(f"labels are {type(y).__name__} {str(y)[:30]!r}: expected those of each text")
    found: list[str | tuple[str, ...]] = []
    for row, given in enumerate(y):
        names = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
        for name in names:
            if not isinstance(name, str):
                raise RulesError(f"text {row} has the label {name!r}: expected a name, or a collection of names")
        found.append(str(given) if isinstance(given, str) else tuple(map(str, names)))
    return found


def label_matrix(y: Iterable[str | Collection[str]], labels: Sequence[str]) -> LabelMatrix:
    """Which of `labels` each text has [texts, labels]; `y` names one label of each text, or several.

    Raises:
        RulesError: one of them is not among `labels`.
    """
    numbers = {label: number for number, label in enumerate(labels)}
    each = [(name,) if isinstance(name, str) else tuple(name) for name in y]
    targets = np.zeros((len(each), len(labels)), dtype=np.bool_)
    for row, names in enumerate(each):
        for name in names:
            if name not in numbers:
                raise RulesError(f"text {row} has the label {name!r}: {did_you_mean(name, labels)}")
            targets[row, numbers[name]] = True
    return targets
