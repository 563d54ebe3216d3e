"""What is said of runs that nobody mined, as jobs would say it."""

from __future__ import annotations

from typing import Any

from camlode.sql import CorpusEntry, ModelEntry, RunCounts, RunStart

MATCHED: dict[str, Any] = {
    "matched_documents": 8,
    "matched_occurrences": 9,
    "predicted_documents": 6,
    "labelled_documents": 8,
    "gold_documents": 5,
    "precision": 0.75,
    "precision_lower": 0.4,
    "gold_precision": 0.625,
    "gold_precision_lower": 0.3,
    "coverage": 0.15,
    "lift": 2.0,
    "log_odds_z": 1.5,
}
"""What the match pass knows of a pattern."""

UNMATCHED: dict[str, Any] = dict.fromkeys(MATCHED)


def make_run_start(model: ModelEntry, corpus: str) -> RunStart:
    """What begins a run of a model over one file."""
    return RunStart(
        fingerprint="0f",
        parts={},
        folder="work/0f-1",
        method="grad-cam",
        unit="word",
        model=model,
        corpus=CorpusEntry(corpus, "c1", files=1, bytes=900),
        settings={},
        versions={},
    )


def make_run_counts(documents: int, **others: int) -> RunCounts:
    """The counts of a run in one shard that explained all its documents."""
    return RunCounts(
        documents_read=documents,
        documents_explained=documents,
        documents_rejected=0,
        documents_truncated=0,
        duplicate_ids=0,
        padding_share=0.0,
        empty_maps=0,
        residual=None,
        shards=1,
        failed_shards=0,
        **others,
    )
