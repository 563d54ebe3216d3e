"""The tables, indexes and constraints of revision 0001: the first that was released.

The tables are stated here and not taken from `camlode.sql.schema`, which follows the latest revision.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint

revision = "0001"
down_revision = None

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
LARGE_KEY = BigInteger().with_variant(Integer, "sqlite")
MOMENT = DateTime(timezone=True)

SEARCH_INDEX_DDL = {
    "sqlite": (
        "CREATE VIRTUAL TABLE fragment_search USING fts5(pairs, content='', columnsize=0, detail=none, "
        "tokenize='ascii')",
    ),
    "postgresql": (
        "ALTER TABLE fragments ADD COLUMN pairs integer[]",
        "CREATE INDEX ix_fragments_pairs ON fragments USING gin (pairs)",
    ),
}


def columns(column_type: Any, *names: str, nullable: bool = False) -> list[Column[Any]]:
    """Columns of one type."""
    return [Column(name, column_type, nullable=nullable) for name in names]


def upgrade() -> None:
    """Create the tables in an empty database."""
    dialect = op.get_bind().dialect.name
    if dialect == "sqlite":
        unique_text: Any = UniqueConstraint("text", name="uq_fragments_text")
    else:
        unique_text = ExcludeConstraint(("text", "="), using="hash", name="uq_fragments_text")
    op.create_table(
        "corpora",
        *columns(Integer, "id"),
        *columns(TEXT, "name", "digest"),
        *columns(BigInteger, "files", "bytes"),
        *columns(BigInteger, "documents", nullable=True),
        PrimaryKeyConstraint("id", name="pk_corpora"),
        UniqueConstraint("name", "digest", name="uq_corpora_name_digest"),
    )
    op.create_table(
        "fragments",
        *columns(LARGE_KEY, "id"),
        *columns(TEXT, "text", "normalised"),
        *columns(Integer, "characters"),
        PrimaryKeyConstraint("id", name="pk_fragments"),
        unique_text,
    )
    op.create_table(
        "models",
        *columns(Integer, "id"),
        *columns(TEXT, "key", "name"),
        *columns(TEXT, "version", nullable=True),
        *columns(TEXT, "digest", "task", "labels", "thresholds", "layers"),
        PrimaryKeyConstraint("id", name="pk_models"),
        UniqueConstraint("key", name="uq_models_key"),
    )
    op.create_table(
        "rule_sets",
        *columns(Integer, "id"),
        *columns(TEXT, "name"),
        *columns(Integer, "version"),
        *columns(Integer, "run", nullable=True),
        *columns(TEXT, "task"),
        *columns(Integer, "labels", "rules"),
        *columns(TEXT, "content", "author"),
        *columns(MOMENT, "created"),
        PrimaryKeyConstraint("id", name="pk_rule_sets"),
        UniqueConstraint("name", "version", name="uq_rule_sets_name_version"),
        CheckConstraint("task IN ('multiclass', 'multilabel')", name="ck_rule_sets_task"),
        CheckConstraint("version >= 1", name="ck_rule_sets_version"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "reviews",
        *columns(Integer, "id"),
        *columns(LARGE_KEY, "fragment_id"),
        *columns(TEXT, "label", "status", "note", "author"),
        *columns(MOMENT, "time"),
        PrimaryKeyConstraint("id", name="pk_reviews"),
        ForeignKeyConstraint(["fragment_id"], ["fragments.id"], name="fk_reviews_fragments"),
        CheckConstraint("status IN ('accepted', 'rejected', 'spurious')", name="ck_reviews_status"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "rule_set_evaluations",
        *columns(Integer, "rule_set_id"),
        *columns(TEXT, "corpus", "against", "measure"),
        *columns(Double, "value"),
        PrimaryKeyConstraint("rule_set_id", "corpus", "against", "measure", name="pk_rule_set_evaluations"),
        ForeignKeyConstraint(["rule_set_id"], ["rule_sets.id"], name="fk_rule_set_evaluations_rule_sets"),
        CheckConstraint("against IN ('model', 'gold')", name="ck_rule_set_evaluations_against"),
    )
    op.create_table(
        "runs",
        *columns(Integer, "id", "model_id", "corpus_id"),
        *columns(TEXT, "fingerprint", "parts", "status"),
        *columns(Boolean, "current"),
        *columns(TEXT, "method", "unit", "settings", "versions", "folder"),
        *columns(TEXT, "owner", nullable=True),
        *columns(MOMENT, "heartbeat", nullable=True),
        *columns(MOMENT, "started"),
        *columns(MOMENT, "ended", nullable=True),
        *columns(
            BigInteger,
            "documents_read",
            "documents_explained",
            "documents_rejected",
            "documents_truncated",
            "duplicate_ids",
            "gold_documents",
            "matched_documents",
            nullable=True,
        ),
        *columns(Double, "padding_share", nullable=True),
        *columns(BigInteger, "empty_maps", nullable=True),
        *columns(Double, "residual", nullable=True),
        *columns(BigInteger, "shards", "failed_shards", nullable=True),
        PrimaryKeyConstraint("id", name="pk_runs"),
        ForeignKeyConstraint(["corpus_id"], ["corpora.id"], name="fk_runs_corpora"),
        ForeignKeyConstraint(["model_id"], ["models.id"], name="fk_runs_models"),
        CheckConstraint("NOT current OR status IN ('complete', 'incomplete')", name="ck_runs_current_published"),
        CheckConstraint(
            "status IN ('running', 'complete', 'incomplete', 'failed', 'interrupted')", name="ck_runs_status"
        ),
        CheckConstraint("unit IN ('word', 'char')", name="ck_runs_unit"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "labels",
        *columns(Integer, "id", "run_id", "position"),
        *columns(TEXT, "name"),
        *columns(BigInteger, "documents"),
        *columns(BigInteger, "gold_documents", "agreed_documents", nullable=True),
        *columns(Double, "importance"),
        PrimaryKeyConstraint("id", name="pk_labels"),
        ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_labels_runs"),
        UniqueConstraint("run_id", "name", name="uq_labels_run_id_name"),
        UniqueConstraint("run_id", "position", name="uq_labels_run_id_position"),
    )
    op.create_table(
        "rejects",
        *columns(Integer, "run_id"),
        *columns(TEXT, "reason"),
        *columns(BigInteger, "documents"),
        PrimaryKeyConstraint("run_id", "reason", name="pk_rejects"),
        ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_rejects_runs"),
    )
    op.create_table(
        "shards",
        *columns(Integer, "run_id", "number"),
        *columns(TEXT, "shard", "file"),
        *columns(BigInteger, "file_bytes"),
        *columns(TEXT, "unit"),
        *columns(BigInteger, "start", "stop"),
        *columns(TEXT, "state"),
        *columns(Integer, "attempts"),
        *columns(TEXT, "error", "worker", nullable=True),
        *columns(Double, "seconds", nullable=True),
        *columns(BigInteger, "documents", "rejects", nullable=True),
        *columns(TEXT, "partial", nullable=True),
        *columns(BigInteger, "partial_bytes", nullable=True),
        PrimaryKeyConstraint("run_id", "number", name="pk_shards"),
        ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_shards_runs"),
        CheckConstraint("state <> 'done' OR partial IS NOT NULL", name="ck_shards_done_partial"),
        CheckConstraint("state IN ('pending', 'running', 'done', 'failed')", name="ck_shards_state"),
    )
    op.create_table(
        "patterns",
        *columns(Integer, "label_id"),
        *columns(LARGE_KEY, "fragment_id"),
        *columns(Integer, "rank", "units"),
        *columns(Double, "importance", "mean", "share"),
        *columns(BigInteger, "documents", "occurrences"),
        *columns(
            BigInteger,
            "matched_documents",
            "matched_occurrences",
            "predicted_documents",
            "labelled_documents",
            "gold_documents",
            nullable=True,
        ),
        *columns(
            Double,
            "precision",
            "precision_lower",
            "gold_precision",
            "gold_precision_lower",
            "coverage",
            "lift",
            "log_odds_z",
            nullable=True,
        ),
        *columns(Double, "c_value"),
        *columns(Boolean, "maximal"),
        PrimaryKeyConstraint("label_id", "fragment_id", name="pk_patterns"),
        ForeignKeyConstraint(["fragment_id"], ["fragments.id"], name="fk_patterns_fragments"),
        ForeignKeyConstraint(["label_id"], ["labels.id"], name="fk_patterns_labels"),
        UniqueConstraint("label_id", "rank", name="uq_patterns_label_id_rank"),
        CheckConstraint("documents >= 1 AND occurrences >= documents", name="ck_patterns_counts"),
        CheckConstraint(
            "matched_documents <= matched_occurrences AND predicted_documents <= matched_documents "
            "AND labelled_documents <= matched_documents AND gold_documents <= labelled_documents",
            name="ck_patterns_matches",
        ),
        CheckConstraint("rank >= 1", name="ck_patterns_rank"),
        CheckConstraint("units >= 0", name="ck_patterns_units"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "examples",
        *columns(Integer, "label_id"),
        *columns(LARGE_KEY, "fragment_id"),
        *columns(TEXT, "kind"),
        *columns(Integer, "position"),
        *columns(TEXT, "document", "place", "left", "hit", "right"),
        *columns(Double, "importance", nullable=True),
        PrimaryKeyConstraint("label_id", "fragment_id", "kind", "position", name="pk_examples"),
        ForeignKeyConstraint(
            ["label_id", "fragment_id"], ["patterns.label_id", "patterns.fragment_id"], name="fk_examples_patterns"
        ),
        CheckConstraint("kind = 'counter' OR importance IS NOT NULL", name="ck_examples_importance"),
        CheckConstraint("kind IN ('supporting', 'counter')", name="ck_examples_kind"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reviews_fragment_id_label", "reviews", ["fragment_id", "label"])
    op.create_index("ix_patterns_fragment_id", "patterns", ["fragment_id", "label_id"])
    current: dict[str, Any] = {f"{dialect}_where": text("current IS 1" if dialect == "sqlite" else "current IS true")}
    op.create_index("uq_runs_current", "runs", ["current"], unique=True, **current)
    for statement in SEARCH_INDEX_DDL[dialect]:
        op.execute(statement)
