"""The ledger: every shard of a run, and what has become of it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sql.schema.base import Base, Count, RunKey


class ShardRow(Base):
    """A shard of a run's corpus and what has become of it: the ledger. A partial counts once its shard is done.

    `start` and `stop` are in `unit`s, rows or bytes; `seconds` is the working time of all stages, `partial` the name of
    its result and `partial_bytes` that file's size, `error` what went wrong last.
    """

    __tablename__ = "shards"

    run_id: Mapped[RunKey]
    number: Mapped[int] = mapped_column(primary_key=True)
    shard: Mapped[str]
    file: Mapped[str]
    file_bytes: Mapped[Count]
    unit: Mapped[str]
    start: Mapped[Count]
    stop: Mapped[Count]
    state: Mapped[str]
    attempts: Mapped[int]
    error: Mapped[str | None]
    worker: Mapped[str | None]
    seconds: Mapped[float | None]
    documents: Mapped[Count | None]
    rejects: Mapped[Count | None]
    partial: Mapped[str | None]
    partial_bytes: Mapped[Count | None]

    __table_args__ = (
        CheckConstraint("state IN ('pending', 'running', 'done', 'failed')", name="state"),
        CheckConstraint("state <> 'done' OR partial IS NOT NULL", name="done_partial"),
    )
