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
import pyarrow as pa
import pytest
from sqlalchemy import Engine, event

from camlode.sql import CorpusEntry, ModelEntry, PatternStore, RunCounts, RunResult, RunStart, postgresql

ROOT = Path(__file__).parents[2]

LABELS = ("财经", "房产")

TABLES = ("labels", "fragments", "patterns", "examples", "rejects")

MODEL = ModelEntry(
    name="cnn",
    version="2",
    digest="d0",
    task="multiclass",
    labels=LABELS,
    thresholds=(0.0, 0.0),
    layers=("conv_2", "conv_3"),
)

MEASURES = {
    "units": 1,
    "matched_documents": 8,
    "matched_occurrences": 9,
    "predicted_documents": 6,
    "labelled_documents": 8,
    "gold_documents": 5,
    "precision": 0.7,
    "precision_lower": 0.4,
    "gold_precision": 0.6,
    "gold_precision_lower": 0.3,
    "coverage": 0.15,
    "lift": 2.0,
    "log_odds_z": 1.5,
    "c_value": 4.0,
    "maximal": True,
}

COUNTS = RunCounts(
    documents_read=100,
    documents_explained=97,
    documents_rejected=3,
    documents_truncated=5,
    duplicate_ids=1,
    padding_share=0.125,
    empty_maps=2,
    residual=0.5,
    shards=4,
    failed_shards=0,
    gold_documents=90,
    matched_documents=97,
)

Fragments = Mapping[str, Sequence[str]]


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
    return RunStart(
        fingerprint="0f",
        parts={"model": "0a", "corpus": "05"},
        folder="work/0f",
        method="gradcam",
        unit="word",
        model=MODEL,
        corpus=CorpusEntry("news", "c0", files=2, bytes=900),
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
        patterns = [
            {
                "label": label,
                "rank": rank,
                "fragment": fragment,
                "importance": 12.0 / rank,
                "mean": 3.0 / rank,
                "share": 0.5 / rank,
                "documents": 4,
                "occurrences": 5,
                "normalised": fragment.lower(),
                **MEASURES,
                **(changes or {}).get(fragment, {}),
            }
            for label, texts in fragments.items()
            for rank, fragment in enumerate(texts, start=1)
        ]
        return RunResult(
            patterns=table(patterns, PATTERN_TYPES),
            examples=table([example(row) for row in patterns], EXAMPLE_TYPES),
            labels=table([label_row(name) for name in fragments], LABEL_TYPES),
            rejects={"blank text": 2, "not UTF-8": 1},
            counts=COUNTS,
        )

    return make


@pytest.fixture
def publish_run(store: PatternStore, start: RunStart, result: Callable[..., RunResult]) -> Callable[..., int]:
    """Publishes a run with the given fragments by label, and changes of some, in `store`; gives its number."""

    def publish(fragments: Fragments, changes: Mapping[str, Mapping[str, Any]] | None = None) -> int:
        run = store.start_run(start)
        store.publish(run, result(fragments, changes))
        return run

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


PATTERN_TYPES = {
    "label": pa.string(),
    "rank": pa.int64(),
    "fragment": pa.string(),
    "importance": pa.float64(),
    "mean": pa.float64(),
    "share": pa.float64(),
    "documents": pa.int64(),
    "occurrences": pa.int64(),
    "normalised": pa.string(),
    **{name: pa.bool_() if value is True else pa.scalar(value).type for name, value in MEASURES.items()},
}
EXAMPLE_TYPES = {
    "label": pa.string(),
    "fragment": pa.string(),
    "kind": pa.string(),
    "position": pa.int64(),
    "document": pa.string(),
    "place": pa.string(),
    "left": pa.string(),
    "hit": pa.string(),
    "right": pa.string(),
    "importance": pa.float64(),
}
LABEL_TYPES = {
    "name": pa.string(),
    "documents": pa.int64(),
    "gold_documents": pa.int64(),
    "agreed_documents": pa.int64(),
    "importance": pa.float64(),
}


def table(rows: list[dict[str, Any]], types: dict[str, pa.DataType]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(list(types.items())))


def example(pattern: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": pattern["label"],
        "fragment": pattern["fragment"],
        "kind": "supporting",
        "position": 1,
        "document": f"d{pattern['rank']}",
        "place": f"corpus.jsonl:{pattern['rank']}",
        "left": "今天",
        "hit": pattern["fragment"],
        "right": "上涨",
        "importance": 1.5,
    }


def label_row(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "documents": 40,
        "gold_documents": None,
        "agreed_documents": None,
        "importance": 24.0,
    }
