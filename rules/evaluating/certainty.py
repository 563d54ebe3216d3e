"""How sure the measures of a rule set are, and whether it is better than another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.errors import RulesError
from rules.evaluating.bootstrap import difference, make_bootstrap, measure_interval
from rules.evaluation import predict_outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.bootstrap import ConfidenceInterval
    from rules.evaluating.outcomes import Predictor
    from rules.evaluation import Labels

_NAMES = {"multiclass": ("accuracy", "macro_f1"), "multilabel": ("accuracy", "micro_f1", "macro_f1")}


@dataclass(frozen=True, slots=True)
class MeasureIntervals:
    """A measure with its 95 % interval, and by how much it is above the baseline's, where there is one."""

    measure: ConfidenceInterval
    difference: ConfidenceInterval | None


def confidence_intervals(
    classifier: Predictor, texts: Sequence[str], labels: Labels, *, baseline: Predictor | None = None
) -> dict[str, MeasureIntervals]:
    """The measures that can be resampled, by name; the same texts are drawn for both classifiers.

    Raises:
        RulesError: the baseline has one label a text and the classifier several, or the reverse; and as
            `rules.evaluation.evaluate` does.
    """
    task = classifier.rule_set_.task
    if baseline is not None and baseline.rule_set_.task != task:
        raise RulesError(f"the baseline's rules are {baseline.rule_set_.task}: expected {task} ones, as the others are")
    found = predict_outcomes(classifier, texts, labels)
    other = None if baseline is None else predict_outcomes(baseline, texts, labels)
    bootstrap = make_bootstrap(len(found.expected))
    return {
        name: MeasureIntervals(
            measure_interval(name, found, bootstrap),
            None if other is None else difference(name, found, other, bootstrap),
        )
        for name in _NAMES[task]
    }
