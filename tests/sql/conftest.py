from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import Engine, event

from sql import PatternStore, RunCounts, RunResult, RunStart

ROOT = Path(__file__).parents[2]

BACKENDS = {
    "sqlite": lambda folder: str(folder / "patterns.db"),
    "sqlalchemy": lambda folder: f"sqlite+pysqlite:///{folder}/patterns.db",
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
)

Fragments = Mapping[str, Sequence[str]]


@pytest.fixture(params=BACKENDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a store can be made: nothing is there yet."""
    return BACKENDS[request.param](tmp_path)


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
        model="model.keras",
        task="multiclass",
        layers=("conv_2", "conv_3"),
        settings={"store": {"url": "patterns.db"}},
        versions={"camlode": "0.1.0"},
        labels=("财经", "房产"),
    )


@pytest.fixture
def result() -> Callable[[Fragments], RunResult]:
    """Makes a result of the given fragments by label, in the order of their ranks, each with an example."""

    def make(fragments: Fragments) -> RunResult:
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
def published(
    store: PatternStore, start: RunStart, result: Callable[[Fragments], RunResult]
) -> Callable[[Fragments], int]:
    """Publishes a run with the given fragments by label in `store`; gives its number."""

    def publish(fragments: Fragments) -> int:
        run = store.start_run(start)
        store.publish(run, result(fragments))
        return run

    return publish


@pytest.fixture
def halfway() -> Callable[[Callable[[], None]], AbstractContextManager[None]]:
    """Within the context, calls an action once, when patterns have been written and not yet committed."""

    @contextmanager
    def context(action: Callable[[], None]) -> Iterator[None]:
        pending = [action]

        def after(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if pending and statement.startswith("INSERT INTO patterns"):
                pending.pop()()

        event.listen(Engine, "after_cursor_execute", after)
        try:
            yield
        finally:
            event.remove(Engine, "after_cursor_execute", after)
        assert not pending

    return context


@pytest.fixture
def child(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
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
}
EXAMPLE_TYPES = {
    "label": pa.string(),
    "fragment": pa.string(),
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
