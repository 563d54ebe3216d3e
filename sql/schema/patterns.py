"""Patterns: fragments, what they weigh for each label of a run, and where they were seen."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sql.schema.base import Base, Count, LabelKey, Logits


class Fragment(Base):
    """A piece of text, verbatim, shared by all runs; `characters` is its length."""

    __tablename__ = "fragments"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(unique=True)
    characters: Mapped[int]


class Pattern(Base):
    """A fragment with its statistics for one label, and so for one run."""

    __tablename__ = "patterns"

    label_id: Mapped[LabelKey]
    fragment_id: Mapped[int] = mapped_column(ForeignKey("fragments.id"), primary_key=True)
    rank: Mapped[int]
    importance: Mapped[Logits]
    mean: Mapped[Logits]
    share: Mapped[float]
    documents: Mapped[Count]
    occurrences: Mapped[Count]

    __table_args__ = (
        UniqueConstraint("label_id", "rank"),
        CheckConstraint("rank >= 1", name="rank"),
        CheckConstraint("documents >= 1 AND occurrences >= documents", name="counts"),
    )


class Example(Base):
    """A place in a document where a pattern was important, with the text to its left and right."""

    __tablename__ = "examples"

    label_id: Mapped[int] = mapped_column(primary_key=True)
    fragment_id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[str]
    place: Mapped[str]
    left: Mapped[str]
    hit: Mapped[str]
    right: Mapped[str]
    importance: Mapped[Logits]

    __table_args__ = (ForeignKeyConstraint(["label_id", "fragment_id"], ["patterns.label_id", "patterns.fragment_id"]),)
