"""`camlode db check`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from camlode.config.errors import StoreError
from camlode.sql import PatternStore, postgresql
from camlode.sql.migration import check
from tests.sql.databases import both_databases, on_postgresql


def test_a_new_store_is_well(store, address):
    assert check(address) == []


@both_databases
def test_a_store_with_runs_is_well(publish_run, address):
    publish_run({"财经": ["基金", "基\0金"]})
    assert check(address) == []


@both_databases
def test_checking_leaves_nothing_behind(store, address, query):
    catalogue = "pg_class" if postgresql.is_postgresql(address) else "sqlite_master"
    before = query(f"SELECT count(*) FROM {catalogue}")
    check(address)
    assert query(f"SELECT count(*) FROM {catalogue}") == before


@both_databases
@pytest.mark.parametrize(
    ("change", "problems"),
    [
        ("DROP VIEW top_patterns", ["view top_patterns is missing"]),
        ("DROP INDEX ix_patterns_fragment_id", ["table patterns: index ix_patterns_fragment_id is missing"]),
        ("CREATE INDEX mine ON labels (name)", ["table labels: index mine is not part of the schema"]),
        ("ALTER TABLE fragments ADD COLUMN note TEXT", ["table fragments: column note is not part of the schema"]),
        ("DROP TABLE reviews CASCADE", ["table reviews is missing"]),
        ("CREATE TABLE mine (id INTEGER)", []),
        ("CREATE VIEW my_view AS SELECT 1 AS one", []),
    ],
)
def test_what_differs_from_a_new_store_is_told(store, address, query, change, problems):
    whole = postgresql.is_postgresql(address)
    query(change if whole else change.removesuffix(" CASCADE"))
    # With the table go the views that read it, in PostgreSQL.
    assert [line for line in check(address) if problems[0:1] == [line] or "view" not in line] == problems


def test_a_view_of_another_make_is_told(store, address, query):
    query("DROP VIEW run_summary")
    query("CREATE VIEW run_summary AS SELECT runs.id AS run FROM runs")
    (line,) = check(address)
    assert line.startswith("view run_summary: its definition differs: expected ")


@on_postgresql
@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("DROP CONSTRAINT ck_patterns_rank", "constraint ck_patterns_rank is missing"),
        ("DROP CONSTRAINT uq_patterns_label_id_rank", "constraint uq_patterns_label_id_rank is missing"),
        ("ALTER COLUMN lift TYPE real", "column lift differs: expected 'double precision', got 'real'"),
        (
            "ALTER COLUMN units DROP NOT NULL",
            "column units differs: expected 'integer NOT NULL', got 'integer'",
        ),
    ],
)
def test_what_differs_in_a_table_of_postgresql_is_told(store, address, query, change, problem):
    query(f"DROP VIEW top_patterns, pattern_precision; ALTER TABLE patterns {change}")
    assert f"table patterns: {problem}" in check(address)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("rank >= 1)", "rank >= 0)", "constraint ck_patterns_rank differs: expected "),
        ("lift DOUBLE", "lift TEXT", "column lift differs: expected 'lift DOUBLE', got 'lift TEXT'"),
        ("WITHOUT ROWID", "", "its definition differs: expected 'WITHOUT ROWID', got ''"),
    ],
)
def test_what_differs_in_a_table_of_sqlite_is_told(address, before, after, problem):
    PatternStore(address, create=True)
    with closing(sqlite3.connect(address, isolation_level=None)) as connection:
        made = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'patterns'").fetchone()[0]
        others = connection.execute("SELECT sql FROM sqlite_master WHERE tbl_name = 'patterns' AND type = 'index'")
        indexes = [sql for (sql,) in others if sql]
        for statement in ("DROP TABLE patterns", made.replace(before, after), *indexes):
            connection.execute(statement)
    (line,) = check(address)
    assert line.startswith(f"table patterns: {problem}")


def test_rows_that_belong_to_nothing_are_counted(publish_run, address):
    publish_run({"财经": ["基金", "股票"]})
    with closing(sqlite3.connect(address)) as connection:
        connection.execute("DELETE FROM patterns")
        connection.commit()
    assert check(address) == ["2 of examples reference patterns that are missing"]


@pytest.mark.parametrize(
    ("place", "content", "problem"),
    [
        (3, b"\0\1", "row 2 missing from index ix_patterns_fragment_id"),  # a page's number of entries
        (0, bytes(4096), "database disk image is malformed"),
    ],
)
def test_a_damaged_file_is_told(publish_run, address, place, content, problem):
    publish_run({"财经": ["基金", "股票"]})
    with closing(sqlite3.connect(address)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        index = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_patterns_fragment_id'")
        start = (index.fetchone()[0] - 1) * 4096 + place
    damaged = bytearray(Path(address).read_bytes())
    damaged[start : start + len(content)] = content
    Path(address).write_bytes(damaged)
    problems = check(address)
    assert problem in problems
    assert all("\n" not in line for line in problems)


def test_a_newer_store_needs_a_newer_camlode(store, address, query):
    query("UPDATE camlode_revision SET version_num = '0999'")
    message = "the store has revision 0999, but this version of camlode needs 0001: update camlode"
    assert check(address) == [message]


def test_a_database_of_something_else_is_no_store_to_check(address, query):
    query("CREATE TABLE customers (name TEXT)")
    with pytest.raises(StoreError, match=r"not a pattern store, but a database with the tables customers"):
        check(address)
