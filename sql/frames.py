"""Answers as pandas tables, whose columns have the same types whether there are rows or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sql.records import Row

MOMENT = "datetime64[us, UTC]"

COUNTS = (
    "documents_read",
    "documents_explained",
    "documents_rejected",
    "documents_truncated",
    "duplicate_ids",
    "empty_maps",
    "shards",
    "done_shards",
    "failed_shards",
)

TEXTS = ("fingerprint", "parts", "method", "model", "task", "layers", "settings", "versions", "folder", "owner")

COLUMNS: dict[str, dict[str, str]] = {
    "runs": {
        "run": "int64",
        "status": "str",
        "current": "bool",
        **dict.fromkeys(TEXTS, "str"),
        "started": MOMENT,
        "ended": MOMENT,
        **dict.fromkeys(COUNTS, "Int64"),
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
    },
    "patterns": {
        "run": "int64",
        "label": "str",
        "rank": "int64",
        "fragment": "str",
        "importance": "float64",
        "mean": "float64",
        "share": "float64",
        "documents": "int64",
        "occurrences": "int64",
    },
    "examples": {
        "run": "int64",
        "label": "str",
        "fragment": "str",
        "position": "int64",
        "document": "str",
        "place": "str",
        "left": "str",
        "hit": "str",
        "right": "str",
        "importance": "float64",
    },
    "rejects": {"run": "int64", "reason": "str", "documents": "int64"},
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
}


def frame(question: str, rows: Sequence[Row]) -> pd.DataFrame:
    """The rows that answer `question`, one of the keys of COLUMNS."""
    types = COLUMNS[question]
    return pd.DataFrame(list(rows), columns=list(types)).astype(types)
