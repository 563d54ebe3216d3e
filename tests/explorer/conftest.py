"""A store of two runs whose texts try to be markup, and a client that asks the explorer for its pages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from camlode.explorer.access import ExplorerSettings
from camlode.explorer.app import create_app
from camlode.sql import CorpusEntry, PatternStore, RunResult
from tests.factories import (
    make_example,
    make_label,
    make_model,
    make_pattern,
    make_run_counts,
    make_run_result,
    make_run_start,
    publish_run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

TOKEN = "the-token"
ADDRESS = "http://localhost:8000"
LABELS = ("财经", "a & <i>b</i>")
SCRIPT = '<script>alert("x")</script>'
QUOTED = "\"it's\" & 'so'"
BROKEN = "two\r\nlines"
MANY = [f"基金{number:03}" for number in range(1, 121)]
FIRST = {"财经": [SCRIPT, QUOTED, BROKEN, *MANY], LABELS[1]: ["基金001", "房子"]}
SECOND = {"财经": [SCRIPT, QUOTED, BROKEN, "股票", *MANY], LABELS[1]: ["房子", "基金001"]}

MODEL = make_model(LABELS, version="2", digest="d0")
COUNTS = make_run_counts(
    100, documents_explained=97, documents_rejected=3, shards=4, gold_documents=90, matched_documents=97
)
NUMBERS = {
    "occurrences": 300,
    "matched_documents": 400,
    "matched_occurrences": 400,
    "predicted_documents": 300,
    "labelled_documents": 300,
    "gold_documents": 200,
    "gold_precision": 0.6,
    "gold_precision_lower": 0.5,
    "coverage": 0.2,
}


def make_ranked_pattern(label: str, rank: int, fragment: str) -> dict[str, Any]:
    """A pattern; precision falls with the rank from 0.9, C-value rises."""
    ranked = {
        "importance": 120.0 / rank,
        "documents": 300 - rank,
        "precision": 0.9 - rank / 1000,
        "precision_lower": 0.8 - rank / 1000,
        "c_value": float(rank),
        "maximal": rank % 2 == 1,
    }
    return make_pattern(label, rank, fragment, **NUMBERS, **ranked)


def make_examples(pattern: dict[str, Any]) -> list[dict[str, Any]]:
    """A supporting example and a counter-example, whose texts look like markup."""
    known = pattern["label"], pattern["fragment"]
    seen = {"place": "news.csv:1", "left": f"<b>left</b>{SCRIPT} ", "right": " &amp; 'right'"}
    return [
        make_example(*known, **seen, document="7<8", importance=2.5),
        make_example(*known, **seen, kind="counter", document="9", importance=None),
    ]


def make_result(fragments: dict[str, Sequence[str]]) -> RunResult:
    """A run's result, each label's patterns in the order of their ranks."""
    patterns = [
        make_ranked_pattern(label, rank, each) for label, all_ in fragments.items() for rank, each in enumerate(all_, 1)
    ]
    sums = {"documents": 50, "gold_documents": 45, "agreed_documents": 40, "importance": 240.0}
    return make_run_result(
        patterns,
        [make_label(label, **sums) for label in LABELS],
        COUNTS,
        examples=[row for pattern in patterns if pattern["rank"] <= 5 for row in make_examples(pattern)],
        rejects={"blank text": 3},
    )


@pytest.fixture(scope="session")
def original_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store that no test changes."""
    path = tmp_path_factory.mktemp("explorer") / "patterns.db"
    store = PatternStore(path, create=True)
    for method, fragments in (("grad-cam", FIRST), ("lrp", SECOND)):
        start = make_run_start(MODEL, CorpusEntry("news", "c0", files=1, bytes=9), folder="nowhere", method=method)
        publish_run(store, start, make_result(fragments))
    return path


@pytest.fixture
def store(original_store: Path, tmp_path: Path) -> PatternStore:
    """A copy of it."""
    return PatternStore(shutil.copy(original_store, tmp_path / "patterns.db"))


@pytest.fixture
def make_client(store: PatternStore) -> Callable[..., TestClient]:
    """A browser's requests to an explorer with some settings, signed in unless told otherwise."""

    def make(*, signed_in: bool = True, **settings: Any) -> TestClient:
        app = create_app(ExplorerSettings(store.name, TOKEN, **settings))
        client = TestClient(app, base_url=ADDRESS, follow_redirects=False)
        client.headers["Origin"] = ADDRESS
        if signed_in:
            assert client.post("/sign-in", data={"token": TOKEN}).status_code == 303
        return client

    return make


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    """One that is signed in."""
    return make_client()


@pytest.fixture
def reader(make_client: Callable[..., TestClient]) -> TestClient:
    """One that is not."""
    return make_client(signed_in=False)
