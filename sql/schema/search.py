"""The index of texts, which is made whenever the tables are: each database has one of its own kind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, MetaData, event

from sql.schema.base import Base
from sql.search import SEARCH_INDEX_DDL


@event.listens_for(Base.metadata, "after_create")
def create_search_index(_metadata: MetaData, connection: Connection, **_options: Any) -> None:
    """Makes the index beside the tables."""
    for statement in SEARCH_INDEX_DDL[connection.dialect.name]:
        connection.exec_driver_sql(statement)
