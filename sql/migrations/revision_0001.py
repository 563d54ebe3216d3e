"""The tables of revision 0001."""

from __future__ import annotations

from sqlalchemy import Boolean, Index, MetaData, Table

from camlode.sql.migrations.definitions import (
    COUNT,
    MEASURE,
    MOMENT,
    NUMBER,
    TEXT,
    check,
    key,
    needed,
    optional,
    reference,
    unique,
)

METADATA = MetaData()

VIEW = "top_patterns"
"""The one view that there was."""

FRAGMENTS = Table(
    "fragments",
    METADATA,
    *needed(NUMBER, "id"),
    *needed(TEXT, "text"),
    *needed(NUMBER, "characters"),
    key("fragments", "id"),
    unique("fragments", "text"),
)

RUNS = Table(
    "runs",
    METADATA,
    *needed(NUMBER, "id"),
    *needed(TEXT, "fingerprint", "parts", "status"),
    *needed(Boolean(), "current"),
    *needed(TEXT, "method", "model", "task", "layers", "settings", "versions", "folder"),
    *optional(TEXT, "owner"),
    *optional(MOMENT, "heartbeat"),
    *needed(MOMENT, "started"),
    *optional(MOMENT, "ended"),
    *optional(COUNT, "documents_read", "documents_explained", "documents_rejected", "documents_truncated"),
    *optional(COUNT, "duplicate_ids"),
    *optional(MEASURE, "padding_share"),
    *optional(COUNT, "empty_maps"),
    *optional(MEASURE, "residual"),
    *optional(COUNT, "shards", "failed_shards"),
    key("runs", "id"),
    check("runs", "status", "status IN ('running', 'complete', 'incomplete', 'failed', 'interrupted')"),
    check("runs", "current_published", "NOT current OR status IN ('complete', 'incomplete')"),
)

Index(
    "uq_runs_current",
    RUNS.c.current,
    unique=True,
    sqlite_where=RUNS.c.current.is_(True),
    postgresql_where=RUNS.c.current.is_(True),
)

LABELS = Table(
    "labels",
    METADATA,
    *needed(NUMBER, "id", "run_id", "position"),
    *needed(TEXT, "name"),
    *needed(COUNT, "documents"),
    *optional(COUNT, "gold_documents", "agreed_documents"),
    *needed(MEASURE, "importance"),
    key("labels", "id"),
    unique("labels", "run_id", "name"),
    unique("labels", "run_id", "position"),
    reference("labels", {"run_id": "id"}, "runs"),
)

REJECTS = Table(
    "rejects",
    METADATA,
    *needed(NUMBER, "run_id"),
    *needed(TEXT, "reason"),
    *needed(COUNT, "documents"),
    key("rejects", "run_id", "reason"),
    reference("rejects", {"run_id": "id"}, "runs"),
)

SHARDS = Table(
    "shards",
    METADATA,
    *needed(NUMBER, "run_id", "number"),
    *needed(TEXT, "shard", "file"),
    *needed(COUNT, "file_bytes"),
    *needed(TEXT, "unit"),
    *needed(COUNT, "start", "stop"),
    *needed(TEXT, "state"),
    *needed(NUMBER, "attempts"),
    *optional(TEXT, "error", "worker"),
    *optional(MEASURE, "seconds"),
    *optional(COUNT, "documents", "rejects"),
    *optional(TEXT, "partial"),
    *optional(COUNT, "partial_bytes"),
    key("shards", "run_id", "number"),
    check("shards", "state", "state IN ('pending', 'running', 'done', 'failed')"),
    check("shards", "done_partial", "state <> 'done' OR partial IS NOT NULL"),
    reference("shards", {"run_id": "id"}, "runs"),
)

PATTERNS = Table(
    "patterns",
    METADATA,
    *needed(NUMBER, "label_id", "fragment_id", "rank"),
    *needed(MEASURE, "importance", "mean", "share"),
    *needed(COUNT, "documents", "occurrences"),
    key("patterns", "label_id", "fragment_id"),
    unique("patterns", "label_id", "rank"),
    check("patterns", "rank", "rank >= 1"),
    check("patterns", "counts", "documents >= 1 AND occurrences >= documents"),
    reference("patterns", {"label_id": "id"}, "labels"),
    reference("patterns", {"fragment_id": "id"}, "fragments"),
)

EXAMPLES = Table(
    "examples",
    METADATA,
    *needed(NUMBER, "label_id", "fragment_id", "position"),
    *needed(TEXT, "document", "place", "left", "hit", "right"),
    *needed(MEASURE, "importance"),
    key("examples", "label_id", "fragment_id", "position"),
    reference("examples", {"label_id": "label_id", "fragment_id": "fragment_id"}, "patterns"),
)
