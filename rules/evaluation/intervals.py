"""How sure a measure is, and whether one classifier is better than another on the same texts."""
# MERGED: How sure the measures of a rule set are, and whether it is better than another.
# MERGED: How good the first K rules of each label are, for growing K.

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from camlode.config.errors import RulesError
from camlode.pipeline.bootstrap import Bootstrap, ConfidenceInterval, percentile_interval
from camlode.rules.classifier import RuleClassifier
from camlode.rules.evaluation.evaluate import find_firings, predict_outcomes
from camlode.rules.evaluation.measures import MEASURES, compute_measure, count_per_text, unpack_sums
from camlode.rules.evaluation.plot import Curve, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from camlode.rules.evaluation.evaluate import Labels
    from camlode.rules.evaluation.measures import Outcomes, Predictor
    from camlode.rules.rule_set import RuleSet


def make_bootstrap(texts: int, seed: int = 0) -> Bootstrap:
    """Resamples of so many texts, for all classifiers that answered for them."""
    return Bootstrap(np.arange(texts), seed=seed)


def measure_interval(name: str, outcomes: Outcomes, bootstrap: Bootstrap) -> ConfidenceInterval:
    """A measure, a key of MEASURES, with the 95 % percentile interval of the resampled texts."""
    return _percentile_interval(compute_measure(name, outcomes), _resample_measure(name, outcomes, bootstrap))


def difference(name: str, one: Outcomes, other: Outcomes, bootstrap: Bootstrap) -> ConfidenceInterval:
    """By how much a measure of `one` is above that of `other`, which answered for the same texts in the same order.

    Each resample draws the same texts for both (the paired bootstrap of Koehn 2004), so that the interval is without 0
    where they differ by more than chance.

    Raises:
        ValueError: the texts are not the same.
    """
    if len(one.expected) != len(other.expected):
        raise ValueError(f"expected outcomes of the same texts, got {len(one.expected)} and {len(other.expected)}")
    drawn = _resample_measure(name, one, bootstrap) - _resample_measure(name, other, bootstrap)
    return _percentile_interval(compute_measure(name, one) - compute_measure(name, other), drawn)


def _percentile_interval(value: float, resampled: npt.NDArray[np.float64]) -> ConfidenceInterval:
    """Without the resamples in which the measure is not defined."""
    return percentile_interval(value, resampled[~np.isnan(resampled)])


def _resample_measure(name: str, outcomes: Outcomes, bootstrap: Bootstrap) -> npt.NDArray[np.float64]:
    return MEASURES[name](unpack_sums(bootstrap.sums(count_per_text(outcomes))))


_MEASURE_NAMES = {"multiclass": ("accuracy", "macro_f1"), "multilabel": ("accuracy", "micro_f1", "macro_f1")}


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
            `camlode.rules.evaluation.evaluate.evaluate` does.
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
        for name in _MEASURE_NAMES[task]
    }


_NAMES = {
    "multiclass": {"accuracy": "accuracy", "macro_f1": "macro-F1"},
    "multilabel": {"micro_f1": "micro-F1", "macro_f1": "macro-F1"},
}


def limit_rules(rules: RuleSet, most: int) -> RuleSet:
    """A rule set with the first `most` rules of each label only; weights, biases and thresholds stay as they are."""
    seen: Counter[str] = Counter()
    kept = []
    for rule in rules.rules:
        seen[rule.label] += 1
        if seen[rule.label] <= most:
            kept.append(rule)
    return replace(rules, rules=tuple(kept))


def curve_sizes(rules: RuleSet) -> list[int]:
    """1, 2, 5, 10, 20, 50 … up to the number of rules of the label that has most."""
    most = max(Counter(rule.label for rule in rules.rules).values())
    rounded = (digit * 10**power for power in range(len(str(most))) for digit in (1, 2, 5))
    return [*(size for size in rounded if size < most), most]


def compute_curves(rules: RuleSet, texts: Sequence[str], labels: Labels, steps: Sequence[int]) -> list[Curve]:
    """How good the first K rules of each label are for each K of `steps`, with 95 % intervals, and their coverage.

    Raises:
        RulesError: as `camlode.rules.evaluation.evaluate.evaluate` does.
    """
    names = _NAMES[rules.task]
    points: dict[str, list[Point]] = {shown: [] for shown in (*names.values(), "coverage")}
    bootstrap = None
    for size in steps:
        classifier = RuleClassifier.from_rule_set(limit_rules(rules, size))
        found = predict_outcomes(classifier, texts, labels)
        bootstrap = bootstrap or make_bootstrap(len(found.expected))
        for name, shown in names.items():
            sure = measure_interval(name, found, bootstrap)
            points[shown].append(Point(size, sure.mean, sure.low, sure.high))
        points["coverage"].append(Point(size, float(find_firings(classifier.rule_set_, texts).covered.mean())))
    return [Curve(name, of_name) for name, of_name in points.items()]
