from __future__ import annotations

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import sql
from sql.frames import COLUMNS
from sql.query import QUESTIONS, TABLES
from sql.views import METADATA, TOP_PATTERNS

POSTGRESQL = postgresql.dialect()


def test_the_tables_that_a_store_is_known_by_are_those_that_are_made():
    assert set(METADATA.tables) == TABLES


def test_every_question_has_a_frame():
    assert COLUMNS.keys() == QUESTIONS.keys()


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=str)
def test_every_constraint_has_a_name(table):
    unnamed = [constraint for constraint in table.constraints if constraint.name is None]
    assert unnamed == []


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=str)
def test_every_table_compiles_for_postgresql(table):
    assert str(CreateTable(table).compile(dialect=POSTGRESQL)).lstrip().startswith(f"CREATE TABLE {table}")


def test_one_current_run_is_a_partial_index_in_postgresql_too():
    (index,) = METADATA.tables["runs"].indexes
    statement = str(CreateIndex(index).compile(dialect=POSTGRESQL))
    assert statement == "CREATE UNIQUE INDEX uq_runs_current ON runs (current) WHERE current IS true"


def test_the_view_compiles_for_postgresql():
    statement = TOP_PATTERNS.compile(dialect=POSTGRESQL, compile_kwargs={"literal_binds": True})
    assert str(statement).endswith("WHERE runs.current IS true")


def test_what_the_package_gives_is_listed_in_order():
    assert sql.__all__ == sorted(sql.__all__)
    assert all(hasattr(sql, name) for name in sql.__all__)
