"""How sure the measures of a rule set are, and whether it is better than another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import RulesError
from rules.evaluating.bootstrap import difference, interval, resamples
from rules.evaluation import judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.bootstrap import Interval
    from rules.evaluating.outcomes import Classifier
    from rules.evaluation import Labels

_NAMES = {"multiclass": ("accuracy", "macro_f1"), "multilabel": ("accuracy", "micro_f1", "macro_f1")}


@dataclass(frozen=True, slots=True)
class Certainty:
    """A measure with its 95 % interval, and by how much it is above the baseline's, where there is one."""

    measure: Interval
    difference: Interval | None


def certainty(
    classifier: Classifier, texts: Sequence[str], labels: Labels, *, baseline: Classifier | None = None
) -> dict[str, Certainty]:
    """The measures that can be resampled, by name; the same texts are drawn for both classifiers.

    Raises:
        RulesError: the baseline has one label a text and the classifier several, or the reverse; and as
            `rules.evaluation.evaluate` does.
    """
    task = classifier.rule_set_.task
    if baseline is not None and baseline.rule_set_.task != task:
        raise RulesError(f"the baseline's rules are {baseline.rule_set_.task}: expected {task} ones, as the others are")
    found = judged(classifier, texts, labels)
    other = None if baseline is None else judged(baseline, texts, labels)
    bootstrap = resamples(len(found.expected))
    return {
        name: Certainty(
            interval(name, found, bootstrap), None if other is None else difference(name, found, other, bootstrap)
        )
        for name in _NAMES[task]
    }
