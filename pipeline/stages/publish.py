"""The publish stage: merged fragments, sums and matches → the tables that the store publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from camlode.pipeline.arrays import rank_in_groups
from camlode.pipeline.fragments.casefold import fold_case_all
from camlode.pipeline.importance_unit import IMPORTANCE_UNIT
from camlode.pipeline.stages.reduce import rank_rows
from camlode.pipeline.stages.statistics import c_value, compute_statistics, find_maximal, find_nested
from camlode.sql import RunCounts, RunResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.pipeline.records import Counts, LabelTotals
    from camlode.pipeline.stages.match_counts import MatchCounts, Matches

_COUNT_COLUMNS = {
    "matched_documents": "documents",
    "matched_occurrences": "occurrences",
    "predicted_documents": "predicted",
    "labelled_documents": "with_gold",
    "gold_documents": "gold",
}
_STATISTIC_COLUMNS = (
    "precision",
    "precision_lower",
    "gold_precision",
    "gold_precision_lower",
    "coverage",
    "lift",
    "log_odds_z",
)

EXAMPLES_SCHEMA = pa.schema(
    [
        ("label", pa.string()),
        ("fragment", pa.large_string()),
        ("position", pa.int64()),
        ("kind", pa.string()),
        ("document", pa.string()),
        ("place", pa.string()),
        ("left", pa.large_string()),
        ("hit", pa.large_string()),
        ("right", pa.large_string()),
        ("importance", pa.float64()),
    ]
)
"""The columns of `RunResult.examples`."""


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
    """Build the result of a run from the best fragments of its shards, the sums over these, and the matches.

    `matches` is None where the fragments were not matched; `boundaries`: fragments consist of whole words.
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
            residual=_to_logits(counts.residual) / counts.pairs_with_residual if counts.pairs_with_residual else None,
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


def build_pattern_table(
    best: pa.Table, names: Sequence[str], totals: LabelTotals, counts: MatchCounts | None, *, boundaries: bool
) -> pa.Table:
    """Build `RunResult.patterns` with a row for each of `best`, a table of the schema PARTIAL.

    `names` are those of the labels, `counts` the result of matching, None without it; `boundaries`: a fragment that
    cuts a word of another is not nested in it.
    """
    labels, importance = best["label"].to_numpy(), best["importance"].to_numpy()
    important, fragments = best["documents"].to_numpy(), best["fragment"].to_pylist()
    documents = important if counts is None else counts.documents
    inner, outer = find_nested(labels, fragments, boundaries=boundaries)
    return pa.table(
        {
            "label": pa.array(names, pa.string()).take(best["label"]),
            "rank": rank_rows(best),
            "fragment": best["fragment"],
            "normalised": pa.array(fold_case_all(fragments), pa.large_string()),
            "units": best["units"],
            "importance": importance * IMPORTANCE_UNIT,
            "mean": importance * IMPORTANCE_UNIT / important,
            "share": importance / totals.importance[labels],
            "documents": best["documents"],
            "occurrences": best["occurrences"],
            "c_value": c_value(documents, best["units"].to_numpy(), inner, outer),
            "maximal": find_maximal(documents, inner, outer),
            **_build_match_columns(counts, labels),
        }
    )


def _build_match_columns(counts: MatchCounts | None, labels: Any) -> dict[str, pa.Array]:
    if counts is None:
        numbers = {name: pa.nulls(len(labels), pa.int64()) for name in _COUNT_COLUMNS}
        return numbers | {name: pa.nulls(len(labels), pa.float64()) for name in _STATISTIC_COLUMNS}
    statistics = compute_statistics(counts, labels)
    numbers = {name: pa.array(getattr(counts, kind)) for name, kind in _COUNT_COLUMNS.items()}
    # from_pandas makes NaN, which is what undefined statistics are, null.
    return numbers | {name: pa.array(getattr(statistics, name), from_pandas=True) for name in _STATISTIC_COLUMNS}


def build_example_table(best: pa.Table, names: Sequence[str], counter_examples: pa.Table | None) -> pa.Table:
    """Build `RunResult.examples` from a table of the schema PARTIAL: supporting examples, then counter-examples.

    `names` are those of the labels; `counter_examples` has the schema COUNTER_EXAMPLES.
    """
    lists = best["examples"].combine_chunks()
    supporting = pa.Table.from_struct_array(pc.list_flatten(lists))
    patterns = pc.list_parent_indices(lists)
    supporting = supporting.append_column("hit", best["fragment"].take(patterns))
    logits = pc.multiply(supporting["importance"], IMPORTANCE_UNIT)
    tables = [_build_kind_table(best, names, patterns, "supporting", supporting, logits)]
    if counter_examples is not None:
        no_importance = pa.nulls(counter_examples.num_rows, pa.float64())
        patterns = counter_examples["pattern"].combine_chunks()
        tables.append(_build_kind_table(best, names, patterns, "counter", counter_examples, no_importance))
    return pa.concat_tables(tables)


def _build_kind_table(
    best: pa.Table, names: Sequence[str], patterns: pa.Array, kind: str, locations: pa.Table, importance: pa.Array
) -> pa.Table:
    """Examples of one kind; `patterns` are the rows of `best` to which they belong, sorted."""
    columns = {
        "label": pa.array(names, pa.string()).take(best["label"].take(patterns)),
        "fragment": best["fragment"].take(patterns),
        "position": rank_in_groups(patterns.to_numpy()) + 1,
        "kind": pa.repeat(kind, len(patterns)),
        "importance": importance,
    }
    columns |= {name: locations[name] for name in ("document", "place", "left", "hit", "right")}
    return pa.table(columns).select(EXAMPLES_SCHEMA.names).cast(EXAMPLES_SCHEMA)
