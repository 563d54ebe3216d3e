"""The merged fragments, and what matching tells of them → the store's patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pipeline.fragments.folding import folded_all
from pipeline.records import IMPORTANCE_UNIT
from pipeline.stages.nesting import maximal, nested
from pipeline.stages.reduce import ranks
from pipeline.stages.statistics import c_value, pattern_statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records import LabelTotals
    from pipeline.stages.match_counts import MatchCounts

_COUNTED = {
    "matched_documents": "documents",
    "matched_occurrences": "occurrences",
    "predicted_documents": "predicted",
    "labelled_documents": "with_gold",
    "gold_documents": "gold",
}
_ESTIMATED = (
    "precision",
    "precision_lower",
    "gold_precision",
    "gold_precision_lower",
    "coverage",
    "lift",
    "log_odds_z",
)


def pattern_table(
    best: pa.Table, names: Sequence[str], totals: LabelTotals, counts: MatchCounts | None, *, boundaries: bool
) -> pa.Table:
    """The patterns as `sql.RunResult` describes them, a row for each of `best`, of the schema PARTIAL.

    `names` are the labels', `counts` what matching told, None where it was not made; `boundaries`: a fragment that cuts
    a word of another is not within it.
    """
    labels, importance = best["label"].to_numpy(), best["importance"].to_numpy()
    important, fragments = best["documents"].to_numpy(), best["fragment"].to_pylist()
    documents = important if counts is None else counts.documents
    inner, outer = nested(labels, fragments, boundaries=boundaries)
    return pa.table(
        {
            "label": pa.array(names, pa.string()).take(best["label"]),
            "rank": ranks(best),
            "fragment": best["fragment"],
            "normalised": pa.array(folded_all(fragments), pa.large_string()),
            "units": best["units"],
            "importance": importance * IMPORTANCE_UNIT,
            "mean": importance * IMPORTANCE_UNIT / important,
            "share": importance / totals.importance[labels],
            "documents": best["documents"],
            "occurrences": best["occurrences"],
            "c_value": c_value(documents, best["units"].to_numpy(), inner, outer),
            "maximal": maximal(documents, inner, outer),
            **_matched(counts, labels),
        }
    )


def _matched(counts: MatchCounts | None, labels: Any) -> dict[str, pa.Array]:
    if counts is None:
        numbers = {name: pa.nulls(len(labels), pa.int64()) for name in _COUNTED}
        return numbers | {name: pa.nulls(len(labels), pa.float64()) for name in _ESTIMATED}
    statistics = pattern_statistics(counts, labels)
    numbers = {name: pa.array(getattr(counts, kind)) for name, kind in _COUNTED.items()}
    return numbers | {name: _defined(getattr(statistics, name)) for name in _ESTIMATED}


def _defined(values: Any) -> pa.Array:
    """`values`, null where they are undefined."""
    return pa.array(values, mask=np.isnan(values))
