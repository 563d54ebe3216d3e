"""What a run found → what the store is given: patterns, examples, labels and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipeline.records import IMPORTANCE_UNIT, Counts, LabelTotals
from pipeline.stages.example_table import build_example_table
from pipeline.stages.pattern_table import build_pattern_table
from sql import RunCounts, RunResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.stages.match_counts import Matches


def build_run_result(
    best: pa.Table,
    labels: Sequence[str],
    totals: LabelTotals,
    counts: Counts,
    matches: Matches | None = None,
    *,
    boundaries: bool,
    shards: int,
    failed_shards: int,
    duplicate_ids: int,
) -> RunResult:
    """What a run publishes, from the best fragments of its shards, the sums over these, and what matching told.

    `matches` is None where the fragments were not matched; `boundaries`: they are made of whole words.
    """
    matched = None if matches is None else matches.counts
    return RunResult(
        patterns=build_pattern_table(best, labels, totals, matched, boundaries=boundaries),
        examples=build_example_table(best, labels, None if matches is None else matches.counter_examples),
        labels=_build_label_table(labels, totals, counts),
        rejects=dict(counts.rejected),
        counts=RunCounts(
            documents_read=counts.read,
            documents_explained=counts.explained,
            documents_rejected=counts.rejected.total(),
            documents_truncated=counts.truncated,
            duplicate_ids=duplicate_ids,
            padding_share=_compute_padding_share(counts, totals),
            empty_maps=counts.empty_maps,
            residual=_to_logits(counts.residual) / counts.complete if counts.complete else None,
            shards=shards,
            failed_shards=failed_shards,
            gold_documents=counts.with_gold,
            matched_documents=None if matched is None else matched.corpus.documents,
        ),
    )


def _build_label_table(labels: Sequence[str], totals: LabelTotals, counts: Counts) -> pa.Table:
    no_gold = np.full(len(labels), counts.with_gold == 0)
    return pa.table(
        {
            "name": list(labels),
            "documents": totals.predicted,
            "gold_documents": pa.array(totals.gold, mask=no_gold),
            "agreed_documents": pa.array(totals.agreed, mask=no_gold),
            "importance": _to_logits(totals.importance),
        }
    )


def _compute_padding_share(counts: Counts, totals: LabelTotals) -> float:
    total = counts.padding + int(totals.importance.sum())
    return counts.padding / total if total else 0.0


def _to_logits(units: Any) -> Any:
    return units * IMPORTANCE_UNIT
