"""Rule sets, and how good they were found to be. They outlive the runs that they were made of."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 (the columns' types are read when the class is made)

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sql.schema.base import Base


class RuleSetRow(Base):
    """One version of a rule set. `content` is its file, JSON; `task`, `labels` and `rules` are told by that.

    `run` is the number of the run that it was made of: no row of `runs`, which may be deleted, but its number is never
    given to another.
    """

    __tablename__ = "rule_sets"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    run: Mapped[int | None]
    task: Mapped[str]
    labels: Mapped[int]
    rules: Mapped[int]
    content: Mapped[str]
    author: Mapped[str]
    created: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("name", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("task IN ('multiclass', 'multilabel')", name="task"),
        {"sqlite_autoincrement": True},
    )


class RuleEvaluationRow(Base):
    """A measure of a rule set on the texts of `corpus`, against what the model said of them or their gold labels."""

    __tablename__ = "rule_set_evaluations"

    rule_set_id: Mapped[int] = mapped_column(ForeignKey("rule_sets.id"), primary_key=True)
    corpus: Mapped[str] = mapped_column(primary_key=True)
    against: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]

    __table_args__ = (CheckConstraint("against IN ('model', 'gold')", name="against"),)
