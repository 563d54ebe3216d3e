"""What all tables share: how columns are typed and constraints named."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Double, ForeignKey, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

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
