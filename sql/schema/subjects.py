"""What is mined: models, and the corpora that they were asked about. Runs of the same share a row."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sql.schema.base import Base, Count


class ModelRow(Base):
    """A trained classifier. `digest` stands for the bytes of its file, `key` for all that this row says.

    `labels` (in the order of its outputs), `thresholds` (the probability that each must reach) and `layers` (those that
    were explained) are JSON lists.
    """

    __tablename__ = "models"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    version: Mapped[str | None]
    digest: Mapped[str]
    task: Mapped[str]
    labels: Mapped[str]
    thresholds: Mapped[str]
    layers: Mapped[str]


class CorpusRow(Base):
    """A corpus. `digest` stands for how it is read and for its files; `documents` is null until a run is complete."""

    __tablename__ = "corpora"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str]
    files: Mapped[Count]
    bytes: Mapped[Count]
    documents: Mapped[Count | None]

    __table_args__ = (UniqueConstraint("name", "digest"),)
