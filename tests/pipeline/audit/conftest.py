"""Stores with patterns that have the numbers a test needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from camlode.sql import PatternStore
from tests.factories import make_example, make_label, make_model, make_run_counts, make_run_result, make_run_start

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

LABELS = ("体育", "娱乐")

MATCHES = ("matched_documents", "predicted_documents", "labelled_documents", "gold_documents")
OTHER_MATCHES = (
    "matched_occurrences",
    "precision",
    "precision_lower",
    "gold_precision",
    "gold_precision_lower",
    "coverage",
    "lift",
    "log_odds_z",
)

COUNTS = make_run_counts(900)

Pattern = dict[str, Any]


def make_pattern(fragment: str, share: float = 0.001, **numbers: int) -> Pattern:
    """A pattern that no check lists: 95 of 100 labelled documents with it have the label."""
    usual = {"matched_documents": 100, "predicted_documents": 95, "labelled_documents": 100, "gold_documents": 95}
    return {"fragment": fragment, "share": share, "documents": 40, **usual, **numbers}


@dataclass(frozen=True)
class AuditStore:
    """A store into which runs are published."""

    store: PatternStore

    def publish(
        self,
        patterns: Mapping[str, Sequence[Pattern]],
        *,
        task: str = "multiclass",
        model: str = "m1",
        corpus: str = "train",
        matched: bool = True,
        gold: bool = True,
        examples: Sequence[Mapping[str, Any]] = (),
    ) -> int:
        """Publish a run of patterns by label, in the order of their ranks; importances are shares of 100."""
        names = tuple(patterns)
        counts = replace(
            COUNTS, matched_documents=900 if matched else None, gold_documents=900 if gold and matched else 0
        )
        rows = [
            _row(label, rank, each, matched, gold) for label in names for rank, each in enumerate(patterns[label], 1)
        ]
        shown = [make_example(**{"left": "左", "right": "右", **each}) for each in examples]
        labels = [make_label(name, importance=100.0) for name in names]
        run = self.begin(names, task, model, corpus)
        self.store.publish(run, make_run_result(rows, labels, counts, examples=shown))
        return run

    def begin(self, labels: Sequence[str], task: str = "multiclass", model: str = "m1", corpus: str = "train") -> int:
        """Start a run without publishing it."""
        entry = make_model(labels, digest=model, task=task)
        return self.store.start_run(make_run_start(entry, corpus, folder="work/0f"))


def _row(label: str, rank: int, pattern: Pattern, matched: bool, gold: bool) -> Pattern:
    found = {
        "label": label,
        "rank": rank,
        "normalised": pattern["fragment"],
        "units": 1,
        "importance": 100 * pattern["share"],
        "mean": 0.5,
        "occurrences": pattern["documents"],
        "c_value": 1.0,
        "maximal": True,
        **pattern,
        **dict.fromkeys(OTHER_MATCHES, 1.0),
        "matched_occurrences": pattern["matched_documents"],
    }
    if not matched:
        found |= dict.fromkeys((*MATCHES, *OTHER_MATCHES))
    elif not gold:
        found |= {"labelled_documents": 0, "gold_documents": 0, "gold_precision": None, "gold_precision_lower": None}
    return found


@pytest.fixture
def audit_store(tmp_path: Path) -> AuditStore:
    """An empty store."""
    return AuditStore(PatternStore(tmp_path / "patterns.db", create=True))


@pytest.fixture
def pattern() -> Callable[..., Pattern]:
    """Make a pattern that no check lists, except for the numbers given."""
    return make_pattern
