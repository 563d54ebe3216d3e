"""A store of two runs whose texts try to be markup, and a client that asks the explorer for its pages."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from camlode.explorer.access import ExplorerSettings
from camlode.explorer.app import create_app
from camlode.sql import CorpusEntry, ModelEntry, PatternStore, RunCounts, RunResult, RunStart

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

MODEL = ModelEntry("cnn", "2", "d0", "multiclass", LABELS, (0.0, 0.0), ("conv",))
COUNTS = RunCounts(100, 97, 3, 0, 0, 0.0, 0, None, 4, 0, gold_documents=90, matched_documents=97)


def make_pattern(label: str, rank: int, fragment: str) -> dict[str, Any]:
    """A pattern; precision falls with the rank from 0.9, C-value rises."""
    return {
        "label": label,
        "rank": rank,
        "fragment": fragment,
        "normalised": fragment,
        "units": 1,
        "importance": 120.0 / rank,
        "mean": 3.0 / rank,
        "share": 0.5 / rank,
        "documents": 300 - rank,
        "occurrences": 300,
        "matched_documents": 400,
        "matched_occurrences": 400,
        "predicted_documents": 300,
        "labelled_documents": 300,
        "gold_documents": 200,
        "precision": 0.9 - rank / 1000,
        "precision_lower": 0.8 - rank / 1000,
        "gold_precision": 0.6,
        "gold_precision_lower": 0.5,
        "coverage": 0.2,
        "lift": 2.0,
        "log_odds_z": 1.5,
        "c_value": float(rank),
        "maximal": rank % 2 == 1,
    }


def make_examples(pattern: dict[str, Any]) -> list[dict[str, Any]]:
    """A place where it was important, and one in a document of another label."""
    known = {name: pattern[name] for name in ("label", "fragment")} | {"hit": pattern["fragment"], "position": 1}
    seen = {"place": "news.csv:1", "left": f"<b>left</b>{SCRIPT} ", "right": " &amp; 'right'"}
    return [
        known | seen | {"kind": "supporting", "document": "7<8", "importance": 2.5},
        known | seen | {"kind": "counter", "document": "9", "importance": None},
    ]


def make_result(fragments: dict[str, Sequence[str]]) -> RunResult:
    """What a run found, each label's patterns in the order of their ranks."""
    patterns = [
        make_pattern(label, rank, each) for label, all_ in fragments.items() for rank, each in enumerate(all_, 1)
    ]
    sums = {"documents": 50, "gold_documents": 45, "agreed_documents": 40, "importance": 240.0}
    return RunResult(
        pa.Table.from_pylist(patterns),
        pa.Table.from_pylist([row for pattern in patterns if pattern["rank"] <= 5 for row in make_examples(pattern)]),
        pa.Table.from_pylist([{"name": label} | sums for label in LABELS]),
        {"blank text": 3},
        COUNTS,
    )


def make_start(method: str) -> RunStart:
    corpus = CorpusEntry("news", "c0", files=1, bytes=9)
    return RunStart("0", {}, "nowhere", method, "word", MODEL, corpus, {}, {})


@pytest.fixture(scope="session")
def original_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store that no test changes."""
    path = tmp_path_factory.mktemp("explorer") / "patterns.db"
    store = PatternStore(path, create=True)
    for method, fragments in (("grad-cam", FIRST), ("lrp", SECOND)):
        store.publish(store.start_run(make_start(method)), make_result(fragments))
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
