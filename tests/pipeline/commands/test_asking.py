from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from pipeline import cli
from pipeline.records import REJECTS
from sql import LedgerEntry, PatternStore, RunStart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REJECTED = [
    {"id": "a", "place": "corpus.jsonl:3", "reason": "null_text", "extract": ""},
    {"id": None, "place": "corpus.jsonl:5", "reason": "broken_json", "extract": "[red]坏"},
]


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with a run that goes on: of its shards one is done, one has failed and one waits."""
    start = RunStart("key", {}, str(tmp_path / "work"), "grad-cam", "m", "multiclass", ("conv",), {}, {}, ("a",))
    waiting = [LedgerEntry(number, "id", "corpus.jsonl", 90, "bytes", number, number + 30) for number in range(3)]
    store = PatternStore(tmp_path / "patterns.db", create=True)
    run = store.start_run(start, waiting)
    done = replace(waiting[0], state="done", partial="0.parquet", documents=9, rejects=2)
    store.record(run, [done, replace(waiting[1], state="failed", attempts=3, error="ValueError: [bad]")])
    folder = tmp_path / "work" / "rejects"
    folder.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(REJECTED, schema=REJECTS), folder / "0.parquet")
    return str(tmp_path / "patterns.db")


@pytest.fixture
def camlode() -> Callable[..., Result]:
    return lambda *arguments: CliRunner().invoke(cli.app, arguments)


def test_runs_shows_progress_and_failures(camlode: Any, store: str) -> None:
    done = camlode("runs", store)
    head, row, failure = done.stdout.splitlines()
    assert head.split()[:3] == ["run", "status", "current"]
    assert row.split()[:4] == ["1", "running", "False", "grad-cam"]
    assert row.split()[-3:] == ["3", "1", "1"]
    assert failure == "run 1, shard 1 failed (corpus.jsonl, bytes 1 to 31): ValueError: [bad]"


def test_runs_as_json_holds_the_failed_shards(camlode: Any, store: str) -> None:
    (row,) = json.loads(camlode("runs", store, "--format", "json").stdout)
    assert (row["shards"], row["done_shards"], row["failed_shards"]) == (3, 1, 1)
    assert [(each["number"], each["attempts"], each["error"]) for each in row["failures"]] == [
        (1, 3, "ValueError: [bad]")
    ]


def test_rejects_are_listed(camlode: Any, store: str) -> None:
    head, first, second = camlode("rejects", store, "1").stdout.splitlines()
    assert head.split() == ["shard", "id", "place", "reason", "extract"]
    assert first.split() == ["0", "a", "corpus.jsonl:3", "null_text"]
    assert second.split() == ["0", "corpus.jsonl:5", "broken_json", "[red]坏"]


def test_rejects_with_one_reason_as_json(camlode: Any, store: str) -> None:
    done = camlode("rejects", store, "1", "--reason", "broken_json", "--format", "json")
    assert json.loads(done.stdout) == [{"shard": 0, **REJECTED[1]}]


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--reason", "no_tokens"], "no record was rejected as no_tokens\n")],
)
def test_no_reject_is_said_on_standard_error(camlode: Any, store: str, options: list[str], words: str) -> None:
    done = camlode("rejects", store, "1", *options)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", words)
