"""Candidates for rules from the patterns of a store, and the initial rule set that needs no texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

from camlode.config.errors import RulesError
from camlode.pipeline.fragments.casefold import fold_case
from camlode.rules.rule_set import Rule, RuleSet, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from camlode.rules.fitting import RuleOptions
    from camlode.sql import PatternStore

MAX_CANDIDATES_PER_LABEL = 5000
"""The maximum number of candidates of each label, the most important first: later ones are hardly ever selected."""

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
    """The candidates of a run, by label and the most important first, and the properties of the run.

    labels: the model's, in its order.
    shares: by label, the share of the matched documents for which the model predicted it.
    boundaries: whether the run's fragments consist of whole words.
    provenance: the store, run, model, corpus and method.
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
    """Read the patterns of a published run that can become rules.

    Patterns that a reviewer rejected or marked as spurious are left out, and so are those of punctuation alone.

    Args:
        store: the pattern store.
        run: a published run; the current one by default.
        per_label: the maximum number of candidates of each label.
        min_documents: the number of documents in which a pattern must occur.
        min_precision: the Wilson lower bound of its precision that a pattern must reach, a probability.
        accepted: whether to read accepted patterns only.

    Raises:
        RulesError: no pattern is left.
        StoreError: there is no such run, or it was mined without the match pass, which measures precision.
    """
    labels = store.rows("labels", run=run)
    entry = store.run(labels[0]["run"])
    # A floor of 0 keeps every pattern, but makes a run without the match pass raise an error that says what to do.
    rows = store.stream(
        "patterns",
        run=entry["run"],
        top=per_label,
        min_precision=0.0,
        status="accepted" if accepted else "usable",
    )
    rules = tuple(
        Rule(
            f"{row['run']}/{row['label']}/{row['rank']}",
            row["label"],
            row["fragment"],
            {},
            {name: row[name] for name in _STATISTICS},
        )
        for row in rows
        if row["units"] and row["matched_documents"] >= min_documents and row["precision_lower"] >= min_precision
    )
    if not rules:
        raise RulesError(
            f"run {entry['run']} has no {'accepted ' if accepted else ''}pattern that could become a rule: see "
            "camlode query, and lower min_documents and min_precision or mine with a lower patterns.min_documents"
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


def initial_rules(options: RuleOptions, stored: StoredCandidates) -> RuleSet:
    """Make a rule set without texts: the candidates with the highest importance × precision.

    A rule's weight is the log-odds of its precision less the log-odds of its label's share, as if rules were
    independent.
    """
    # The labels of a run are known, and only the fallback can be wrong.
    options.resolve_labels()
    best = sorted(stored.rules, key=lambda rule: -_weighted_importance(rule))
    taken: set[str] = set()
    counts: Counter[str] = Counter()
    rules = []
    for rule in best:
        folded = fold_case(rule.text)
        if counts[rule.label] < options.rules_per_label and folded not in taken:
            counts[rule.label] += 1
            taken.add(folded)
            weight = _log_odds(float(rule.statistics["precision"] or 0)) - _log_odds(stored.shares[rule.label])
            rules.append(Rule(rule.id, rule.label, rule.text, {rule.label: round(weight, 3)}, rule.statistics))
    order = {label: index for index, label in enumerate(stored.labels)}
    return RuleSet(
        task=stored.task,
        labels=stored.labels,
        rules=tuple(sorted(rules, key=lambda rule: order[rule.label])),
        biases={label: round(_log_odds(stored.shares[label]), 3) for label in stored.labels},
        thresholds={} if stored.task == "multiclass" else dict.fromkeys(stored.labels, 0.5),
        fallback=options.fallback,
        boundaries=stored.boundaries,
        provenance=stored.provenance,
    )


def _weighted_importance(rule: Rule) -> float:
    return float(rule.statistics["importance"] or 0) * float(rule.statistics["precision"] or 0)


def _log_odds(share: float) -> float:
    # Clipped, because a precision of 1 would weigh infinitely much.
    within = min(max(share, 1e-4), 1 - 1e-4)
    return log(within / (1 - within))
