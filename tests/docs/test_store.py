"""docs/store.md lists the columns of the views, and its queries run on both databases by indexes."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from benchmarks.synthetic import make_fragments, make_run_result, make_run_start
from camlode.sql import PatternStore
from camlode.sql.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "store.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))
QUERIES = [each.replace("finance", "label 07") for each in re.findall(r"```sql\n(.*?);\n```", PAGE, re.DOTALL)]
BY_RANK = [each for each in QUERIES if "top_patterns" in each and "ORDER BY rank" in each]


def fill(store: PatternStore) -> None:
    """Publish two runs of 20 labels with 1,000 patterns each, enough for the query planner to use indexes."""
    words = make_fragments(4000, seed=1)
    for seed in (2, 3):
        store.publish(store.start_run(make_run_start(20)), make_run_result(20, 1000, words, seed))


@pytest.fixture(scope="module")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("store") / "patterns.db"
    fill(PatternStore(path, create=True))
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.fixture(scope="module")
def postgresql_store(postgresql_server: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgresql_server, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA documented")
    address = f"{postgresql_server}&options=-csearch_path%3Ddocumented"
    fill(PatternStore(address, create=True))
    with psycopg.connect(address, autocommit=True) as connection:
        # PostgreSQL scans tables as small as these, whatever indexes they have.
        connection.execute("SET enable_seqscan = off")
        yield connection


def test_every_view_has_its_section() -> None:
    assert SECTIONS.keys() == VIEWS.keys()


@pytest.mark.parametrize("view", VIEWS)
def test_every_column_is_listed_in_order(sqlite_store: sqlite3.Connection, view: str) -> None:
    listed = re.findall(r"^\| `(\w+)` \|", SECTIONS[view], re.MULTILINE)
    found = [column[0] for column in sqlite_store.execute(f"SELECT * FROM {view}").description]
    assert listed == found


def test_there_are_ten_queries() -> None:
    assert len(QUERIES) == 10


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_runs_on_both_databases(
    sqlite_store: sqlite3.Connection, postgresql_store: psycopg.Connection[Any], query: str
) -> None:
    found = sqlite_store.execute(query).fetchall()
    assert len(found) == len(postgresql_store.execute(query).fetchall())
    assert bool(found) != ("review = 'spurious'" in query or "fragment = 'fund'" in query)


@pytest.mark.parametrize("query", [each for each in QUERIES if "patterns" in each or "pattern_" in each])
def test_sqlite_finds_patterns_by_an_index(sqlite_store: sqlite3.Connection, query: str) -> None:
    plan = [row[3] for row in sqlite_store.execute(f"EXPLAIN QUERY PLAN {query}")]
    assert any("SEARCH patterns" in step for step in plan)
    assert not [step for step in plan if re.match(r"SCAN (patterns|fragments|reviews|examples)\b", step)]


@pytest.mark.parametrize("query", [each for each in QUERIES if "run_difference" in each])
def test_sqlite_finds_both_runs_patterns_by_an_index(sqlite_store: sqlite3.Connection, query: str) -> None:
    plan = "\n".join(row[3] for row in sqlite_store.execute(f"EXPLAIN QUERY PLAN {query}"))
    assert plan.count("SEARCH one USING") == plan.count("SEARCH other USING") == 2
    assert not re.search(r"SCAN (one|other|fragments)\b", plan)


@pytest.mark.parametrize("query", BY_RANK)
def test_sqlite_reads_the_first_patterns_without_sorting(sqlite_store: sqlite3.Connection, query: str) -> None:
    plan = "\n".join(row[3] for row in sqlite_store.execute(f"EXPLAIN QUERY PLAN {query}"))
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("query", [each for each in QUERIES if "run_summary" not in each])
def test_postgresql_finds_patterns_by_an_index(postgresql_store: psycopg.Connection[Any], query: str) -> None:
    plan = "\n".join(row[0] for row in postgresql_store.execute(f"EXPLAIN {query}"))
    assert "Index Cond" in plan
    assert not re.search(r"Seq Scan on (patterns|fragments|reviews)", plan)
