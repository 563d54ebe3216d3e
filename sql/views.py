"""The views: what SQL users of a store can rely on, whatever becomes of the tables."""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, event, inspect, select

from sql.schema import Base, Fragment, Label, Pattern, Run

TOP_PATTERNS = (
    select(
        Run.id.label("run"),
        Label.name.label("label"),
        Pattern.rank,
        Fragment.text.label("fragment"),
        Pattern.importance,
        Pattern.mean,
        Pattern.share,
        Pattern.documents,
        Pattern.occurrences,
    )
    .join_from(Run, Label, Label.run_id == Run.id)
    .join(Pattern, Pattern.label_id == Label.id)
    .join(Fragment, Fragment.id == Pattern.fragment_id)
    .where(Run.current.is_(True))
)
"""The patterns of the current run."""

VIEWS = {"top_patterns": TOP_PATTERNS}


METADATA = Base.metadata
"""All tables and, when they are made, all views."""


@event.listens_for(METADATA, "after_create")
def create_views(_metadata: MetaData, connection: Connection, **_options: object) -> None:
    """Makes the views that are not there yet, whenever the tables are made."""
    present = inspect(connection).get_view_names()
    for name in VIEWS.keys() - set(present):
        query = VIEWS[name].compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        connection.exec_driver_sql(f"CREATE VIEW {name} AS {query}")
