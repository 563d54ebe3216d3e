"""The fragments of revision 0002 and its index of their texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from camlode.sql.query.patterns import bigram_arrays, bigram_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from camlode.sql.records import Row

DEFINITIONS = {
    "sqlite": (
        "CREATE VIRTUAL TABLE fragment_search USING fts5(pairs, content='', columnsize=0, detail=none, "
        "tokenize='ascii')",
    ),
    "postgresql": (
        "ALTER TABLE fragments ADD COLUMN pairs integer[]",
        "CREATE INDEX ix_fragments_pairs ON fragments USING gin (pairs)",
    ),
}

_ADDING = {
    "sqlite": (
        "INSERT INTO fragments (id, text, normalised, characters) VALUES (:id, :text, :normalised, :characters)",
        "INSERT INTO fragment_search (rowid, pairs) VALUES (:id, :pairs)",
    ),
    "postgresql": (
        "INSERT INTO fragments (id, text, normalised, characters, pairs) "
        "VALUES (:id, :text, :normalised, :characters, CAST(:pairs AS integer[]))",
    ),
}


def create_index(connection: Connection) -> None:
    """Makes the index, once the tables are there."""
    for statement in DEFINITIONS[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def add_fragments(connection: Connection, fragments: Sequence[Row]) -> None:
    """Adds fragments (id, text, normalised, characters), to the index too."""
    texts = [row["text"] for row in fragments]
    pairs = bigram_words(texts) if connection.dialect.name == "sqlite" else bigram_arrays(texts).to_pylist()
    rows = [row | {"pairs": of_text} for row, of_text in zip(fragments, pairs, strict=True)]
    for statement in _ADDING[connection.dialect.name]:
        connection.execute(text(statement), rows)
