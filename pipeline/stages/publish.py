"""The merged fragments → the store's tables: ranks, means and shares, and the examples beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.records import IMPORTANCE_UNIT, Counts, LabelTotals
from pipeline.stages.reduce import ranks
from sql import RunCounts, RunResult

if TYPE_CHECKING:
    from collections.abc import Sequence


def run_result(
    best: pa.Table,
    labels: Sequence[str],
    totals: LabelTotals,
    counts: Counts,
    *,
    shards: int,
    failed_shards: int,
    duplicate_ids: int,
) -> RunResult:
    """What a run publishes, from the best fragments of its shards and the sums over these."""
    named = best.append_column("label_name", pa.array(labels, pa.string()).take(best["label"]))
    return RunResult(
        patterns=_patterns(named, totals),
        examples=_examples(named),
        labels=_labels(labels, totals, counts),
        rejects=dict(counts.rejected),
        counts=RunCounts(
            documents_read=counts.read,
            documents_explained=counts.explained,
            documents_rejected=counts.rejected.total(),
            documents_truncated=counts.truncated,
            duplicate_ids=duplicate_ids,
            padding_share=_padding_share(counts, totals),
            empty_maps=counts.empty_maps,
            residual=_logits(counts.residual) / counts.complete if counts.complete else None,
            shards=shards,
            failed_shards=failed_shards,
        ),
    )


def _patterns(best: pa.Table, totals: LabelTotals) -> pa.Table:
    importance = best["importance"].to_numpy()
    return pa.table(
        {
            "label": best["label_name"],
            "rank": ranks(best),
            "fragment": best["fragment"],
            "importance": _logits(importance),
            "mean": _logits(importance) / best["documents"].to_numpy(),
            "share": importance / totals.importance[best["label"].to_numpy()],
            "documents": best["documents"],
            "occurrences": best["occurrences"],
        }
    )


def _examples(best: pa.Table) -> pa.Table:
    lists = best["examples"].combine_chunks()
    rows = pc.list_parent_indices(lists)
    flat = pa.Table.from_struct_array(pc.list_flatten(lists))
    numbers = rows.to_numpy()
    return pa.table(
        {
            "label": best["label_name"].take(rows),
            "fragment": best["fragment"].take(rows),
            "position": np.arange(len(numbers)) - np.searchsorted(numbers, numbers) + 1,
            "document": flat["document"],
            "place": flat["place"],
            "left": flat["left"],
            "hit": best["fragment"].take(rows),
            "right": flat["right"],
            "importance": _logits(flat["importance"].to_numpy()),
        }
    )


def _labels(labels: Sequence[str], totals: LabelTotals, counts: Counts) -> pa.Table:
    no_gold = np.full(len(labels), counts.with_gold == 0)
    return pa.table(
        {
            "name": list(labels),
            "documents": totals.predicted,
            "gold_documents": pa.array(totals.gold, mask=no_gold),
            "agreed_documents": pa.array(totals.agreed, mask=no_gold),
            "importance": _logits(totals.importance),
        }
    )


def _padding_share(counts: Counts, totals: LabelTotals) -> float:
    everything = counts.padding + int(totals.importance.sum())
    return counts.padding / everything if everything else 0.0


def _logits(units: Any) -> Any:
    return units * IMPORTANCE_UNIT
