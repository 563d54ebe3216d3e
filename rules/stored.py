"""A rule set from a store alone, before it is fitted to texts."""

from __future__ import annotations

from collections import Counter
from math import log
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.fragments.folding import fold_case
from rules.building import check_parameters, collect_labels
from rules.rule_set import Rule, RuleSet

if TYPE_CHECKING:
    import os

    from rules.candidates import StoredCandidates
    from rules.classifier import RuleClassifier

    Classifier = TypeVar("Classifier", bound=RuleClassifier)


def build_from_store(
    classifier: Classifier, url: str | os.PathLike[str], run: int | None, filters: dict[str, Any]
) -> Classifier:
    """The classifier with a run's patterns as candidates, and the best of them as rules before it is fitted."""
    from rules.candidates import read_candidates
    from sql import PatternStore

    stored = read_candidates(PatternStore(url), run, **filters)
    classifier.set_params(
        candidates=stored.rules,
        boundaries=stored.boundaries,
        labels=stored.labels,
        provenance=dict(stored.provenance),
    )
    check_parameters(classifier)
    collect_labels(classifier, ())
    return classifier._adopt(_initial_rules(classifier, stored))


def _initial_rules(classifier: RuleClassifier, stored: StoredCandidates) -> RuleSet:
    """The best patterns as rules that each count by the log-odds of its precision, as if none knew of the others."""
    best = sorted(stored.rules, key=lambda rule: -_weighted_importance(rule))
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    rules = []
    for rule in best:
        read = fold_case(rule.text)
        if counts[rule.label] < classifier.rules_per_label and read not in taken:
            counts[rule.label] += 1
            taken.add(read)
            weight = _log_odds(float(rule.statistics["precision"] or 0)) - _log_odds(stored.shares[rule.label])
            rules.append(Rule(rule.id, rule.label, rule.text, {rule.label: round(weight, 3)}, rule.statistics))
    order = {label: number for number, label in enumerate(stored.labels)}
    return RuleSet(
        task=stored.task,
        labels=stored.labels,
        rules=tuple(sorted(rules, key=lambda rule: order[rule.label])),
        biases={label: round(_log_odds(stored.shares[label]), 3) for label in stored.labels},
        thresholds={} if stored.task == "multiclass" else dict.fromkeys(stored.labels, 0.5),
        fallback=classifier.fallback,
        boundaries=stored.boundaries,
        provenance=stored.provenance,
    )


def _weighted_importance(rule: Rule) -> float:
    return float(rule.statistics["importance"] or 0) * float(rule.statistics["precision"] or 0)


def _log_odds(share: float) -> float:
    within = min(max(share, 1e-4), 1 - 1e-4)
    return log(within / (1 - within))
