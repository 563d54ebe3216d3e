"""Tables of revision 0002: models, corpora, runs, and what is noted of each run."""

from __future__ import annotations

from sqlalchemy import Boolean, Index, MetaData, Table

from camlode.sql.migrations.definitions import (
    COUNT,
    MEASURE,
    MOMENT,
    NUMBER,
    check,
    key,
    needed,
    optional,
    reference,
    unique,
)
from camlode.sql.migrations.definitions import ORDERED_TEXT as TEXT

METADATA = MetaData()

MODELS = Table(
    "models",
    METADATA,
    *needed(NUMBER, "id"),
    *needed(TEXT, "key", "name"),
    *optional(TEXT, "version"),
    *needed(TEXT, "digest", "task", "labels", "thresholds", "layers"),
    key("models", "id"),
    unique("models", "key"),
)

CORPORA = Table(
    "corpora",
    METADATA,
    *needed(NUMBER, "id"),
    *needed(TEXT, "name", "digest"),
    *needed(COUNT, "files", "bytes"),
    *optional(COUNT, "documents"),
    key("corpora", "id"),
    unique("corpora", "name", "digest"),
)

RUNS = Table(
    "runs",
    METADATA,
    *needed(NUMBER, "id", "model_id", "corpus_id"),
    *needed(TEXT, "fingerprint", "parts", "status"),
    *needed(Boolean(), "current"),
    *needed(TEXT, "method", "unit", "settings", "versions", "folder"),
    *optional(TEXT, "owner"),
    *optional(MOMENT, "heartbeat"),
    *needed(MOMENT, "started"),
    *optional(MOMENT, "ended"),
    *optional(COUNT, "documents_read", "documents_explained", "documents_rejected", "documents_truncated"),
    *optional(COUNT, "duplicate_ids", "gold_documents", "matched_documents"),
    *optional(MEASURE, "padding_share"),
    *optional(COUNT, "empty_maps"),
    *optional(MEASURE, "residual"),
    *optional(COUNT, "shards", "failed_shards"),
    key("runs", "id"),
    check("runs", "status", "status IN ('running', 'complete', 'incomplete', 'failed', 'interrupted')"),
    check("runs", "current_published", "NOT current OR status IN ('complete', 'incomplete')"),
    check("runs", "unit", "unit IN ('word', 'char')"),
    reference("runs", {"model_id": "id"}, "models"),
    reference("runs", {"corpus_id": "id"}, "corpora"),
    sqlite_autoincrement=True,
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
