"""Query results as pandas tables, whose columns have the same types whether there are rows or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from camlode.sql.records import Row

TIMESTAMP = "datetime64[us, UTC]"

COUNT_COLUMNS = (
    "documents_read",
    "documents_explained",
    "documents_rejected",
    "documents_truncated",
    "duplicate_ids",
    "gold_documents",
    "matched_documents",
    "empty_maps",
    "shards",
    "done_shards",
    "failed_shards",
)

TEXT_COLUMNS = (
    "fingerprint",
    "parts",
    "method",
    "unit",
    "model",
    "model_version",
    "model_digest",
    "task",
    "thresholds",
    "layers",
    "corpus",
    "corpus_digest",
)

PATTERN_COLUMNS = {
    "run": "int64",
    "label": "str",
    "rank": "int64",
    "fragment": "str",
    "units": "int64",
    "importance": "float64",
    "mean": "float64",
    "share": "float64",
    "documents": "int64",
    "occurrences": "int64",
    "matched_documents": "Int64",
    "matched_occurrences": "Int64",
    "predicted_documents": "Int64",
    "labelled_documents": "Int64",
    "gold_documents": "Int64",
    "precision": "float64",
    "precision_lower": "float64",
    "gold_precision": "float64",
    "gold_precision_lower": "float64",
    "coverage": "float64",
    "lift": "float64",
    "log_odds_z": "float64",
    "c_value": "float64",
    "maximal": "bool",
    "review": "str",
}

COLUMNS: dict[str, dict[str, str]] = {
    "runs": {
        "run": "int64",
        "status": "str",
        "current": "bool",
        **dict.fromkeys(TEXT_COLUMNS, "str"),
        "corpus_files": "int64",
        "corpus_bytes": "int64",
        **dict.fromkeys(("settings", "versions", "folder", "owner"), "str"),
        "started": TIMESTAMP,
        "ended": TIMESTAMP,
        **dict.fromkeys(COUNT_COLUMNS, "Int64"),
        "padding_share": "float64",
        "residual": "float64",
    },
    "labels": {
        "run": "int64",
        "label": "str",
        "documents": "int64",
        "gold_documents": "Int64",
        "agreed_documents": "Int64",
        "importance": "float64",
        "patterns": "int64",
    },
    "patterns": PATTERN_COLUMNS,
    "places": {**PATTERN_COLUMNS, "current": "bool", **dict.fromkeys(("model", "model_version", "corpus"), "str")},
    "difference": {
        **dict.fromkeys(("label", "change", "fragment"), "str"),
        **dict.fromkeys(("rank_before", "rank_after"), "Int64"),
        **dict.fromkeys(
            ("importance_before", "importance_after", "share_before", "share_after", "share_change"), "float64"
        ),
    },
    "difference_counts": {
        "label": "str",
        **dict.fromkeys(("before", "after", "kept", "gained", "lost"), "int64"),
    },
    "examples": {
        "run": "int64",
        "label": "str",
        "fragment": "str",
        "kind": "str",
        "position": "int64",
        "document": "str",
        "place": "str",
        "left": "str",
        "hit": "str",
        "right": "str",
        "importance": "float64",
    },
    "rejects": {"run": "int64", "reason": "str", "documents": "int64"},
    "reviews": {
        "review": "int64",
        **dict.fromkeys(("fragment", "label", "status", "note", "author"), "str"),
        "time": TIMESTAMP,
    },
    "shards": {
        "run": "int64",
        "number": "int64",
        "shard": "str",
        "file": "str",
        "file_bytes": "int64",
        "unit": "str",
        "start": "int64",
        "stop": "int64",
        "state": "str",
        "attempts": "int64",
        "error": "str",
        "worker": "str",
        "seconds": "float64",
        "documents": "Int64",
        "rejects": "Int64",
        "partial": "str",
        "partial_bytes": "Int64",
    },
    "rule_sets": {
        "name": "str",
        "version": "int64",
        "run": "Int64",
        "task": "str",
        "labels": "int64",
        "rules": "int64",
        "author": "str",
        "created": TIMESTAMP,
        "evaluations": "object",
    },
}


def to_frame(query_name: str, rows: Sequence[Row]) -> pd.DataFrame:
    """Convert the rows of `query_name`, a key of COLUMNS, to a table."""
    types = COLUMNS[query_name]
    return pd.DataFrame(list(rows), columns=list(types)).astype(types)
