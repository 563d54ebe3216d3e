"""Reviews: what people say of fragments. They outlive runs."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (the columns' types are read when the class is made)

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from sql.schema.base import Base, FragmentId


class ReviewRow(Base):
    """What somebody said of a fragment as evidence for a label; of several on the same, the last counts.

    The label is a name, not a row of `labels`, which belong to one run each.
    """

    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    fragment_id: Mapped[FragmentId]
    label: Mapped[str]
    status: Mapped[str]
    note: Mapped[str]
    author: Mapped[str]
    time: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("status IN ('accepted', 'rejected', 'spurious')", name="status"),
        {"sqlite_autoincrement": True},
    )


Index("ix_reviews_fragment_id_label", ReviewRow.fragment_id, ReviewRow.label)
