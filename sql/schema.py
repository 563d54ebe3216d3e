"""The tables of the pattern store. They may change with a release: the views are what users can rely on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Count = Annotated[int, "a number of things, which may pass 2³¹"]
Logits = Annotated[float, "importance, in logits"]

LabelKey = Annotated[int, mapped_column(ForeignKey("labels.id"), primary_key=True)]
RunKey = Annotated[int, mapped_column(ForeignKey("runs.id"), primary_key=True)]


class Base(DeclarativeBase):
    """Every constraint has a name, so that a migration can find it."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        float: Double,
        datetime: DateTime(timezone=True),
        Count: BigInteger,
        Logits: Double,
    }


class Run(Base):
    """One mining job. Its counts are null until it is complete; then only `current` can change."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    status: Mapped[str]
    current: Mapped[bool]
    method: Mapped[str]
    model: Mapped[str]
    task: Mapped[str]
    layers: Mapped[str]
    settings: Mapped[str]
    versions: Mapped[str]
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    documents_read: Mapped[Count | None]
    documents_explained: Mapped[Count | None]
    documents_rejected: Mapped[Count | None]
    documents_truncated: Mapped[Count | None]
    duplicate_ids: Mapped[Count | None]
    padding_share: Mapped[float | None]
    empty_maps: Mapped[Count | None]
    residual: Mapped[float | None]
    shards: Mapped[Count | None]
    failed_shards: Mapped[Count | None]

    __table_args__ = (
        CheckConstraint("status IN ('running', 'complete', 'failed', 'interrupted')", name="status"),
        CheckConstraint("NOT current OR status = 'complete'", name="current_complete"),
    )


Index(
    "uq_runs_current",
    Run.current,
    unique=True,
    sqlite_where=Run.current.is_(True),
    postgresql_where=Run.current.is_(True),
)


class Label(Base):
    """A label of the model of one run, in the model's order; the counts are of documents."""

    __tablename__ = "labels"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"))
    position: Mapped[int]
    name: Mapped[str]
    documents: Mapped[Count]
    gold_documents: Mapped[Count | None]
    agreed_documents: Mapped[Count | None]
    importance: Mapped[Logits]

    __table_args__ = (UniqueConstraint("run_id", "name"), UniqueConstraint("run_id", "position"))


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


class Reject(Base):
    """How many documents of a run were rejected for one reason."""

    __tablename__ = "rejects"

    run_id: Mapped[RunKey]
    reason: Mapped[str] = mapped_column(primary_key=True)
    documents: Mapped[Count]
