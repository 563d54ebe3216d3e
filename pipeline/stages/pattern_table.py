"""The merged fragments, and what matching tells of them → the store's patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipeline.fragments.folding import fold_case_all
from pipeline.records import IMPORTANCE_UNIT
from pipeline.stages.nesting import find_maximal, find_nested
from pipeline.stages.reduce import rank_rows
from pipeline.stages.statistics import c_value, compute_statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records import LabelTotals
    from pipeline.stages.match_counts import MatchCounts

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


def build_pattern_table(
    best: pa.Table, names: Sequence[str], totals: LabelTotals, counts: MatchCounts | None, *, boundaries: bool
) -> pa.Table:
    """The patterns as `sql.RunResult` describes them, a row for each of `best`, of the schema PARTIAL.

    `names` are the labels', `counts` what matching told, None where it was not made; `boundaries`: a fragment that cuts
    a word of another is not within it.
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
    return numbers | {name: _nan_to_null(getattr(statistics, name)) for name in _STATISTIC_COLUMNS}


def _nan_to_null(values: Any) -> pa.Array:
    """`values`, null where they are undefined."""
    return pa.array(values, mask=np.isnan(values))
