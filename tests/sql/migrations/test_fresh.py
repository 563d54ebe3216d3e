"""A store is the same whichever way it came to be: just made, by the chain of revisions, or by an upgrade."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from camlode.sql import PatternStore, engine, postgresql
from camlode.sql.migration import check, migrate, upgrade
from camlode.sql.revision import REVISION, REVISIONS
from camlode.sql.views import create_views

COLUMNS = """
SELECT table_name, column_name, ordinal_position, column_default, is_nullable, data_type, collation_name
FROM information_schema.columns WHERE table_schema = current_schema()
"""
INDEXES = """
SELECT tablename, indexname, replace(indexdef, current_schema() || '.', '')
FROM pg_indexes WHERE schemaname = current_schema()
"""
CONSTRAINTS = """
SELECT CAST(conrelid AS regclass), conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = CAST(current_schema() AS regnamespace)
"""
VIEWS = "SELECT viewname, definition FROM pg_views WHERE schemaname = current_schema()"


@pytest.fixture
def schema(address, query):
    """All that the database says of the tables' make."""

    def definitions():
        if postgresql.is_postgresql(address):
            return [sorted(query(question), key=repr) for question in (COLUMNS, INDEXES, CONSTRAINTS, VIEWS)]
        found = query("SELECT type, name, tbl_name, sql FROM sqlite_master")
        return sorted((*names, "".join((sql or "").split())) for *names, sql in found)

    return definitions


@pytest.fixture
def fresh(address, query, schema):
    """What a store is like that was just made; nothing is at the address afterwards."""
    PatternStore(address, create=True)
    found = schema()
    if postgresql.is_postgresql(address):
        (name,) = query("SELECT current_schema()")[0]
        query(f"DROP SCHEMA {name} CASCADE; CREATE SCHEMA {name}")
    else:
        for file in Path(address).parent.glob("patterns.db*"):
            file.unlink()
    return found


def test_the_schema_is_looked_at_as_a_whole(fresh):
    text = repr(fresh)
    for part in ("uq_runs_current", "ix_patterns_fragment_id", "ck_patterns_matches", "fk_reviews_fragments", "pairs"):
        assert part in text


def test_an_upgraded_store_is_like_a_fresh_one(fresh, request, schema, address):
    old = request.getfixturevalue("old")
    before = schema()
    upgrade(old)
    assert before != fresh
    assert schema() == fresh
    assert check(address) == []


def test_the_chain_makes_a_store_like_a_fresh_one(fresh, schema, address):
    with engine.transaction(address, "create") as connection:
        migrate(connection, REVISION)
        create_views(connection)
    assert schema() == fresh
    assert check(address) == []
    assert PatternStore(address).rows("runs") == []


def test_there_is_a_script_for_every_revision():
    config = Config()
    config.set_main_option("script_location", "sql:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_heads() == [REVISION]
