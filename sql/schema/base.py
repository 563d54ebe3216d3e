"""What all tables share: how columns are typed and constraints named."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Double, ForeignKey, Integer, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""Every constraint has a name, so that a migration can find it."""

ANY_TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that both databases order alike, by code points."""

LARGE_KEY = BigInteger().with_variant(Integer, "sqlite")
"""A key that may pass 2³¹; SQLite numbers rows by itself only where the type is called INTEGER."""

Count = Annotated[int, "a number of things, which may pass 2³¹"]
Logits = Annotated[float, "importance, in logits"]

LabelKey = Annotated[int, mapped_column(ForeignKey("labels.id"), primary_key=True)]
RunKey = Annotated[int, mapped_column(ForeignKey("runs.id"), primary_key=True)]
FragmentId = Annotated[int, mapped_column(LARGE_KEY, ForeignKey("fragments.id"))]


class Base(DeclarativeBase):
    """All tables of the store."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: ANY_TEXT,
        float: Double,
        datetime: DateTime(timezone=True),
        Count: BigInteger,
        Logits: Double,
    }
