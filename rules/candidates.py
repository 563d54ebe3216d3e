"""The patterns of a store as candidates for rules."""
# MERGED: A rule set from a store alone, before it is fitted to texts.

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any, TypeVar

from camlode.config.errors import RulesError
from camlode.pipeline.fragments.casefold import fold_case
from camlode.rules.fitting import check_parameters, collect_labels
from camlode.rules.rule_set import Rule, RuleSet, Task

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from camlode.rules.classifier import RuleClassifier
    from camlode.sql import PatternStore, Row

    Classifier = TypeVar("Classifier", bound=RuleClassifier)

MAX_CANDIDATES_PER_LABEL = 5000
"""The most candidates of each label, the most important first: of more, hardly one is chosen."""

_STATISTICS = (
    "importance",
    "documents",
    "matched_documents",
    "precision",
    "precision_lower",
    "coverage",
    "lift",
    "log_odds_z",
)


@dataclass(frozen=True, slots=True)
class StoredCandidates:
    """Candidates for rules, best first by label, and what their store knows of where they come from.

    labels: the model's, in its order. shares: the share of the matched documents that was predicted each label.
    boundaries: whether the run's fragments are made of words.
    """

    rules: tuple[Rule, ...]
    task: Task
    labels: tuple[str, ...]
    shares: Mapping[str, float]
    boundaries: bool
    provenance: Mapping[str, str | int | None]


def read_candidates(
    store: PatternStore,
    run: int | None = None,
    *,
    per_label: int = MAX_CANDIDATES_PER_LABEL,
    min_documents: int = 3,
    min_precision: float = 0.0,
    accepted: bool = False,
) -> StoredCandidates:
    """The patterns of a published run that may become rules.

    Those that somebody has rejected or called spurious are left out, as are those of punctuation alone; with
    `accepted`, all but those that somebody has accepted. `min_documents` is in how many a pattern must occur,
    `min_precision` what the Wilson lower bound of its precision must reach, a probability.

    Raises:
        RulesError: no pattern is left.
        StoreError: the run went without the match pass, so that it is not known how precise its patterns are; or there
            is no such run.
    """
    labels = store.rows("labels", run=run)
    entry = next(row for row in store.rows("runs") if row["run"] == labels[0]["run"])
    # By precision at least 0: a store that doesn't know it says what to do.
    rows = store.stream(
        "patterns",
        run=entry["run"],
        top=per_label,
        min_precision=0.0,
        status="accepted" if accepted else "usable",
    )
    rules = tuple(
        _make_rule(row)
        for row in rows
        if row["units"] and row["matched_documents"] >= min_documents and row["precision_lower"] >= min_precision
    )
    if not rules:
        raise RulesError(
            f"run {entry['run']} has no {'accepted ' if accepted else ''}pattern that could become a rule: look at "
            "camlode query, and lower the floors or mine with a lower patterns.min_documents"
        )
    documents = max(entry["matched_documents"], 1)
    return StoredCandidates(
        rules,
        entry["task"],
        tuple(row["label"] for row in labels),
        {row["label"]: row["documents"] / documents for row in labels},
        entry["unit"] == "word",
        _read_provenance(store, entry),
    )


def _make_rule(row: Row) -> Rule:
    statistics = {name: row[name] for name in _STATISTICS}
    return Rule(f"{row['run']}/{row['label']}/{row['rank']}", row["label"], row["fragment"], {}, statistics)


def _read_provenance(store: PatternStore, entry: Mapping[str, Any]) -> dict[str, str | int | None]:
    from importlib.metadata import version

    return {
        "store": store.name,
        "run": entry["run"],
        "model": entry["model"],
        "model_version": entry["model_version"],
        "model_digest": entry["model_digest"],
        "corpus": entry["corpus"],
        "method": entry["method"],
        "camlode": version("camlode"),
    }


def build_from_store(
    classifier: Classifier, url: str | os.PathLike[str], run: int | None, filters: dict[str, Any]
) -> Classifier:
    """The classifier with a run's patterns as candidates, and the best of them as rules before it is fitted."""
    from camlode.sql import PatternStore

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
