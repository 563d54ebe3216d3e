from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

import camlode.sql
from camlode.sql.frames import COLUMNS
from camlode.sql.query import QUERIES, QueryName
from camlode.sql.query.patterns import MEASURES
from camlode.sql.revision import REVISION_TABLE, TABLES
from camlode.sql.schema import PatternRow
from camlode.sql.views import METADATA

POSTGRESQL = postgresql.dialect()


def test_the_tables_that_a_store_is_known_by_are_those_that_are_made():
    assert set(METADATA.tables) | {REVISION_TABLE} == TABLES


def test_type_checkers_know_every_question():
    assert set(get_args(QueryName)) == set(QUERIES)


def test_every_column_of_a_pattern_is_answered():
    assert [column.name for column in PatternRow.__table__.columns] == ["label_id", "fragment_id", "rank", *MEASURES]


def test_every_question_has_a_frame():
    assert COLUMNS.keys() == QUERIES.keys()


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=str)
def test_every_constraint_has_a_name(table):
    unnamed = [constraint for constraint in table.constraints if constraint.name is None]
    assert unnamed == []


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=str)
def test_every_table_compiles_for_postgresql(table):
    assert str(CreateTable(table).compile(dialect=POSTGRESQL)).lstrip().startswith(f"CREATE TABLE {table}")


def test_what_the_package_gives_is_listed_in_order():
    assert camlode.sql.__all__ == sorted(camlode.sql.__all__)
    assert all(hasattr(camlode.sql, name) for name in camlode.sql.__all__)
