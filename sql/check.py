"""Checks of a store's schema and integrity (`camlode db check`).

The schema is compared as the database states it, down to defaults, collations and check constraints, with that of a
store that is made for the comparison: in memory, or as temporary tables. Alembic's `compare_metadata` sees neither
check constraints nor views nor SQLite's table options.
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from camlode.sql import postgresql, sqlite
from camlode.sql.reading import reader_for
from camlode.sql.revision import REVISION, REVISIONS, read_revision, stamp
from camlode.sql.store_url import mask_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from camlode.sql.revision import Reader

SchemaDescription: TypeAlias = dict[str, dict[str, str]]
"""By "table X" or "view X": the definition of each part, such as "column Y"; the key "" has that of the relation."""

_POSTGRESQL = """
WITH ours AS (
    SELECT pg_class.oid, relname, relkind, CASE relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || relname AS relation
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = current_schema() AND relkind IN ('r', 'v')
)
SELECT relation, '' AS part, CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) ELSE '' END AS definition FROM ours
UNION ALL
SELECT relation, 'column ' || attname,
       format_type(atttypid, atttypmod)
       || coalesce(' COLLATE ' || (SELECT nullif(collname, 'default') FROM pg_collation WHERE oid = attcollation), '')
       || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END
       || coalesce(' DEFAULT ' || pg_get_expr(adbin, adrelid), '')
FROM ours JOIN pg_attribute ON attrelid = ours.oid
LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT relation, 'constraint ' || conname, pg_get_constraintdef(pg_constraint.oid)
FROM ours JOIN pg_constraint ON conrelid = ours.oid
UNION ALL
SELECT relation, 'index ' || indexes.relname,
       CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END || substring(pg_get_indexdef(indexrelid) FROM ' USING (.*)')
FROM ours JOIN pg_index ON indrelid = ours.oid JOIN pg_class AS indexes ON indexes.oid = indexrelid
WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
"""

_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'sqlite_sequence'"

_TABLE = re.compile(r"CREATE TABLE .*?\((.*)\)(.*)", re.DOTALL)
_TOKEN = re.compile(r"""'[^']*'|"[^"]*"|[(),]|[^'"(),]+""")


def check(address: str) -> list[str]:
    """Return what is wrong with the store at the file or URL `address`, a line each; empty if nothing is.

    Compares the revision, then tables, columns, constraints, indexes and views with those of a new store; reads a
    SQLite file completely. Changes nothing.

    Raises:
        StoreError: there is no store, or it cannot be opened.
    """
    with reader_for(address)() as reader:
        name, revision = reader.name, read_revision(reader)
        problems = _check_integrity(reader)
        found = describe_schema(reader)
    if revision != REVISION:
        # The tables of another revision differ anyway.
        remedy = f"camlode db upgrade {name}" if revision in REVISIONS else "update camlode"
        return [f"the store has revision {revision}, but this version of camlode needs {REVISION}: {remedy}", *problems]
    return [*compare_schemas(found, _describe_fresh_store(address)), *problems]


def find_dangling_references(reader: Reader) -> list[str]:
    """Count the rows of a SQLite store that reference missing rows, in a line for each pair of tables."""
    rows = reader.rows("PRAGMA foreign_key_check", {})
    lost = Counter((row["table"], row["parent"]) for row in rows)
    return [f"{count} of {table} reference {parent} that are missing" for (table, parent), count in lost.items()]


def _check_integrity(reader: Reader) -> list[str]:
    """Check a SQLite file for corruption. PostgreSQL looks after its own files."""
    if reader.dialect != "sqlite":
        return []
    try:
        found = [row["integrity_check"] for row in reader.rows("PRAGMA integrity_check", {})]
    except sqlite3.DatabaseError as error:  # the check itself fails on a badly damaged file
        return [str(error)]
    if found == ["ok"]:
        return find_dangling_references(reader)
    return [line for problem in found for line in problem.splitlines()]


def _describe_fresh_store(address: str) -> SchemaDescription:
    """Return the schema of a new store, made in memory or as temporary tables."""
    from camlode.sql.engine import ConnectionReader
    from camlode.sql.views import METADATA, create_views

    with _scratch_connection(address) as connection:
        METADATA.create_all(connection, checkfirst=False)
        create_views(connection)
        stamp(connection, REVISION)
        return describe_schema(ConnectionReader(connection, mask_password(address)))


@contextmanager
def _scratch_connection(address: str) -> Iterator[Connection]:
    """A transaction whose new tables only it can see and that vanish afterwards."""
    from sqlalchemy import NullPool, create_engine

    from camlode.sql.engine import translate_errors

    if sqlite.path_from_url(address) is not None:
        with create_engine("sqlite://").connect() as connection:
            yield connection
        return
    engine = create_engine(
        "postgresql+psycopg://", creator=partial(postgresql.connect, address, "write"), poolclass=NullPool
    )
    with translate_errors(address), engine.connect() as connection:
        connection.exec_driver_sql("SET search_path = pg_temp")
        yield connection


def describe_schema(reader: Reader) -> SchemaDescription:
    """Return the definitions of all tables and views in the database."""
    found: SchemaDescription = {}
    if reader.dialect == "postgresql":
        for row in reader.rows(_POSTGRESQL, {}):
            found.setdefault(row["relation"], {})[row["part"]] = row["definition"]
        return found
    for row in reader.rows(_SQLITE, {}):
        relation = f"{'view' if row['type'] == 'view' else 'table'} {row['tbl_name']}"
        parts = (
            {f"index {row['name']}": _collapse_whitespace(row["sql"])}
            if row["type"] == "index"
            else dict(_split_create_statement(row["sql"]))
        )
        found.setdefault(relation, {}).update(parts)
    return found


def compare_schemas(found: SchemaDescription, expected: SchemaDescription) -> list[str]:
    """Describe each difference in a line; tables and views that are not expected are ignored."""
    lines = []
    for relation, parts in expected.items():
        if relation not in found:
            lines.append(f"{relation} is missing")
            continue
        there = found[relation]
        lines += [f"{relation}: {part} is missing" for part in parts if part not in there]
        lines += [f"{relation}: {part} is not part of the schema" for part in there if part not in parts]
        lines += [
            f"{relation}: {part or 'its definition'} differs: expected {parts[part]!r}, got {there[part]!r}"
            for part in parts
            if there.get(part, parts[part]) != parts[part]
        ]
    return lines


def _split_create_statement(sql: str) -> Iterator[tuple[str, str]]:
    """Yield the columns and constraints of a CREATE TABLE statement of SQLite; any other statement is one part."""
    table = _TABLE.fullmatch(sql)
    if table is None:
        yield "", _collapse_whitespace(sql)
        return
    yield "", _collapse_whitespace(table[2])
    for part in _split_top_level(table[1]):
        kind, name = ("constraint", part.split()[1]) if part.startswith("CONSTRAINT ") else ("column", part.split()[0])
        yield f"{kind} {name}", part


def _split_top_level(text: str) -> Iterator[str]:
    """Split at commas outside of brackets and quotes."""
    depth, part = 0, ""
    for piece in [*_TOKEN.findall(text), ","]:
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == "," and depth == 0:
            yield _collapse_whitespace(part)
            part = ""
        else:
            part += piece


def _collapse_whitespace(sql: str) -> str:
    return " ".join(sql.split())
