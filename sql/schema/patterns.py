"""Patterns: fragments, what they weigh for each label of a run, and where they were seen."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sql.schema.base import LARGE_KEY, Base, Count, LabelKey, Logits


class FragmentRow(Base):
    """A piece of text, verbatim, shared by all runs; `normalised` as matching reads it, `characters` its length."""

    __tablename__ = "fragments"

    id: Mapped[int] = mapped_column(LARGE_KEY, primary_key=True)
    text: Mapped[str]
    normalised: Mapped[str]
    characters: Mapped[int]

    __table_args__ = (
        UniqueConstraint("text").ddl_if(dialect="sqlite"),
        # A hash: a B-tree of PostgreSQL's takes no text of more than 2,704 bytes.
        ExcludeConstraint(("text", "="), using="hash", name="uq_fragments_text").ddl_if(dialect="postgresql"),
    )


class PatternRow(Base):
    """A fragment with its statistics for one label, and so for one run; null is what the match pass would have told.

    The columns are those of `RunResult.patterns`.
    """

    __tablename__ = "patterns"

    label_id: Mapped[LabelKey]
    fragment_id: Mapped[int] = mapped_column(LARGE_KEY, ForeignKey("fragments.id"), primary_key=True)
    rank: Mapped[int]
    units: Mapped[int]
    importance: Mapped[Logits]
    mean: Mapped[Logits]
    share: Mapped[float]
    documents: Mapped[Count]
    occurrences: Mapped[Count]
    matched_documents: Mapped[Count | None]
    matched_occurrences: Mapped[Count | None]
    predicted_documents: Mapped[Count | None]
    labelled_documents: Mapped[Count | None]
    gold_documents: Mapped[Count | None]
    precision: Mapped[float | None]
    precision_lower: Mapped[float | None]
    gold_precision: Mapped[float | None]
    gold_precision_lower: Mapped[float | None]
    coverage: Mapped[float | None]
    lift: Mapped[float | None]
    log_odds_z: Mapped[float | None]
    c_value: Mapped[float]
    maximal: Mapped[bool]

    __table_args__ = (
        UniqueConstraint("label_id", "rank"),
        CheckConstraint("rank >= 1", name="rank"),
        CheckConstraint("units >= 0", name="units"),
        CheckConstraint("documents >= 1 AND occurrences >= documents", name="counts"),
        CheckConstraint(
            "matched_documents <= matched_occurrences AND predicted_documents <= matched_documents "
            "AND labelled_documents <= matched_documents AND gold_documents <= labelled_documents",
            name="matches",
        ),
        # One label's patterns lie side by side, in the order in which another run's are looked up beside them.
        {"sqlite_with_rowid": False},
    )


# With the label, so that of many runs only the wanted one's rows are read.
Index("ix_patterns_fragment_id", PatternRow.fragment_id, PatternRow.label_id)


class ExampleRow(Base):
    """A place in a document where a pattern was important, with the text to its left and right; or, of the kind
    "counter", where it occurs in a document that was not predicted the label."""

    __tablename__ = "examples"

    label_id: Mapped[int] = mapped_column(primary_key=True)
    fragment_id: Mapped[int] = mapped_column(LARGE_KEY, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str]
    place: Mapped[str]
    left: Mapped[str]
    hit: Mapped[str]
    right: Mapped[str]
    importance: Mapped[Logits | None]

    __table_args__ = (
        ForeignKeyConstraint(["label_id", "fragment_id"], ["patterns.label_id", "patterns.fragment_id"]),
        CheckConstraint("kind IN ('supporting', 'counter')", name="kind"),
        CheckConstraint("kind = 'counter' OR importance IS NOT NULL", name="importance"),
        {"sqlite_with_rowid": False},
    )
