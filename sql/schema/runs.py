"""Runs: what was mined and how, its labels, and what was rejected."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (the columns' types are read when the class is made)

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sql.schema.base import Base, Count, Logits, RunKey


class RunRow(Base):
    """One mining job. Its counts are null until it is published; once it is complete only `current` can change.

    An incomplete run is published, but lacks the documents of its failed shards. `parts` are the fingerprint's, by
    section; `unit` is what its fragments are made of; `folder` is where the shards' results lie; `owner` is the process
    that works at it, which last said so at `heartbeat`. `parts`, `settings` and `versions` are JSON objects.
    """

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("models.id"))
    corpus_id: Mapped[int] = mapped_column(ForeignKey("corpora.id"))
    fingerprint: Mapped[str]
    parts: Mapped[str]
    status: Mapped[str]
    current: Mapped[bool]
    method: Mapped[str]
    unit: Mapped[str]
    settings: Mapped[str]
    versions: Mapped[str]
    folder: Mapped[str]
    owner: Mapped[str | None]
    heartbeat: Mapped[datetime | None]
    started: Mapped[datetime]
    ended: Mapped[datetime | None]
    documents_read: Mapped[Count | None]
    documents_explained: Mapped[Count | None]
    documents_rejected: Mapped[Count | None]
    documents_truncated: Mapped[Count | None]
    duplicate_ids: Mapped[Count | None]
    gold_documents: Mapped[Count | None]
    matched_documents: Mapped[Count | None]
    padding_share: Mapped[float | None]
    empty_maps: Mapped[Count | None]
    residual: Mapped[float | None]
    shards: Mapped[Count | None]
    failed_shards: Mapped[Count | None]

    __table_args__ = (
        CheckConstraint("status IN ('running', 'complete', 'incomplete', 'failed', 'interrupted')", name="status"),
        CheckConstraint("NOT current OR status IN ('complete', 'incomplete')", name="current_published"),
        CheckConstraint("unit IN ('word', 'char')", name="unit"),
        # The number of a run that was deleted is never given to another.
        {"sqlite_autoincrement": True},
    )


Index(
    "uq_runs_current",
    RunRow.current,
    unique=True,
    sqlite_where=RunRow.current.is_(True),
    postgresql_where=RunRow.current.is_(True),
)


class LabelRow(Base):
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


class RejectRow(Base):
    """How many documents of a run were rejected for one reason."""

    __tablename__ = "rejects"

    run_id: Mapped[RunKey]
    reason: Mapped[str] = mapped_column(primary_key=True)
    documents: Mapped[Count]
