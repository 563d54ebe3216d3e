"""Learning curves of a rule set: the quality of the first K rules of each label, for growing K."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from camlode.rules.classifier import RuleClassifier
from camlode.rules.evaluation.evaluate import find_firings, predict_outcomes
from camlode.rules.evaluation.intervals import make_bootstrap, measure_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.rules.evaluation.evaluate import Labels
    from camlode.rules.rule_set import RuleSet

_NAMES = {
    "multiclass": {"accuracy": "accuracy", "macro_f1": "macro-F1"},
    "multilabel": {"micro_f1": "micro-F1", "macro_f1": "macro-F1"},
}


class Point(NamedTuple):
    """A value at `x`, with its confidence interval if it is known."""

    x: float
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line through points, from left to right."""

    name: str
    points: Sequence[Point]


def limit_rules(rules: RuleSet, max_rules: int) -> RuleSet:
    """Keep the first `max_rules` rules of each label only; weights, biases and thresholds do not change."""
    seen: Counter[str] = Counter()
    kept = []
    for rule in rules.rules:
        seen[rule.label] += 1
        if seen[rule.label] <= max_rules:
            kept.append(rule)
    return replace(rules, rules=tuple(kept))


def curve_sizes(rules: RuleSet) -> list[int]:
    """1, 2, 5, 10, 20, 50 … up to the largest number of rules of a label."""
    largest = max(Counter(rule.label for rule in rules.rules).values())
    rounded = (digit * 10**power for power in range(len(str(largest))) for digit in (1, 2, 5))
    return [*(size for size in rounded if size < largest), largest]


def compute_curves(rules: RuleSet, texts: Sequence[str], labels: Labels, steps: Sequence[int]) -> list[Curve]:
    """Compute the measures, with 95 % intervals, and the coverage of the first K rules of each label, for K in `steps`.

    Raises:
        RulesError: as `camlode.rules.evaluation.evaluate.evaluate` does.
    """
    names = _NAMES[rules.task]
    points: dict[str, list[Point]] = {shown: [] for shown in (*names.values(), "coverage")}
    bootstrap = None
    for size in steps:
        classifier = RuleClassifier.from_rule_set(limit_rules(rules, size))
        outcomes = predict_outcomes(classifier, texts, labels)
        bootstrap = bootstrap or make_bootstrap(len(outcomes.expected))
        for name, shown in names.items():
            interval = measure_interval(name, outcomes, bootstrap)
            points[shown].append(Point(size, interval.mean, interval.low, interval.high))
        points["coverage"].append(Point(size, float(find_firings(classifier.rule_set_, texts).covered.mean())))
    return [Curve(name, of_name) for name, of_name in points.items()]
