"""Tables of revision 0002: fragments, patterns, where they were seen, and what people say of them."""

from __future__ import annotations

from sqlalchemy import Boolean, Index, Table
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from camlode.sql.migrations.definitions import (
    COUNT,
    LARGE_KEY,
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
from camlode.sql.migrations.revision_0002.runs import METADATA

FRAGMENTS = Table(
    "fragments",
    METADATA,
    *needed(LARGE_KEY, "id"),
    *needed(TEXT, "text", "normalised"),
    *needed(NUMBER, "characters"),
    key("fragments", "id"),
    unique("fragments", "text").ddl_if(dialect="sqlite"),
    ExcludeConstraint(("text", "="), using="hash", name="uq_fragments_text").ddl_if(dialect="postgresql"),
)

PATTERNS = Table(
    "patterns",
    METADATA,
    *needed(NUMBER, "label_id"),
    *needed(LARGE_KEY, "fragment_id"),
    *needed(NUMBER, "rank", "units"),
    *needed(MEASURE, "importance", "mean", "share"),
    *needed(COUNT, "documents", "occurrences"),
    *optional(COUNT, "matched_documents", "matched_occurrences", "predicted_documents"),
    *optional(COUNT, "labelled_documents", "gold_documents"),
    *optional(MEASURE, "precision", "precision_lower", "gold_precision", "gold_precision_lower"),
    *optional(MEASURE, "coverage", "lift", "log_odds_z"),
    *needed(MEASURE, "c_value"),
    *needed(Boolean(), "maximal"),
    key("patterns", "label_id", "fragment_id"),
    unique("patterns", "label_id", "rank"),
    check("patterns", "rank", "rank >= 1"),
    check("patterns", "units", "units >= 0"),
    check("patterns", "counts", "documents >= 1 AND occurrences >= documents"),
    check(
        "patterns",
        "matches",
        "matched_documents <= matched_occurrences AND predicted_documents <= matched_documents "
        "AND labelled_documents <= matched_documents AND gold_documents <= labelled_documents",
    ),
    reference("patterns", {"label_id": "id"}, "labels"),
    reference("patterns", {"fragment_id": "id"}, "fragments"),
    sqlite_with_rowid=False,
)

Index("ix_patterns_fragment_id", PATTERNS.c.fragment_id, PATTERNS.c.label_id)

EXAMPLES = Table(
    "examples",
    METADATA,
    *needed(NUMBER, "label_id"),
    *needed(LARGE_KEY, "fragment_id"),
    *needed(TEXT, "kind"),
    *needed(NUMBER, "position"),
    *needed(TEXT, "document", "place", "left", "hit", "right"),
    *optional(MEASURE, "importance"),
    key("examples", "label_id", "fragment_id", "kind", "position"),
    reference("examples", {"label_id": "label_id", "fragment_id": "fragment_id"}, "patterns"),
    check("examples", "kind", "kind IN ('supporting', 'counter')"),
    check("examples", "importance", "kind = 'counter' OR importance IS NOT NULL"),
    sqlite_with_rowid=False,
)

REVIEWS = Table(
    "reviews",
    METADATA,
    *needed(NUMBER, "id"),
    *needed(LARGE_KEY, "fragment_id"),
    *needed(TEXT, "label", "status", "note", "author"),
    *needed(MOMENT, "time"),
    key("reviews", "id"),
    check("reviews", "status", "status IN ('accepted', 'rejected', 'spurious')"),
    reference("reviews", {"fragment_id": "id"}, "fragments"),
    sqlite_autoincrement=True,
)

Index("ix_reviews_fragment_id_label", REVIEWS.c.fragment_id, REVIEWS.c.label)
