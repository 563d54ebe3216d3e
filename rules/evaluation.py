"""How good a rule set is on some texts: rule by rule, and as a whole."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from config.errors import RulesError
from config.names import listed
from rules.evaluating.analysis import Fired, RuleAnalysis, analyse
from rules.evaluating.measures import measured
from rules.evaluating.outcomes import Outcomes, answers, membership, outcomes
from rules.evidence import firing
from rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.evaluating.outcomes import Classifier
    from rules.rule_set import RuleSet

    Labels = Sequence[frozenset[str] | None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a rule set is worth on some texts, against what the model said of them or against their gold labels.

    Of `texts`, in a share `coverage` a rule fires, in a share `conflicts` rules of different labels do. The labels of
    `documents` of them are known; of these, a share `accuracy` gets exactly its labels: against a model that is
    fidelity. A text without an answer is wrong, but in a multi-label set right where it should have no label.
    `covered_accuracy` is the same of those in which a rule fires. `micro_f1` is of multi-label sets only, `macro_f1`
    the mean of the labels'. A measure is None where it is not defined.
    """

    texts: int
    documents: int
    coverage: float
    conflicts: float
    accuracy: float
    covered_accuracy: float | None
    micro_f1: float | None
    macro_f1: float | None
    rules: tuple[RuleAnalysis, ...]

    def measures(self) -> dict[str, float]:
        """The measures of the set by name, but for those that are not defined."""
        names = ("documents", "accuracy", "micro_f1", "macro_f1", "coverage", "covered_accuracy", "conflicts")
        return {name: float(value) for name in names if (value := getattr(self, name)) is not None}

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return asdict(self)


def evaluate(classifier: Classifier, texts: Sequence[str], labels: Labels) -> Evaluation:
    """Evaluates a classifier on texts whose labels are given, as the model or people said; None where not known.

    A text of a `multiclass` set whose labels are empty has none that is known.

    Raises:
        RulesError: there is no text, no label is known, or none is one of the classifier's.
    """
    rules = classifier.rule_set_
    labels = known_labels(rules, labels)
    known = np.array([each is not None for each in labels], dtype=np.bool_)
    fired = fired_in(rules, texts)
    expected = membership([each or () for each in labels], {name: number for number, name in enumerate(rules.labels)})
    found = judged(classifier, texts, labels)
    covered = found.correct[fired.covered[known]]
    return Evaluation(
        texts=len(texts),
        documents=int(known.sum()),
        coverage=float(fired.covered.mean()),
        conflicts=float(fired.conflicted.mean()),
        accuracy=measured("accuracy", found),
        covered_accuracy=float(covered.mean()) if len(covered) else None,
        micro_f1=_defined(measured("micro_f1", found)) if rules.task == "multilabel" else None,
        macro_f1=_defined(measured("macro_f1", found)),
        rules=analyse(rules.rules, fired, expected, known),
    )


def judged(classifier: Classifier, texts: Sequence[str], labels: Labels) -> Outcomes:
    """What the classifier answers for the texts whose labels are known, beside these: for bootstrap intervals."""
    known = zip(texts, known_labels(classifier.rule_set_, labels), strict=True)
    wanted = [(text, expected) for text, expected in known if expected is not None]
    found = answers(classifier, [text for text, _ in wanted])
    return outcomes(found, [expected for _, expected in wanted], classifier.rule_set_.labels)


def fired_in(rules: RuleSet, texts: Sequence[str]) -> Fired:
    """Which rules fire in which texts."""
    place = {name: number for number, name in enumerate(rules.labels)}
    matcher = Matcher([rule.text for rule in rules.rules], fold=rules.fold, boundaries=rules.boundaries)
    numbers = np.array([place[rule.label] for rule in rules.rules], dtype=np.int64)
    return Fired(firing(matcher, texts), numbers)


def known_labels(rules: RuleSet, labels: Labels) -> Labels:
    """The labels of each text, None where they are not known.

    Raises:
        RulesError: none is known, or none of the labels is one of the rules'.
    """
    known = [each or None for each in labels] if rules.task == "multiclass" else labels
    if all(each is None for each in known):
        raise RulesError(f"there is nothing to evaluate rules on: of {len(labels)} texts none has a label")
    found = {name for each in known for name in each or ()}
    if found and not found & {*rules.labels}:
        raise RulesError(
            f"none of the texts' labels is one of the rules': expected {listed(rules.labels)}; "
            f"got {listed(sorted(found))}"
        )
    return known


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else value
