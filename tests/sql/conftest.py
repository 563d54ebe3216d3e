from __future__ import annotations

import os
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from camlode.sql import CorpusEntry, PatternStore, RunResult, RunStart, postgresql
from tests import factories
from tests.factories import (
    MATCHED,
    make_example,
    make_label,
    make_model,
    make_patterns,
    make_run_counts,
    make_run_result,
    make_run_start,
)
from tests.sql.databases import DATABASES

ROOT = Path(__file__).parents[2]

LABELS = ("财经", "房产")

TABLES = ("labels", "fragments", "patterns", "examples", "rejects")

MODEL = make_model(LABELS, version="2", digest="d0", layers=("conv_2", "conv_3"))

MEASURES = {"units": 1, **MATCHED, "precision": 0.7, "gold_precision": 0.6, "c_value": 4.0, "maximal": True}

COUNTS = make_run_counts(
    100,
    documents_explained=97,
    documents_rejected=3,
    documents_truncated=5,
    duplicate_ids=1,
    padding_share=0.125,
    empty_maps=2,
    residual=0.5,
    shards=4,
    gold_documents=90,
    matched_documents=97,
)

Fragments = Mapping[str, Sequence[str]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the store's contract, the files with ON_BOTH_DATABASES, on SQLite and PostgreSQL."""
    if getattr(metafunc.module, "ON_BOTH_DATABASES", False) and "address" in metafunc.fixturenames:
        metafunc.parametrize("address", DATABASES, indirect=True)


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    """Where a store can be made: a SQLite file, or the database that a test names by an indirect parameter."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_address"))


@pytest.fixture
def query(address: str) -> Callable[..., list[tuple[Any, ...]]]:
    """Runs SQL as another program would, past camlode; gives the rows."""

    def run(statement: str) -> list[tuple[Any, ...]]:
        if postgresql.is_postgresql(address):
            with psycopg.connect(address, autocommit=True) as connection:
                cursor = connection.execute(statement)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(address, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            return connection.execute(statement).fetchall()

    return run


@pytest.fixture
def count_rows(query: Callable[..., list[tuple[Any, ...]]]) -> Callable[[], dict[str, int]]:
    """How many rows each table of a run's result has."""
    return lambda: {table: query(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}


@pytest.fixture
def store(address: str) -> PatternStore:
    return PatternStore(address, create=True)


@pytest.fixture
def start() -> RunStart:
    return make_run_start(
        MODEL,
        CorpusEntry("news", "c0", files=2, bytes=900),
        parts={"model": "0a", "corpus": "05"},
        folder="work/0f",
        method="gradcam",
        settings={"store": {"url": "patterns.db"}},
        versions={"camlode": "0.1.0"},
    )


@pytest.fixture
def measures() -> dict[str, Any]:
    """What each pattern of `result` has beside its rank and its sums."""
    return MEASURES


@pytest.fixture
def result() -> Callable[..., RunResult]:
    """Makes a result of the given fragments by label, in the order of their ranks, each with an example.

    `changes` are what some fragments have instead of what all have.
    """

    def make(fragments: Fragments, changes: Mapping[str, Mapping[str, Any]] | None = None) -> RunResult:
        patterns = make_patterns(
            fragments,
            {text: MEASURES | (changes or {}).get(text, {}) for texts in fragments.values() for text in texts},
        )
        examples = [
            make_example(
                row["label"],
                row["fragment"],
                document=f"d{row['rank']}",
                place=f"corpus.jsonl:{row['rank']}",
                left="今天",
                right="上涨",
            )
            for row in patterns
        ]
        labels = [make_label(name) for name in fragments]
        return make_run_result(patterns, labels, COUNTS, examples=examples, rejects={"blank text": 2, "not UTF-8": 1})

    return make


@pytest.fixture
def publish_run(store: PatternStore, start: RunStart, result: Callable[..., RunResult]) -> Callable[..., int]:
    """Publishes a run with the given fragments by label, and changes of some, in `store`; gives its number."""

    def publish(fragments: Fragments, changes: Mapping[str, Mapping[str, Any]] | None = None) -> int:
        return factories.publish_run(store, start, result(fragments, changes))

    return publish


@pytest.fixture
def before_commit() -> Callable[[Callable[[], None]], AbstractContextManager[None]]:
    """Within the context, calls an action once, when a result has been written and not yet committed."""

    @contextmanager
    def context(action: Callable[[], None]) -> Iterator[None]:
        pending = [action]

        def after(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if pending and statement.startswith("INSERT INTO rejects"):
                pending.pop()()

        event.listen(Engine, "after_cursor_execute", after)
        try:
            yield
        finally:
            event.remove(Engine, "after_cursor_execute", after)
        assert not pending

    return context


@pytest.fixture
def run_python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Python code in another process; `arguments` is there a tuple of the values given."""

    def run(code: str, *values: Any) -> subprocess.CompletedProcess[str]:
        given = tmp_path / "arguments.pickle"
        given.write_bytes(pickle.dumps(values))
        load = f"import pickle; arguments = pickle.load(open({str(given)!r}, 'rb'))\n"
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-c", load + code], env=environment, capture_output=True, text=True, timeout=60
        )

    return run
