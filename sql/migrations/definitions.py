"""Words in which the revisions state their tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Double, ForeignKeyConstraint, Integer, Text
from sqlalchemy.schema import PrimaryKeyConstraint, UniqueConstraint

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

TEXT = Text()
ORDERED_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
NUMBER = Integer()
LARGE_KEY = BigInteger().with_variant(Integer, "sqlite")
COUNT = BigInteger()
MEASURE: Double[float] = Double()
MOMENT = DateTime(timezone=True)


def needed(kind: TypeEngine[Any], *names: str) -> list[Column[Any]]:
    """Columns that always hold something."""
    return [Column(name, kind, nullable=False) for name in names]


def optional(kind: TypeEngine[Any], *names: str) -> list[Column[Any]]:
    """Columns that may be null."""
    return [Column(name, kind) for name in names]


def key(table: str, *columns: str) -> PrimaryKeyConstraint:
    """The primary key of `table`."""
    return PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def unique(table: str, *columns: str) -> UniqueConstraint:
    """No two rows of `table` have the same values in all of `columns`."""
    return UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def check(table: str, name: str, condition: str) -> CheckConstraint:
    """What holds for every row of `table`."""
    return CheckConstraint(condition, name=f"ck_{table}_{name}")


def reference(table: str, columns: dict[str, str], other: str) -> ForeignKeyConstraint:
    """Columns of `table` that name a row of `other`, and by which columns of that."""
    return ForeignKeyConstraint(
        list(columns), [f"{other}.{name}" for name in columns.values()], name=f"fk_{table}_{other}"
    )
